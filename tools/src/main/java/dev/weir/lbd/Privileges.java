package dev.weir.lbd;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The capabilities that a director needs; tools/lbd gives up all others before the JVM starts. */
final class Privileges {
    private static final Path STATUS = Path.of("/proc/thread-self/status");
    /** By their numbers in linux/capability.h. */
    private static final Map<String, Integer> NEEDED = new LinkedHashMap<>();

    static {
        NEEDED.put("CAP_NET_ADMIN", 12);
        NEEDED.put("CAP_NET_RAW", 13);
        NEEDED.put("CAP_IPC_LOCK", 14);
        NEEDED.put("CAP_BPF", 39);
    }

    private Privileges() {
    }

    static void check() throws RefusalException {
        List<String> missing;
        try {
            missing = missing(Files.readAllLines(STATUS));
        } catch (IOException e) {
            throw new RefusalException(RefusalException.ENVIRONMENT, "cannot read " + STATUS + ": " + e.getMessage());
        }
        if (!missing.isEmpty()) {
            throw new RefusalException(RefusalException.ENVIRONMENT, "misses " + String.join(", ", missing)
                    + "; start it as root, or as a service with these in CapabilityBoundingSet and AmbientCapabilities");
        }
    }

    /** @param status the lines of a /proc/PID/status */
    static List<String> missing(List<String> status) {
        long effective = status.stream().filter(line -> line.startsWith("CapEff:"))
                .mapToLong(line -> Long.parseUnsignedLong(line.substring(7).strip(), 16)).findFirst().orElse(0);
        List<String> missing = new ArrayList<>();
        NEEDED.forEach((name, bit) -> {
            if ((effective >>> bit & 1) == 0) {
                missing.add(name);
            }
        });
        return missing;
    }
}
