package dev.weir.port;

import dev.weir.wire.Frame;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Frames for the tests of ports. */
final class Frames {
    private Frames() {
    }

    static Frame[] burst(int length) {
        Frame[] burst = new Frame[length];
        Arrays.setAll(burst, _ -> new Frame());
        return burst;
    }

    /** @param payload so many bytes after the header, each its number's low byte */
    static byte[] ethernet(long destination, long source, int type, int payload) {
        byte[] frame = new byte[14 + payload];
        count(addresses(ByteBuffer.wrap(frame), destination, source).putShort((short) type));
        return frame;
    }

    static byte[] tagged(long destination, long source, int tpid, int tci, int type, int payload) {
        byte[] frame = new byte[18 + payload];
        count(addresses(ByteBuffer.wrap(frame), destination, source).putShort((short) tpid).putShort((short) tci)
                .putShort((short) type));
        return frame;
    }

    static void addresses(Frame frame, long destination, long source) {
        addresses(frame.memory().asSlice(frame.start(), 12).asByteBuffer(), destination, source);
    }

    private static ByteBuffer addresses(ByteBuffer bytes, long destination, long source) {
        bytes.putShort((short) (destination >>> 32)).putInt((int) destination);
        return bytes.putShort((short) (source >>> 32)).putInt((int) source);
    }

    private static void count(ByteBuffer bytes) {
        for (int i = 0; bytes.hasRemaining(); i++) {
            bytes.put((byte) i);
        }
    }
}
