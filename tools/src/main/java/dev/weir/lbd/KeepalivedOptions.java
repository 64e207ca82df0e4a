package dev.weir.lbd;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How lbd does the work of keepalived(8).
 *
 * @param config         the keepalived.conf
 * @param id             what @ID stands for in it, or null: the host's name up to its first dot
 * @param run            which of the two halves
 * @param keepAddresses  virtual addresses and routes stay when the daemon ends
 * @param pidFiles       that have the daemon's process number while it runs
 * @param processName    by which killall(1) finds it, or null
 * @param dump           what was understood is printed at the start
 * @param sessions       bfd_instances have sessions; without, what tracks one sees it down
 */
record KeepalivedOptions(Path config, @Nullable String id, Run run, boolean keepAddresses, List<Path> pidFiles,
        @Nullable String processName, boolean dump, boolean sessions) {
    enum Run {
        ALL, VRRP, VIRTUAL_SERVERS,
        /** VRRP, and forwarding where the file has virtual servers: what keepalived would do. */
        NEEDED;

        boolean vrrp() {
            return this != VIRTUAL_SERVERS;
        }

        boolean forwards(boolean virtualServers) {
            return this != VRRP && (this != NEEDED || virtualServers);
        }

        private static Run parse(String text) {
            return valueOf(text.toUpperCase(Locale.ROOT).replace('-', '_'));
        }
    }

    /** TASK_COMM_LEN of linux/sched.h, without its zero. */
    private static final int LONGEST_NAME = 15;

    /** What the command line has said so far. */
    static final class Builder {
        private @Nullable Path config;
        private @Nullable String id;
        private Run run = Run.ALL;
        private boolean keepAddresses;
        private final List<Path> pidFiles = new ArrayList<>();
        private @Nullable String processName;
        private boolean dump;
        private boolean sessions = true;
        private @Nullable String lone;

        /** Whether the option is one of these. */
        boolean takes(String name, Options.Value value) throws RefusalException {
            switch (name) {
                case "--config" -> config = Path.of(value.text());
                case "--config-id" -> id = value.text();
                case "--run" -> run = Run.parse(value.oneOf("all", "vrrp", "virtual-servers", "needed"));
                case "--keep-addresses" -> keepAddresses = true;
                case "--pid-file" -> pidFiles.add(Path.of(value.text()));
                case "--process-name" -> {
                    String text = value.text();
                    if (text.isEmpty() || text.length() > LONGEST_NAME) {
                        throw new RefusalException(RefusalException.USAGE,
                                "--process-name has 1 to " + LONGEST_NAME + " characters, not '" + text + "'");
                    }
                    processName = text;
                }
                case "--dump-config" -> dump = true;
                case "--no-bfd" -> sessions = false;
                default -> {
                    return false;
                }
            }
            lone = name;
            return true;
        }

        /** Null where no configuration is named. */
        @Nullable
        KeepalivedOptions build() throws RefusalException {
            if (config == null && lone != null) {
                throw new RefusalException(RefusalException.USAGE, lone + " goes with --config FILE");
            }
            return config == null
                    ? null
                    : new KeepalivedOptions(config, id, run, keepAddresses, List.copyOf(pidFiles),
                            processName, dump, sessions);
        }
    }
}
