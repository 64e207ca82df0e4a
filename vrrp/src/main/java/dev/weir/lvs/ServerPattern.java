package dev.weir.lvs;

import dev.weir.conf.VirtualServer;
import dev.weir.conf.VirtualServer.AtAddress;
import dev.weir.conf.VirtualServer.OfMark;
import dev.weir.conf.VirtualServer.RealServer;
import dev.weir.conf.VirtualServer.Service;
import dev.weir.wire.IpAddress;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which real servers an operator means: {@code ADDRESS[:PORT]} is the server in all services, {@code SERVICE/ADDRESS[:PORT]}
 * in one. IPv6 stands in brackets where a port follows. A service is {@code [PROTOCOL:]ADDRESS[:PORT]}, {@code fwmark:NUMBER},
 * or the name of a virtual_server_group; names as the log and {@code lb-ctl status} have them ({@code [10.0.0.1]:tcp:80},
 * {@code FWM 5}, {@code [group]}) are taken, too.
 */
public final class ServerPattern {
    private static final Pattern END = Pattern.compile(
            "(?:(?<before>tcp|udp|sctp):)?(?:\\[(?<inside>[^]]+)]|(?<v4>[0-9]+(?:[.][0-9]+){3})|(?<v6>[0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.]*))"
                    + "(?::(?<after>tcp|udp|sctp))?(?::(?<port>[0-9]{1,5}))?",
            Pattern.CASE_INSENSITIVE);
    private static final Pattern MARK = Pattern.compile("(?:fwmark|fwm|mark)[: ](?<mark>[0-9]{1,10})",
            Pattern.CASE_INSENSITIVE);
    private static final int ANY_PORT = -1;

    private final String text;
    private final @Nullable String service;
    private final End server;

    /**
     * @param protocol in lower case, or null: any
     * @param port     or {@link #ANY_PORT}
     */
    private record End(@Nullable String protocol, IpAddress address, int port) {
        boolean matches(String otherProtocol, IpAddress otherAddress, int otherPort) {
            return address.equals(otherAddress) && (port == ANY_PORT || port == otherPort)
                    && (protocol == null || protocol.equals(otherProtocol));
        }
    }

    private ServerPattern(String text, @Nullable String service, End server) {
        this.text = text;
        this.service = service;
        this.server = server;
    }

    /** @throws IllegalArgumentException where it names no server: what it should look like */
    public static ServerPattern parse(String text) {
        int slash = text.lastIndexOf('/');
        End server = end(text.substring(slash + 1));
        if (server == null || slash == 0) {
            throw new IllegalArgumentException("not a server: " + text
                    + "; write ADDRESS, ADDRESS:PORT or [IPv6]:PORT, with SERVICE/ before it to mean one service's");
        }
        return new ServerPattern(text, slash < 0 ? null : text.substring(0, slash), server);
    }

    private static @Nullable End end(String text) {
        Matcher match = END.matcher(text);
        if (!match.matches()) {
            return null;
        }
        String port = match.group("port");
        String protocol = match.group("before") != null ? match.group("before") : match.group("after");
        try {
            int number = port == null ? ANY_PORT : Integer.parseInt(port);
            String address = match.group("inside") != null
                    ? match.group("inside")
                    : match.group("v4") != null ? match.group("v4") : match.group("v6");
            return number > 65535
                    ? null
                    : new End(protocol == null ? null : protocol.toLowerCase(Locale.ROOT),
                            IpAddress.parse(String.valueOf(address)), number);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** A server without a port of its own has that of its service. */
    public boolean matches(VirtualServer of, RealServer one) {
        return isOf(of) && of.services().stream().anyMatch(asked -> server.matches(of.protocol(), one.address(),
                one.port() != 0 ? one.port() : asked instanceof AtAddress at ? at.port() : 0));
    }

    private boolean isOf(VirtualServer of) {
        String wanted = service;
        if (wanted == null || wanted.equals(of.name())
                || of.group() != null
                        && (wanted.equals(of.group().name()) || wanted.equals("[" + of.group().name() + "]"))) {
            return true;
        }
        End address = end(wanted);
        Matcher mark = MARK.matcher(wanted);
        long number = mark.matches() ? Long.parseLong(mark.group("mark")) : -1;
        return of.services().stream().anyMatch(asked -> isOf(asked, address, number));
    }

    private static boolean isOf(Service asked, @Nullable End address, long mark) {
        return switch (asked) {
            case AtAddress at -> address != null
                    && address.matches(at.protocol().toLowerCase(Locale.ROOT), at.address(), at.port());
            case OfMark of -> of.mark() == mark;
        };
    }

    /** As it was given. */
    @Override
    public String toString() {
        return text;
    }
}
