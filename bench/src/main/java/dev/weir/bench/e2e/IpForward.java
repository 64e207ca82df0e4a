package dev.weir.bench.e2e;

import java.util.List;
import java.io.IOException;

/** The kernel as a plain router, without connections: what forwarding alone costs. Clients send to a server's address. */
record IpForward() implements Contender {
    @Override
    public String name() {
        return "ip-forward";
    }

    @Override
    public List<Tool> tools() {
        return List.of();
    }

    @Override
    public String target() {
        return Lab.SERVERS.getFirst();
    }

    @Override
    public Director start(Lab lab) throws IOException {
        lab.in(Lab.Role.DIRECTOR, "sysctl", "-qw", "net.ipv4.ip_forward=1");
        return () -> lab.in(Lab.Role.DIRECTOR, "sysctl", "-qw", "net.ipv4.ip_forward=0");
    }
}
