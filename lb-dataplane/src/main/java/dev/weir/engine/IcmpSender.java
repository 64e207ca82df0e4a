package dev.weir.engine;

import dev.weir.connection.Connections;
import dev.weir.forward.IcmpError;
import dev.weir.wire.Ethernet;
import dev.weir.wire.Frame;
import dev.weir.wire.IpAddress;
import dev.weir.wire.Packet;

/** Sends the director's own ICMP errors, no more in a second than allowed. Belongs to one worker. */
final class IcmpSender {
    private static final long SECOND = 1_000_000_000L;

    private final Connections connections;
    private final Tracker tracker;
    private final Output output;
    private final Hops hops;
    private final int perSecond;
    private long tokens;
    private long filled;
    private long now;

    /** @param perSecond 0 for no limit */
    IcmpSender(Connections connections, Tracker tracker, Output output, Hops hops, int perSecond, long now) {
        this.connections = connections;
        this.tracker = tracker;
        this.output = output;
        this.hops = hops;
        this.perSecond = perSecond;
        tokens = perSecond;
        filled = now;
    }

    void begin(long now) {
        this.now = now;
    }

    /** Tells the sender of {@code about}, unless the rules forbid an error about it or too many were sent. */
    void send(Frame frame, Packet about, IcmpError.Kind kind, int information, long sourceHigh, long sourceLow) {
        send(frame, about, kind.type(about.v4()), kind.code(about.v4()), information, sourceHigh, sourceLow);
    }

    void send(Frame frame, Packet about, int type, int code, int information, long sourceHigh, long sourceLow) {
        if (IcmpError.allowedAbout(about) && take()) {
            Hop back = hops.towards(about.sourceHigh(), about.sourceLow());
            // Linux bears no IPv6 address on its own packets that only a route makes its own (icmp6_send).
            boolean borne = about.v4() || !hops.isOnlyRouted(sourceHigh, sourceLow);
            IpAddress own = back.route().source();
            output.icmpError(frame, about, linkLength(frame), type, code, information, back,
                    borne ? sourceHigh : own.high(), borne ? sourceLow : own.low());
            count(about);
        }
    }

    /**
     * Linux sends its errors through IPVS's own output hook, which takes one about a packet of a connection that is not
     * masqueraded for an answer of its server's (ip_vs_out_icmp).
     */
    private void count(Packet about) {
        int connection = connections.fromClient(about.protocol(), about.sourceHigh(), about.sourceLow(),
                about.sourcePort(), about.destinationHigh(), about.destinationLow(), about.destinationPort());
        if (connection != Connections.NONE && !Connections.translates(connections.flags(connection))
                && (connections.flags(connection) & Connections.ONE_PACKET) == 0) {
            tracker.countOut(tracker.server(connection), IcmpError.length(about, 0), 1);
        }
    }

    private static int linkLength(Frame frame) {
        return Ethernet.isTag(Ethernet.type(frame.memory(), frame.start())) ? 18 : 14;
    }

    private boolean take() {
        if (perSecond == 0) {
            return true;
        }
        long earned = (now - filled) * perSecond / SECOND;
        if (earned > 0) {
            tokens = Math.min(perSecond, tokens + earned);
            filled = now;
        }
        if (tokens == 0) {
            return false;
        }
        tokens--;
        return true;
    }
}
