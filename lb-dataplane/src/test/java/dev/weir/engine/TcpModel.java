package dev.weir.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Random;

/**
 * One end of a TCP connection as RFC 9293 has it, for tests: it sends what it is asked to send, in segments of random size,
 * and holds every byte, acknowledgement and selective acknowledgement that comes against what it must be. Numbers are
 * counted from its SYN, which is 0; the first byte is 1, the FIN comes behind the last.
 */
final class TcpModel {
    /** What is to be sent; {@code options} are of the TCP header. */
    @SuppressWarnings("ArrayRecordComponent")
    record Segment(int flags, int sequence, int acknowledgement, byte[] payload, int[] options) {
    }

    private static final byte[] NOTHING = {};
    private static final int[] NO_OPTIONS = {};
    private static final int[] FAST_OPEN = {34, 6, 1, 2, 3, 4, 1, 1};

    private final Random random;
    private final byte[] sends;
    private final byte[] expects;
    private final int initial;
    private final int waitsFor;
    private final boolean listens;
    private final boolean fast;
    /** Bytes that come between what it sends and what the other end gets. */
    private final int inserted;
    private final BitSet received = new BitSet();
    private int acknowledged;
    private int sent;
    private int others;
    private boolean knowsOther;
    private boolean owesAcknowledgement;

    /**
     * @param sends    its stream
     * @param expects  the stream that it is to get
     * @param waitsFor how many bytes of that must come before it sends data
     * @param inserted how many bytes more than it sends the other end gets before
     * @param fast     whether its SYN has data
     */
    TcpModel(Random random, boolean listens, byte[] sends, byte[] expects, int waitsFor, int inserted, boolean fast) {
        this.random = random;
        this.listens = listens;
        this.sends = sends;
        this.expects = expects;
        this.waitsFor = waitsFor;
        this.inserted = inserted;
        this.fast = fast;
        initial = random.nextInt();
    }

    private int end() {
        return sends.length + 2;
    }

    boolean isDone() {
        return acknowledged == end() && got() == expects.length + 2;
    }

    /** Up to here everything came. */
    private int got() {
        return received.nextClearBit(0);
    }

    boolean owesAcknowledgement() {
        return owesAcknowledgement;
    }

    boolean maySendMore() {
        return sent == 0 ? !listens : acknowledged > 0 && sent < end() && got() - 1 >= waitsFor;
    }

    boolean maySendAgain() {
        return acknowledged < sent;
    }

    Segment more(int most) {
        if (sent == 0) {
            sent = 1;
            return syn();
        }
        int from = sent;
        sent = Math.min(end(), from + 1 + random.nextInt(most));
        return segment(from, sent);
    }

    Segment again(int most) {
        return acknowledged == 0
                ? syn()
                : segment(acknowledged, Math.min(sent, acknowledged + 1 + random.nextInt(most)));
    }

    Segment acknowledgement() {
        return segment(sent, sent);
    }

    private Segment syn() {
        owesAcknowledgement = false;
        if (listens) {
            return new Segment(Packets.SYN | Packets.ACK, initial, others + got(), NOTHING, NO_OPTIONS);
        }
        byte[] data = fast ? Arrays.copyOf(sends, Math.min(sends.length, 100)) : NOTHING;
        return new Segment(Packets.SYN, initial, 0, data, fast ? FAST_OPEN : NO_OPTIONS);
    }

    private Segment segment(int from, int to) {
        owesAcknowledgement = false;
        byte[] payload = Arrays.copyOfRange(sends, Math.min(from - 1, sends.length), Math.min(to - 1, sends.length));
        int flags = Packets.ACK | (to == end() && from < to ? Packets.FIN : 0);
        return new Segment(flags, initial + from, others + got(), payload, selective());
    }

    /** One block of what came out of order. */
    private int[] selective() {
        int from = received.nextSetBit(got());
        if (from < 0 || random.nextInt(3) == 0) {
            return NO_OPTIONS;
        }
        int to = received.nextClearBit(from);
        ByteBuffer option = ByteBuffer.allocate(12).putInt(0x0101050a).putInt(others + from).putInt(others + to);
        int[] bytes = new int[12];
        Arrays.setAll(bytes, i -> option.get(i) & 255);
        return bytes;
    }

    /** @param peer the other end itself: it must have what it is said to have */
    void receive(Read segment, TcpModel peer) {
        int flags = segment.tcpFlags();
        if ((flags & Packets.SYN) != 0) {
            assertThat(knowsOther && others != segment.sequence()).as("another SYN").isFalse();
            knowsOther = true;
            others = segment.sequence();
            received.set(0);
            if (listens) {
                sent = Math.max(sent, 1);
            } else {
                acknowledges(segment, peer);
            }
            owesAcknowledgement = true;
            return;
        }
        if (!knowsOther) {
            return;
        }
        byte[] payload = segment.payload();
        int from = segment.sequence() - others;
        assertThat(from).as("sequence number").isBetween(0, expects.length + 2);
        if (payload.length > 0) {
            assertThat(from).as("place of data").isPositive();
            assertThat(from - 1 + payload.length).as("end of data").isLessThanOrEqualTo(expects.length);
            assertThat(payload).as("bytes from %d", from - 1)
                    .isEqualTo(Arrays.copyOfRange(expects, from - 1, from - 1 + payload.length));
            received.set(from, from + payload.length);
        }
        if ((flags & Packets.FIN) != 0) {
            assertThat(from + payload.length).as("place of the FIN").isEqualTo(expects.length + 1);
            received.set(expects.length + 1);
        }
        owesAcknowledgement |= payload.length > 0 || (flags & Packets.FIN) != 0;
        acknowledges(segment, peer);
    }

    private void acknowledges(Read segment, TcpModel peer) {
        int number = segment.acknowledgement() - initial;
        assertThat(number).as("what is acknowledged").isBetween(1, sent);
        assertThat(peer.has(0, number)).as("what is acknowledged, %d", number).isTrue();
        acknowledged = Math.max(acknowledged, number);
        ByteBuffer options = ByteBuffer.wrap(segment.tcpOptions());
        if (options.capacity() == 12 && options.get(2) == 5) {
            int from = options.getInt(4) - initial;
            int to = options.getInt(8) - initial;
            assertThat(from).as("beginning of a block").isBetween(1, to);
            assertThat(to).as("end of a block").isLessThanOrEqualTo(sent);
            assertThat(from == to || peer.has(from, to)).as("block from %d to %d", from, to).isTrue();
        }
    }

    /** Whether it has got what the other end counts so. */
    private boolean has(int from, int to) {
        int begin = from == 0 ? 0 : from + shift();
        int end = to == 1 ? 1 : to + shift();
        return received.nextClearBit(begin) >= end;
    }

    private int shift() {
        return listens ? inserted : 0;
    }
}
