package dev.weir.lbd;

import dev.weir.sys.Capability;
import java.io.IOException;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;

/** The capabilities that a director needs; tools/lbd gives up all others before the JVM starts. */
final class Privileges {
    private static final Set<Capability> FORWARDING = EnumSet.of(Capability.NET_ADMIN, Capability.NET_RAW,
            Capability.IPC_LOCK, Capability.BPF);
    private static final Set<Capability> VRRP = EnumSet.of(Capability.NET_ADMIN, Capability.NET_RAW);

    private Privileges() {
    }

    static void checkForwarding() throws RefusalException {
        check(FORWARDING);
    }

    /** Scripts that run as somebody else need more; that shows where they are started. */
    static void checkVrrp() throws RefusalException {
        check(VRRP);
    }

    private static void check(Set<Capability> needed) throws RefusalException {
        Set<Capability> missing = EnumSet.copyOf(needed);
        try {
            missing.removeAll(Capability.effective());
        } catch (IOException e) {
            throw new RefusalException(RefusalException.ENVIRONMENT, "capabilities are unknown: " + e.getMessage());
        }
        if (!missing.isEmpty()) {
            throw new RefusalException(RefusalException.ENVIRONMENT, "misses "
                    + missing.stream().map(Capability::linuxName).collect(Collectors.joining(", "))
                    + "; start it as root, or as a service with these in CapabilityBoundingSet and AmbientCapabilities");
        }
    }
}
