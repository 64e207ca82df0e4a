package dev.weir.lab.transfer;

import dev.weir.lab.transfer.Content.Direction;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One end of a connection that sends a chunk at each turn and checks what it receives. The client's end begins with the
 * connection's number, by which the server knows which streams these are, and ends first.
 */
final class Transfer {
    static final int NUMBER_LENGTH = Integer.BYTES;
    private static final int CHUNK_LEAST = 100;
    private static final int CHUNK_MOST = 1024;
    /** What waits at most because the kernel takes no more; beyond it turns are left out. */
    private static final int BACKLOG_LIMIT = 64 * 1024;

    private final SocketChannel channel;
    private final int connection;
    private final Content outgoing;
    private final Incoming incoming;
    private final boolean client;
    private long sent;
    private long due;
    private long turns;
    private boolean begun;
    private boolean finishing;
    private boolean finished;
    private boolean readAll;
    private String state = Account.OPEN;

    /** @param client whether this is the client's end; {@link #begin} must follow in any case */
    Transfer(SocketChannel channel, long seed, int connection, boolean client, long now) {
        this.channel = channel;
        this.connection = connection;
        this.client = client;
        outgoing = new Content(seed, connection, client ? Direction.TO_SERVER : Direction.TO_CLIENT);
        incoming = new Incoming(new Content(seed, connection, client ? Direction.TO_CLIENT : Direction.TO_SERVER), now);
    }

    /** The connection is made, or was refused: from now on it sends at its turns. */
    void begin() {
        try {
            if (client) {
                channel.finishConnect();
                if (channel.write(ByteBuffer.allocate(NUMBER_LENGTH).putInt(connection).flip()) != NUMBER_LENGTH) {
                    end("the kernel takes no " + NUMBER_LENGTH + " bytes of a new connection");
                }
            }
            begun = true;
        } catch (IOException e) {
            end(reason(e));
        }
    }

    /** Lets it send a chunk more, unless it is to end. */
    void turn(ByteBuffer scratch) {
        if (!begun || !isOpen()) {
            return;
        }
        if (!finishing && due - sent < BACKLOG_LIMIT) {
            due += CHUNK_LEAST + outgoing.number(turns++, CHUNK_MOST - CHUNK_LEAST + 1);
        }
        try {
            send(scratch);
            if (finishing && !finished && sent == due) {
                channel.shutdownOutput();
                finished = true;
                if (!client) {
                    end(Account.ENDED);
                }
            }
        } catch (IOException e) {
            end(reason(e));
        }
    }

    private void send(ByteBuffer scratch) throws IOException {
        while (sent < due) {
            scratch.clear().limit((int) Math.min(scratch.capacity(), due - sent));
            outgoing.fill(scratch, sent);
            scratch.flip();
            int taken = channel.write(scratch);
            sent += taken;
            if (scratch.hasRemaining()) {
                return;
            }
        }
    }

    /** Takes what has come. Once {@link #hasReadAll} nothing more will. */
    void receive(ByteBuffer scratch, long now) {
        try {
            int length;
            while (isOpen() && (length = channel.read(scratch.clear())) != 0) {
                if (length < 0) {
                    otherEndIsThrough();
                    return;
                }
                incoming.take(scratch.flip(), now);
            }
        } catch (IOException e) {
            end(reason(e));
        }
    }

    private void otherEndIsThrough() {
        readAll = true;
        if (!client) {
            finishing = true;
        } else if (finished) {
            end(Account.ENDED);
        } else {
            end("closed by the server before its end");
        }
    }

    boolean hasReadAll() {
        return readAll;
    }

    /** Of the client's end: sends what is due, and no more. */
    void finish() {
        finishing = true;
    }

    /** Ends it for that reason, if it has not ended. */
    void end(String why) {
        if (!isOpen()) {
            return;
        }
        state = why;
        try {
            channel.close();
        } catch (IOException e) {
            state += "; " + reason(e);
        }
    }

    static String reason(IOException e) {
        @Nullable
        String message = e.getMessage();
        return message == null ? e.getClass().getSimpleName() : message;
    }

    boolean isOpen() {
        return state.equals(Account.OPEN);
    }

    boolean isBroken() {
        return !isOpen() && !state.equals(Account.ENDED);
    }

    /** Whether something has come, so that both ends have the connection. */
    boolean isEstablished() {
        return incoming.received() > 0;
    }

    long lastProgress() {
        return incoming.lastProgress();
    }

    void forgetStalls() {
        incoming.forgetStalls();
    }

    Account account(long now) {
        return new Account(connection, sent, incoming.received(), incoming.wrong(), incoming.firstWrong(),
                TimeUnit.NANOSECONDS.toMillis(incoming.stall(now)), state);
    }
}
