package dev.weir.lbd;

import dev.weir.client.ControlMessage;
import dev.weir.client.ControlMessage.Answer;
import dev.weir.client.ControlMessage.MalformedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Function;
import jnr.unixsocket.UnixSocketChannel;
import jnr.unixsocket.UnixSocketOptions;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One client of the control socket, on a thread of its own. */
final class ControlClient implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(ControlClient.class);
    /** How long one read or write may block before the deadline is looked at again. */
    private static final int SLICE_MILLIS = 100;
    private static final int CHUNK = 64 << 10;

    private final UnixSocketChannel channel;
    private final ControlServer.Limits limits;
    private final Function<ControlMessage.Request, Answer> handler;
    private final Consumer<ControlClient> left;
    private volatile boolean waitedFor = true;
    private volatile boolean cutOff;

    ControlClient(UnixSocketChannel channel, ControlServer.Limits limits,
            Function<ControlMessage.Request, Answer> handler, Consumer<ControlClient> left) {
        this.channel = channel;
        this.limits = limits;
        this.handler = handler;
        this.left = left;
    }

    /** Whether it has yet to send its request. */
    boolean isWaitedFor() {
        return waitedFor;
    }

    /** Ends it within a slice, from another thread: its own closes the channel. */
    void cutOff() {
        cutOff = true;
    }

    /** Ends it before it has begun. */
    void abandon() throws IOException {
        channel.close();
    }

    @Override
    public void run() {
        try (channel) {
            channel.setOption(UnixSocketOptions.SO_RCVTIMEO, SLICE_MILLIS);
            channel.setOption(UnixSocketOptions.SO_SNDTIMEO, SLICE_MILLIS);
            Answer answer = answer();
            if (answer != null) {
                write(ControlMessage.encode(answer));
            }
        } catch (IOException e) {
            LOG.info("control socket: a client went away: {}", e.getMessage());
        } finally {
            left.accept(this);
        }
    }

    /** Null where the client is gone or out of time. */
    private @Nullable Answer answer() throws IOException {
        long deadline = deadline(limits.request());
        ByteBuffer length = read(ByteBuffer.allocate(4), deadline);
        if (length == null) {
            return null;
        }
        int size = length.getInt();
        if (size < 0 || size > ControlMessage.MAX_REQUEST) {
            return refuse("the request is longer than " + ControlMessage.MAX_REQUEST + " bytes");
        }
        ByteBuffer body = readGrowing(size, deadline);
        if (body == null) {
            return null;
        }
        waitedFor = false;
        try {
            return handler.apply(ControlMessage.decodeRequest(body));
        } catch (MalformedException e) {
            return refuse(String.valueOf(e.getMessage()));
        }
    }

    private static Answer refuse(String problem) {
        LOG.warn("control socket: refused a request: {}", problem);
        return new Answer(2, "", "lbd: not a request: " + problem + "\n");
    }

    /** Memory is taken as bytes come, not as the length says. */
    private @Nullable ByteBuffer readGrowing(int size, long deadline) throws IOException {
        ByteBuffer body = ByteBuffer.allocate(Math.min(size, CHUNK));
        while (true) {
            ByteBuffer filled = read(body, deadline);
            if (filled == null || filled.limit() == size) {
                return filled;
            }
            body = ByteBuffer.allocate((int) Math.min(size, filled.limit() * 2L)).put(filled);
        }
    }

    private @Nullable ByteBuffer read(ByteBuffer buffer, long deadline) throws IOException {
        while (buffer.hasRemaining()) {
            int count = channel.read(buffer);
            if (count < 0 || cutOff) {
                return null;
            }
            if (buffer.hasRemaining() && System.nanoTime() - deadline >= 0) {
                LOG.warn("control socket: gave up a client that did not send its request within {}",
                        limits.request());
                return null;
            }
        }
        return buffer.flip();
    }

    private void write(ByteBuffer answer) throws IOException {
        long deadline = deadline(limits.answer());
        while (answer.hasRemaining()) {
            channel.write(answer);
            if (answer.hasRemaining() && System.nanoTime() - deadline >= 0) {
                LOG.warn("control socket: gave up a client that did not take its answer within {}", limits.answer());
                return;
            }
        }
    }

    private static long deadline(Duration within) {
        return System.nanoTime() + within.toNanos();
    }
}
