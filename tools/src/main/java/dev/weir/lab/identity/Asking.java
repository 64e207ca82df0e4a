package dev.weir.lab.identity;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * The client: so many connections as fast as they go, some of them at once, each from a port of its own until its addresses have
 * no other. What comes must be the connection's, and nothing may come after the last message. Belongs to one thread.
 */
final class Asking implements AutoCloseable {
    private static final int FIRST_PORT = 1024;
    private static final int PORTS = (1 << 16) - FIRST_PORT;
    /** A connection may take that long: a segment that is lost comes again. */
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(30);

    private final long seed;
    private final InetSocketAddress server;
    private final List<InetAddress> sources;
    private final Selector selector = Selector.open();
    private final ByteBuffer out = ByteBuffer.allocateDirect(Identity.LENGTH);
    private final Deque<Asked> oldest = new ArrayDeque<>();
    private final Map<String, Integer> broken = new TreeMap<>();
    private long next;
    private long place;
    private long whole;
    private int open;
    private int mostOpen;

    private static final class Asked {
        private final SocketChannel channel;
        private final long number;
        private final long begun = System.nanoTime();
        private final ByteBuffer in = ByteBuffer.allocate(Identity.LENGTH);
        private int turn;
        private boolean over;

        Asked(SocketChannel channel, long number) {
            this.channel = channel;
            this.number = number;
        }
    }

    Asking(InetSocketAddress server, List<InetAddress> sources, long seed) throws IOException {
        this.server = server;
        this.sources = sources;
        this.seed = seed;
    }

    /**
     * Opens and closes them all.
     *
     * @param atOnce how many are open at the same time
     */
    void run(long count, int atOnce) throws IOException {
        while (whole + failed() < count) {
            while (open < atOnce && next < count) {
                begin(next++);
            }
            selector.select(TimeUnit.SECONDS.toMillis(1));
            for (SelectionKey key : selector.selectedKeys()) {
                ready(key, (Asked) key.attachment());
            }
            selector.selectedKeys().clear();
            giveUp(System.nanoTime());
        }
    }

    private void begin(long number) throws IOException {
        SocketChannel channel = SocketChannel.open();
        Asked asked = new Asked(channel, number);
        open++;
        mostOpen = Math.max(mostOpen, open);
        oldest.add(asked);
        try {
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true)
                    .setOption(StandardSocketOptions.SO_REUSEADDR, true);
            InetAddress source = sources.get((int) (place % sources.size()));
            channel.bind(new InetSocketAddress(source, FIRST_PORT + (int) (place++ / sources.size() % PORTS)));
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_CONNECT, asked);
            channel.connect(server);
        } catch (IOException e) {
            end(asked, String.valueOf(e.getMessage()));
        }
    }

    private void ready(SelectionKey key, Asked asked) throws IOException {
        try {
            if (key.isConnectable()) {
                asked.channel.finishConnect();
                key.interestOps(SelectionKey.OP_READ);
                say(asked);
            } else if (asked.channel.read(asked.in) < 0) {
                ended(asked);
            } else if (asked.turn == Identity.MESSAGES) {
                end(asked, "more came than was said");
            } else if (!asked.in.hasRemaining()) {
                hear(asked);
            }
        } catch (IOException e) {
            end(asked, String.valueOf(e.getMessage()));
        }
    }

    private void say(Asked asked) throws IOException {
        out.clear();
        Identity.put(seed, asked.number, asked.turn, out);
        asked.channel.write(out.flip());
        asked.turn++;
    }

    private void hear(Asked asked) throws IOException {
        if (Identity.read(seed, asked.turn, asked.in.flip()) != asked.number) {
            end(asked, "what came is another's");
            return;
        }
        asked.in.clear();
        asked.turn++;
        if (asked.turn < Identity.MESSAGES) {
            say(asked);
        }
    }

    /** The server has said all that it says. */
    private void ended(Asked asked) throws IOException {
        if (asked.turn == Identity.MESSAGES) {
            close(asked);
            whole++;
        } else {
            end(asked, "closed too early");
        }
    }

    private void end(Asked asked, String why) throws IOException {
        close(asked);
        broken.merge(why, 1, Integer::sum);
    }

    private void close(Asked asked) throws IOException {
        asked.over = true;
        asked.channel.close();
        open--;
    }

    private void giveUp(long now) throws IOException {
        for (Asked asked = oldest.peek(); asked != null; asked = oldest.peek()) {
            if (!asked.over) {
                if (now - asked.begun < PATIENCE) {
                    return;
                }
                end(asked, "nothing for " + TimeUnit.NANOSECONDS.toSeconds(PATIENCE) + " s");
            }
            oldest.remove();
        }
    }

    /** Connections that went as they should. */
    long whole() {
        return whole;
    }

    /** Those that did not. */
    long failed() {
        return broken.values().stream().mapToLong(Integer::longValue).sum();
    }

    /**
     * What became of them all.
     *
     * @param nanos that it took
     */
    String report(long nanos) {
        double seconds = (double) nanos / TimeUnit.SECONDS.toNanos(1);
        return String.format(Locale.ROOT, "%d connections whole, %d not%s, in %.1f s (%.0f a second), up to %d at once",
                whole,
                failed(), broken.isEmpty() ? "" : " " + broken, seconds, whole / seconds, mostOpen);
    }

    @Override
    public void close() throws IOException {
        for (SelectionKey key : selector.keys()) {
            key.channel().close();
        }
        selector.close();
    }
}
