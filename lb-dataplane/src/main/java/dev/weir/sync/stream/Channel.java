package dev.weir.sync.stream;

import dev.weir.sync.stream.RefusedException.Reason;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What goes over one TCP connection: a hello each way ({@link Handshake}), then records. Bytes go in and come out; whoever
 * has the connection moves them. Belongs to one thread.
 *
 * <pre>
 * record:
 *    0 length of what follows (2)   2 ciphertext, and 16 bytes of tag
 * </pre>
 *
 * Until the other side has proved that it has the key, this costs a few hundred bytes.
 */
final class Channel {
    /** Bytes in a record at most, before encryption. */
    static final int LONGEST = 16_000;
    /** The first record is no longer. */
    static final int LONGEST_FIRST = 64;
    private static final int HEADER = 2;
    private static final int OVERHEAD = HEADER + RecordCipher.TAG;
    private static final int BUFFER = 1 << 18;
    private static final int FIRST_BUFFER = Handshake.HELLO_LENGTH + 2 * (LONGEST_FIRST + OVERHEAD);

    private final Handshake handshake;
    private final byte[] header = new byte[HEADER];
    private Handshake.@Nullable Keys keys;
    private boolean proven;
    /** What came and was not looked at yet: from its position on. */
    private ByteBuffer incoming = ByteBuffer.allocate(FIRST_BUFFER).limit(0);
    /** What is to be sent: from its position on. */
    private ByteBuffer outgoing = ByteBuffer.allocate(FIRST_BUFFER).limit(0);

    /** @param initiator whether this side connected */
    Channel(boolean initiator, SharedKey key, SecureRandom random) {
        handshake = new Handshake(initiator, key.bytes(), random);
        append(handshake.hello(), Handshake.HELLO_LENGTH);
    }

    /** What is to be sent; whoever sends moves its position. */
    ByteBuffer outgoing() {
        return outgoing;
    }

    /** Whether the other side's hello came, so that records can be sent. */
    boolean isKeyed() {
        return keys != null;
    }

    /** Whether the other side has the key: its first record was opened. */
    boolean isProven() {
        return proven;
    }

    /** Whether another record fits that is no longer than this. */
    boolean hasRoom(int length) {
        return outgoing.capacity() - outgoing.remaining() >= length + OVERHEAD;
    }

    /** Puts a record behind what is to be sent. There must be keys, and room. */
    void send(byte[] plain, int length) {
        Handshake.Keys both = keys;
        if (both == null || length > LONGEST || !hasRoom(length)) {
            throw new IllegalStateException("no record can be sent now");
        }
        outgoing.compact();
        int sealed = length + RecordCipher.TAG;
        header(sealed);
        outgoing.put(header);
        outgoing.position(outgoing.position()
                + both.sending().seal(plain, length, header, outgoing.array(), outgoing.position()));
        outgoing.flip();
    }

    private void append(byte[] bytes, int length) {
        outgoing.compact().put(bytes, 0, length).flip();
    }

    private void header(int length) {
        header[0] = (byte) (length >>> Byte.SIZE);
        header[1] = (byte) length;
    }

    /** Bytes that {@link #receive} has room for. */
    int room() {
        return incoming.capacity() - incoming.remaining();
    }

    /** Takes what came: no more than there is room for. */
    void receive(ByteBuffer bytes) {
        incoming.compact().put(bytes).flip();
    }

    /**
     * Opens the next record.
     *
     * @param into at least {@link #LONGEST} bytes
     * @return its length; 0 where it is not whole yet
     * @throws RefusedException where it is none: the session is over
     */
    int next(byte[] into) throws RefusedException {
        if (keys == null && !hello()) {
            return 0;
        }
        if (incoming.remaining() < HEADER) {
            return 0;
        }
        int length = incoming.getChar(incoming.position());
        if (length <= RecordCipher.TAG || length > (proven ? LONGEST : LONGEST_FIRST) + RecordCipher.TAG) {
            throw new RefusedException(proven ? Reason.TOO_LONG : Reason.OTHER_KEY);
        }
        if (incoming.remaining() < HEADER + length) {
            return 0;
        }
        return open(length, into);
    }

    private boolean hello() throws RefusedException {
        byte[] bytes = Arrays.copyOfRange(incoming.array(), incoming.position(),
                incoming.position() + Math.min(incoming.remaining(), Handshake.HELLO_LENGTH));
        if (!Handshake.mayBegin(bytes, bytes.length)) {
            throw new RefusedException(Reason.NOT_WEIR);
        }
        if (bytes.length < Handshake.HELLO_LENGTH) {
            return false;
        }
        keys = handshake.keys(bytes);
        incoming.position(incoming.position() + Handshake.HELLO_LENGTH);
        return true;
    }

    private int open(int length, byte[] into) throws RefusedException {
        header(length);
        Handshake.Keys both = keys;
        int opened = both == null
                ? -1
                : both.receiving().open(incoming.array(), incoming.position() + HEADER, length, header, into);
        if (opened <= 0) {
            throw new RefusedException(proven ? Reason.FORGED : Reason.OTHER_KEY);
        }
        incoming.position(incoming.position() + HEADER + length);
        if (!proven) {
            proven = true;
            incoming = ByteBuffer.allocate(BUFFER).put(incoming).flip();
            outgoing = ByteBuffer.allocate(BUFFER).put(outgoing).flip();
        }
        return opened;
    }
}
