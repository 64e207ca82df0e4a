package dev.weir.conf;

import dev.weir.conf.text.Statement;
import dev.weir.wire.IpAddress;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * lvs_sync_daemon: a master tells of its connections, a backup hears of them, by IPVS's own protocol.
 *
 * @param device    that datagrams go and come by
 * @param instance  whose state says which of the two runs
 * @param id        0 to 255; a backup hears masters of the same
 * @param maxLength bytes of a message; 0: nothing was said, as in what follows
 * @param group     multicast, or null
 * @param port      UDP
 */
public record SyncDaemon(String device, String instance, int id, int maxLength, @Nullable IpAddress group, int port,
        int ttl) {
    /** The words behind which there is a value. */
    private static final Set<String> OPTIONS = Set.of("inst", "id", "maxlen", "port", "ttl", "group");

    /**
     * As keepalived 2.2.7 reads it: the first lvs_sync_daemon counts, else the first lvs_sync_daemon_interface; a wrong value
     * is as if it were not there, and an instance that there is not makes nothing of all.
     */
    static @Nullable SyncDaemon of(Settings global, List<Statement> instances) {
        Statement statement = global.block().first("lvs_sync_daemon");
        return statement == null || statement.arguments().isEmpty()
                ? ofInstance(instances)
                : new Words(statement.arguments()).daemon(instances);
    }

    private static @Nullable SyncDaemon ofInstance(List<Statement> instances) {
        for (Statement instance : instances) {
            Statement own = instance.first("lvs_sync_daemon_interface");
            if (own != null && !own.arguments().isEmpty()) {
                return new SyncDaemon(own.argument(0), instance.argument(0), 0, 0, null, 0, 0);
            }
        }
        return null;
    }

    /** INTERFACE, perhaps INSTANCE and an id, then options with their values. */
    private static final class Words {
        private final List<String> words;
        private @Nullable String instance;
        private @Nullable Integer id;
        private int maxLength;
        private @Nullable IpAddress group;
        private int port;
        private int ttl;

        Words(List<String> words) {
            this.words = words;
        }

        @Nullable
        SyncDaemon daemon(List<Statement> instances) {
            int i = 1;
            if (isNoOption(i)) {
                instance = words.get(i++);
                if (isNoOption(i)) {
                    id = number(words.get(i++), 0, 255);
                }
            }
            while (i < words.size()) {
                if (isNoOption(i) || i + 1 == words.size()) {
                    i++;
                } else {
                    option(words.get(i), words.get(i + 1));
                    i += 2;
                }
            }
            return instances.stream().filter(one -> one.argument(0).equals(instance)).findFirst()
                    .map(one -> new SyncDaemon(words.getFirst(), one.argument(0),
                            id != null ? id : new Settings(one).number("virtual_router_id", 1, 255, 0), maxLength,
                            group, port, ttl))
                    .orElse(null);
        }

        private boolean isNoOption(int i) {
            return i < words.size() && !OPTIONS.contains(words.get(i));
        }

        private void option(String name, String value) {
            switch (name) {
                case "inst" -> instance = instance == null ? value : instance;
                case "id" -> id = number(value, 0, 255);
                case "maxlen" -> maxLength = orElse(number(value, 1, 65507), maxLength);
                case "port" -> port = orElse(number(value, 1, 65535), port);
                case "ttl" -> ttl = orElse(number(value, 1, 255), ttl);
                default -> {
                    IpAddress address = Instances.ip(value);
                    group = address != null && isMulticast(address) ? address : group;
                }
            }
        }

        private static boolean isMulticast(IpAddress address) {
            return address.isV4() ? address.v4Bits() >>> 28 == 0xe : address.high() >>> 56 == 0xff;
        }

        private static @Nullable Integer number(String text, int least, int most) {
            return Settings.whole(text, least, most).orElse(null);
        }

        private static int orElse(@Nullable Integer said, int standard) {
            return said == null ? standard : said;
        }
    }
}
