package dev.weir.lab.transfer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.lab.transfer.Content.Direction;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class IncomingTest {
    private static final long SEED = 20261121;
    private static final int LENGTH = 10_000;

    private final Content content = new Content(SEED, 7, Direction.TO_SERVER);
    private final Incoming incoming = new Incoming(content, 0);

    @Test
    void theStreamInPiecesOfAnySizeIsRight() {
        byte[] stream = stream();
        Random random = new Random(SEED);
        for (int at = 0; at < LENGTH;) {
            int length = Math.min(LENGTH - at, 1 + random.nextInt(700));
            incoming.take(ByteBuffer.wrap(stream, at, length), 0);
            at += length;
        }
        assertEquals(LENGTH, incoming.received());
        assertEquals(0, incoming.wrong());
        assertEquals(-1, incoming.firstWrong());
    }

    @Test
    void aCorruptedByteIsFound() {
        byte[] stream = stream();
        stream[4_321] ^= 1;
        incoming.take(ByteBuffer.wrap(stream), 0);
        assertEquals(1, incoming.wrong());
        assertEquals(4_321, incoming.firstWrong());
    }

    @Test
    void aMissingByteIsFound() {
        byte[] stream = stream();
        incoming.take(ByteBuffer.wrap(stream, 0, 999), 0);
        incoming.take(ByteBuffer.wrap(stream, 1_000, LENGTH - 1_000), 0);
        assertTrue(incoming.wrong() > 8_000, () -> "only " + incoming.wrong() + " are wrong behind it");
        assertTrue(incoming.firstWrong() >= 999 && incoming.firstWrong() < 1_010,
                () -> "first at " + incoming.firstWrong());
    }

    @Test
    void aRepeatedByteIsFound() {
        byte[] stream = stream();
        incoming.take(ByteBuffer.wrap(stream, 0, 1_000), 0);
        incoming.take(ByteBuffer.wrap(stream, 999, LENGTH - 999), 0);
        assertTrue(incoming.wrong() > 8_000, () -> "only " + incoming.wrong() + " are wrong behind it");
        assertTrue(incoming.firstWrong() >= 1_000 && incoming.firstWrong() < 1_011,
                () -> "first at " + incoming.firstWrong());
    }

    @Test
    void noTwoConnectionsOrDirectionsOrSeedsAreAlike() {
        byte[] stream = stream();
        for (Content other : new Content[]{new Content(SEED, 8, Direction.TO_SERVER),
                new Content(SEED, 7, Direction.TO_CLIENT), new Content(SEED + 1, 7, Direction.TO_SERVER)}) {
            byte[] others = new byte[LENGTH];
            other.fill(ByteBuffer.wrap(others), 0);
            assertFalse(Arrays.equals(stream, others));
        }
    }

    @Test
    void theLongestTimeWithoutAByteIsAStall() {
        ByteBuffer stream = ByteBuffer.wrap(stream());
        incoming.take(stream.slice(0, 10), 100);
        incoming.take(stream.slice(10, 10), 700);
        incoming.take(stream.slice(20, 10), 900);
        assertEquals(600, incoming.stall(900));
        assertEquals(800, incoming.stall(1_700), "one that lasts counts, too");
        incoming.forgetStalls();
        incoming.take(stream.slice(30, 10), 1_000);
        assertEquals(100, incoming.stall(1_000));
        assertEquals(0, incoming.wrong());
    }

    private byte[] stream() {
        byte[] stream = new byte[LENGTH];
        content.fill(ByteBuffer.wrap(stream), 0);
        return stream;
    }
}
