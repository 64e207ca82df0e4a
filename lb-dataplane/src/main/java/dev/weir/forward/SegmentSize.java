package dev.weir.forward;

import dev.weir.wire.Bytes;
import dev.weir.wire.Frame;
import dev.weir.wire.Packet;

/** The maximum segment size that a SYN announces (RFC 9293 section 3.7.1), made smaller; one that announces none stays as it is. */
public final class SegmentSize {
    private static final int LENGTH = 4;
    private static final int VALUE = 2;
    /** What every host takes (RFC 9293 section 3.7.1), without all options that a header may have. */
    private static final int LEAST = 536 - 40;

    private SegmentSize() {
    }

    /** At most {@code most}. */
    public static void clamp(Frame frame, Packet packet, int most) {
        long at = find(packet);
        if (at != TcpOptions.NONE) {
            set(frame, packet, at, Math.min(value(packet, at), most));
        }
    }

    /** Smaller by so many bytes, as long as it stays a useful one. */
    public static void lower(Frame frame, Packet packet, int by) {
        long at = find(packet);
        if (at != TcpOptions.NONE && value(packet, at) - by >= LEAST) {
            set(frame, packet, at, value(packet, at) - by);
        }
    }

    private static long find(Packet packet) {
        long at = TcpOptions.find(packet, TcpOptions.MAXIMUM_SEGMENT_SIZE);
        return at != TcpOptions.NONE && Bytes.u8(packet.memory(), at + 1) == LENGTH ? at : TcpOptions.NONE;
    }

    private static int value(Packet packet, long at) {
        return Bytes.u16(packet.memory(), at + VALUE);
    }

    private static void set(Frame frame, Packet packet, long at, int size) {
        int before = TcpOptions.sum(packet);
        Bytes.u16(packet.memory(), at + VALUE, size);
        TcpOptions.changed(frame, packet.transport(), before, TcpOptions.sum(packet));
    }
}
