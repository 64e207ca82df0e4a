package dev.weir.lab.identity;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/**
 * The server: answers each connection by its number, and closes it first, so that TIME_WAIT is here, where a port that is used
 * again meets it. Of what is not the connection's own it says so on standard error, and resets. Belongs to one thread.
 */
final class Answering implements AutoCloseable {
    private static final int BACKLOG = 4096;

    private final long seed;
    private final Selector selector;
    private final ServerSocketChannel server;
    private final ByteBuffer out = ByteBuffer.allocateDirect(Identity.LENGTH);
    private long whole;

    /** A connection that has come. */
    private static final class Guest {
        private final ByteBuffer in = ByteBuffer.allocate(Identity.LENGTH);
        private int turn;
        private long number;
    }

    Answering(InetSocketAddress address, long seed) throws IOException {
        this.seed = seed;
        selector = Selector.open();
        server = ServerSocketChannel.open().bind(address, BACKLOG);
        server.configureBlocking(false).register(selector, SelectionKey.OP_ACCEPT);
    }

    int port() throws IOException {
        return ((InetSocketAddress) server.getLocalAddress()).getPort();
    }

    /** Connections that were answered to the end. */
    long whole() {
        return whole;
    }

    /** What comes within the time. */
    void run(long millis) throws IOException {
        selector.select(millis);
        for (SelectionKey key : selector.selectedKeys()) {
            if (key.isAcceptable()) {
                accept();
            } else {
                ready(key);
            }
        }
        selector.selectedKeys().clear();
    }

    private void accept() throws IOException {
        for (SocketChannel guest = server.accept(); guest != null; guest = server.accept()) {
            guest.setOption(StandardSocketOptions.TCP_NODELAY, true);
            guest.configureBlocking(false).register(selector, SelectionKey.OP_READ, new Guest());
        }
    }

    private void ready(SelectionKey key) throws IOException {
        SocketChannel channel = (SocketChannel) key.channel();
        Guest guest = (Guest) key.attachment();
        try {
            if (channel.read(guest.in) < 0) {
                end(channel, guest, "it was closed");
            } else if (!guest.in.hasRemaining()) {
                answer(channel, guest);
            }
        } catch (IOException e) {
            end(channel, guest, String.valueOf(e.getMessage()));
        }
    }

    private void answer(SocketChannel channel, Guest guest) throws IOException {
        long number = Identity.read(seed, guest.turn, guest.in.flip());
        if (number < 0 || guest.turn > 0 && number != guest.number) {
            end(channel, guest, "what came is another's");
            return;
        }
        guest.number = number;
        guest.in.clear();
        out.clear();
        Identity.put(seed, number, guest.turn + 1, out);
        channel.write(out.flip());
        guest.turn += 2;
        if (guest.turn == Identity.MESSAGES) {
            whole++;
            channel.close();
        }
    }

    private static void end(SocketChannel channel, Guest guest, String why) throws IOException {
        System.err.println("connection " + (guest.turn == 0 ? "of no number" : guest.number) + " of "
                + channel.getRemoteAddress() + ", after " + guest.turn + " messages: " + why);
        channel.setOption(StandardSocketOptions.SO_LINGER, 0).close();
    }

    @Override
    public void close() throws IOException {
        for (SelectionKey key : selector.keys()) {
            key.channel().close();
        }
        selector.close();
    }
}
