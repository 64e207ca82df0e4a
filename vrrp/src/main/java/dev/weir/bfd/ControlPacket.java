package dev.weir.bfd;

import dev.weir.bfd.Reading.Flaw;
import dev.weir.bfd.Reading.Invalid;
import dev.weir.bfd.Reading.Valid;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A BFD Control packet (RFC 5880 section 4.1), without authentication and echo. Times are microseconds.
 *
 * @param last   the Final bit
 * @param mine   the sender's discriminator
 * @param yours  the receiver's, or 0 where the sender does not know it
 */
record ControlPacket(Diagnostic diagnostic, SessionState state, boolean poll, boolean last, boolean demand,
        int multiplier, int mine, int yours, long desiredMinTx, long requiredMinRx) {
    private static final int VERSION = 1;
    private static final int LENGTH = 24;
    private static final int DIAGNOSTIC = 0x1f;
    private static final int POLL = 0x20;
    private static final int FINAL = 0x10;
    private static final int AUTHENTICATION = 0x04;
    private static final int DEMAND = 0x02;
    private static final int MULTIPOINT = 0x01;

    byte[] write() {
        ByteBuffer out = ByteBuffer.allocate(LENGTH);
        out.put((byte) (VERSION << 5 | diagnostic.ordinal()));
        out.put((byte) (state.ordinal() << 6 | (poll ? POLL : 0) | (last ? FINAL : 0) | (demand ? DEMAND : 0)));
        out.put((byte) multiplier).put((byte) LENGTH);
        out.putInt(mine).putInt(yours).putInt((int) desiredMinTx).putInt((int) requiredMinRx).putInt(0);
        return out.array();
    }

    /** By the rules of RFC 5880 section 6.8.6; Poll and Final exclude each other, which keepalived checks, too. */
    static Reading read(byte[] bytes) {
        if (bytes.length < LENGTH) {
            return new Invalid(Flaw.LENGTH);
        }
        ByteBuffer in = ByteBuffer.wrap(bytes);
        int first = in.get() & 0xff;
        int bits = in.get() & 0xff;
        int multiplier = in.get() & 0xff;
        int length = in.get() & 0xff;
        int mine = in.getInt();
        int yours = in.getInt();
        SessionState state = SessionState.of(bits >> 6);
        Flaw flaw = flaw(bytes.length, first >> 5, length, bits);
        if (flaw == null) {
            flaw = multiplier == 0 ? Flaw.MULTIPLIER : flaw(state, mine, yours);
        }
        if (flaw != null) {
            return new Invalid(flaw);
        }
        return new Valid(new ControlPacket(Diagnostic.of(first & DIAGNOSTIC), state, (bits & POLL) != 0,
                (bits & FINAL) != 0, (bits & DEMAND) != 0, multiplier, mine, yours,
                Integer.toUnsignedLong(in.getInt()), Integer.toUnsignedLong(in.getInt())));
    }

    private static @Nullable Flaw flaw(int came, int version, int length, int bits) {
        if (version != VERSION) {
            return Flaw.VERSION;
        }
        if (length < LENGTH || length > came) {
            return Flaw.LENGTH;
        }
        if ((bits & MULTIPOINT) != 0) {
            return Flaw.MULTIPOINT;
        }
        if ((bits & AUTHENTICATION) != 0) {
            return Flaw.AUTHENTICATION;
        }
        return (bits & POLL) != 0 && (bits & FINAL) != 0 ? Flaw.BITS : null;
    }

    private static @Nullable Flaw flaw(SessionState state, int mine, int yours) {
        if (mine == 0) {
            return Flaw.MY_DISCRIMINATOR;
        }
        return yours == 0 && (state == SessionState.INIT || state == SessionState.UP) ? Flaw.YOUR_DISCRIMINATOR : null;
    }
}
