package dev.weir.lbd;

import dev.weir.sync.stream.SharedKey;
import dev.weir.sync.stream.StreamOptions;
import dev.weir.sync.stream.Worth;
import dev.weir.wire.IpAddress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Synchronisation of connections without a keepalived.conf.
 *
 * @param listen where this director listens and what it connects from, or null: the standard port of any address
 */
record SyncOptions(List<StreamOptions.Address> peers, Path keyFile, StreamOptions.@Nullable Address listen) {
    /** As its peers are to be reached. */
    StreamOptions stream() throws RefusalException {
        try {
            return new StreamOptions(peers, listen == null ? null : listen.address(),
                    listen == null ? StreamOptions.PORT : listen.port(), SharedKey.read(keyFile),
                    new Worth.Established());
        } catch (IOException e) {
            throw new RefusalException(RefusalException.USAGE, "--sync-key-file " + keyFile + " cannot be read (" + e
                    + "); make one with: (umask 077; head -c 32 /dev/urandom | base64 > " + keyFile + ")");
        } catch (IllegalArgumentException e) {
            throw new RefusalException(RefusalException.USAGE, "--sync-key-file " + keyFile + ": " + e.getMessage());
        }
    }

    /** What the command line has said so far. */
    static final class Builder {
        private final List<StreamOptions.Address> peers = new ArrayList<>();
        private @Nullable Path keyFile;
        private StreamOptions.@Nullable Address listen;

        /** Whether the option is one of these. */
        boolean takes(String name, Options.Value value) throws RefusalException {
            switch (name) {
                case "--sync-peer" -> peers.add(address(name, value.text()));
                case "--sync-key-file" -> keyFile = Path.of(value.text());
                case "--sync-listen" -> listen = address(name, value.text());
                default -> {
                    return false;
                }
            }
            return true;
        }

        /** ADDRESS, ADDRESS:PORT, or [ADDRESS]:PORT. */
        private static StreamOptions.Address address(String option, String text) throws RefusalException {
            try {
                int colon = text.startsWith("[") ? text.indexOf("]:") + 1 : text.indexOf(':');
                boolean port = colon > 0 && colon == text.lastIndexOf(':');
                String address = port ? text.substring(0, colon) : text;
                int number = port ? Integer.parseInt(text.substring(colon + 1)) : StreamOptions.PORT;
                if (number > 0 && number < 1 << 16) {
                    return new StreamOptions.Address(IpAddress.parse(address.replaceAll("^\\[|]$", "")), number);
                }
            } catch (IllegalArgumentException e) {
                throw wrong(option, text);
            }
            throw wrong(option, text);
        }

        private static RefusalException wrong(String option, String text) {
            return new RefusalException(RefusalException.USAGE,
                    option + " is ADDRESS[:PORT], IPv6 in brackets where a port follows, not '" + text + "'");
        }

        /** Null where connections are not to be synchronised. */
        @Nullable
        SyncOptions build() throws RefusalException {
            if (peers.isEmpty() && keyFile == null && listen == null) {
                return null;
            }
            if (peers.isEmpty() || keyFile == null) {
                throw new RefusalException(RefusalException.USAGE,
                        "--sync-peer ADDRESS[:PORT] and --sync-key-file FILE go together");
            }
            return new SyncOptions(List.copyOf(peers), keyFile, listen);
        }
    }
}
