package dev.weir.engine;

import dev.weir.engine.Output.Tunnel;
import dev.weir.forward.Encapsulation.Shim;
import dev.weir.service.Forwarding;
import dev.weir.service.RealServer;
import dev.weir.wire.IpAddress;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The tunnels to servers, by the server's number: made when first used, and made anew when the server was edited. */
final class ServerTunnels {
    private record Made(RealServer server, Forwarding forwarding, Tunnel tunnel) {
    }

    private @Nullable Made[] byServer = new @Nullable Made[64];
    private @Nullable Tunnel plain;

    /** The tunnel that {@code -i} and the --tun- options describe; plain IPIP where the server has another method now. */
    Tunnel of(RealServer server) {
        int id = server.id();
        Forwarding forwarding = server.settings().forwarding();
        Made made = id < byServer.length ? byServer[id] : null;
        if (made != null && made.server().equals(server) && made.forwarding().equals(forwarding)) {
            return made.tunnel();
        }
        if (id >= byServer.length) {
            byServer = Arrays.copyOf(byServer, Integer.highestOneBit(id) * 2);
        }
        Tunnel tunnel = make(server.address(), forwarding);
        byServer[id] = new Made(server, forwarding, tunnel);
        return tunnel;
    }

    /**
     * To a server that this director does not have, of whose tunnel it knows no more than the end. The last is kept: there
     * are few such.
     */
    Tunnel plain(long high, long low) {
        Tunnel last = plain;
        if (last == null || last.high() != high || last.low() != low) {
            last = make(new IpAddress(high, low), Forwarding.IPIP);
            plain = last;
        }
        return last;
    }

    static Tunnel make(IpAddress end, Forwarding forwarding) {
        if (!(forwarding instanceof Forwarding.Tunnel(Forwarding.TunnelType type, int port, Forwarding.TunnelChecksum checksum))) {
            return new Tunnel(Shim.NONE, false, 0, end.isV4(), end.high(), end.low());
        }
        // Remote checksum offload needs nothing beyond a checksum here: Weir never leaves an inner one unfinished.
        boolean summed = checksum != Forwarding.TunnelChecksum.NONE;
        return switch (type) {
            case IPIP -> new Tunnel(Shim.NONE, false, 0, end.isV4(), end.high(), end.low());
            case GUE -> new Tunnel(Shim.GUE, summed, port, end.isV4(), end.high(), end.low());
            case GRE -> new Tunnel(Shim.GRE, summed, 0, end.isV4(), end.high(), end.low());
        };
    }
}
