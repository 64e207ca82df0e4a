package dev.weir.sys;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** What of capabilities(7) a director asks for; the constants carry the names of linux/capability.h without CAP_. */
public enum Capability {
    NET_BIND_SERVICE(10), NET_ADMIN(12), NET_RAW(13), IPC_LOCK(14), SYS_ADMIN(21), SYS_NICE(23), SYS_RESOURCE(
            24), PERFMON(38), BPF(39);

    private static final String EFFECTIVE = "CapEff:";
    private final int bit;

    Capability(int bit) {
        this.bit = bit;
    }

    /** As an operator writes it: CAP_NET_RAW. */
    public String linuxName() {
        return "CAP_" + name();
    }

    /** Those of the above that the calling thread has in effect. */
    public static Set<Capability> effective() throws IOException {
        return effective(Files.readAllLines(Path.of("/proc/thread-self/status")));
    }

    /** @param status the lines of a /proc/PID/status */
    static Set<Capability> effective(List<String> status) throws IOException {
        String line = status.stream().filter(each -> each.startsWith(EFFECTIVE)).findFirst()
                .orElseThrow(() -> new IOException("/proc/thread-self/status has no line " + EFFECTIVE));
        long bits = Long.parseUnsignedLong(line.substring(EFFECTIVE.length()).strip(), 16);
        Set<Capability> effective = EnumSet.noneOf(Capability.class);
        for (Capability each : values()) {
            if ((bits >>> each.bit & 1) != 0) {
                effective.add(each);
            }
        }
        return effective;
    }
}
