package dev.weir.host;

import dev.weir.route.NetlinkMirror;
import dev.weir.sys.Guardian;
import java.nio.file.Files;
import java.nio.file.Path;

/** A process that a test kills: it intercepts the interfaces given, makes the files given, and waits for its end. */
final class GuardedDaemon {
    /** Frames of one that had an address are kept from the host for as long after its death; twice, where it was a gateway. */
    static final int PATIENCE_SECONDS = 2;

    private GuardedDaemon() {
    }

    public static void main(String[] names) throws Exception {
        try (NetlinkMirror mirror = NetlinkMirror.open();
                HostSide host = HostSide.open(mirror.links().stream()
                        .filter(link -> java.util.List.of(names).contains(link.name())).toList())) {
            for (String file : names) {
                if (file.startsWith("10.")) {
                    host.guardian().willDo(Guardian.By.IP4, "addr del " + file + " dev " + names[0]);
                    host.guardian().alive(PATIENCE_SECONDS);
                } else if (file.equals("gateway")) {
                    host.guardian().willDo(Guardian.By.GATEWAY, "of servers");
                } else if (file.startsWith("/")) {
                    host.guard(Path.of(file));
                    Files.writeString(Path.of(file), "of a daemon");
                }
            }
            System.out.println("ready " + host.handBackPorts().size());
            System.in.read();
        }
    }
}
