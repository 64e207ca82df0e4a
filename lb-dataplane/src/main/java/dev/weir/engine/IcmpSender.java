package dev.weir.engine;

import dev.weir.forward.IcmpError;
import dev.weir.wire.Ethernet;
import dev.weir.wire.Frame;
import dev.weir.wire.Packet;

/** Sends the director's own ICMP errors, no more in a second than allowed. Belongs to one worker. */
final class IcmpSender {
    private static final long SECOND = 1_000_000_000L;

    private final Output output;
    private final Hops hops;
    private final int perSecond;
    private long tokens;
    private long filled;
    private long now;

    /** @param perSecond 0 for no limit */
    IcmpSender(Output output, Hops hops, int perSecond, long now) {
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
            output.icmpError(frame, about, linkLength(frame), type, code, information,
                    hops.towards(about.sourceHigh(), about.sourceLow()), sourceHigh, sourceLow);
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
