package dev.weir.host;

import dev.weir.route.NetlinkMirror;

/** A process that a test kills: it intercepts the interfaces given and waits for its end. */
final class GuardedDaemon {
    private GuardedDaemon() {
    }

    public static void main(String[] names) throws Exception {
        try (NetlinkMirror mirror = NetlinkMirror.open();
                HostSide host = HostSide.open(mirror.links().stream()
                        .filter(link -> java.util.List.of(names).contains(link.name())).toList())) {
            System.out.println("ready " + host.handBackPorts().size());
            System.in.read();
        }
    }
}
