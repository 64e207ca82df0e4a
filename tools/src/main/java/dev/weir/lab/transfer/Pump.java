package dev.weir.lab.transfer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves all connections of one program: takes what comes, and gives each connection its turn every interval, spread
 * evenly over it. Belongs to one thread; only {@link #wake} is for others.
 */
final class Pump implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Pump.class);
    private static final int BACKLOG = 4096;
    private static final int SCRATCH_BYTES = 16 * 1024;
    /** Connections have their turns in so many groups. */
    private static final int GROUPS = 20;

    private final Selector selector;
    private final ByteBuffer scratch = ByteBuffer.allocateDirect(SCRATCH_BYTES);
    private final List<Transfer> transfers = new ArrayList<>();
    private final long seed;
    private final long groupInterval;
    private long nextTurn;
    private int group;

    /** What a key's channel is there for. */
    private interface Handler {
        void ready(SelectionKey key) throws IOException;
    }

    /** @param intervalMillis between two chunks of a connection */
    Pump(long seed, int intervalMillis) throws IOException {
        this.seed = seed;
        selector = Selector.open();
        groupInterval = TimeUnit.MILLISECONDS.toNanos(intervalMillis) / GROUPS;
        nextTurn = System.nanoTime();
    }

    /**
     * Takes connections there, as server; gives the address with its port.
     *
     * @param behindProxy whether a {@link ClientHeader} comes first, of another address than who connected has
     */
    InetSocketAddress listen(InetSocketAddress address, boolean behindProxy) throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open();
        server.bind(address, BACKLOG);
        register(server, SelectionKey.OP_ACCEPT, key -> accept(server, behindProxy));
        return (InetSocketAddress) server.getLocalAddress();
    }

    /** Begins a connection, as client, from any port of an address. */
    void connect(int connection, InetSocketAddress from, InetSocketAddress to) throws IOException {
        SocketChannel channel = SocketChannel.open();
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true).bind(from);
        Transfer transfer = new Transfer(channel, seed, connection, true, System.nanoTime());
        transfers.add(transfer);
        register(channel, SelectionKey.OP_CONNECT, key -> {
            transfer.begin();
            if (transfer.isOpen()) {
                receiveFrom(key, transfer);
            }
        });
        try {
            channel.connect(to);
        } catch (IOException e) {
            transfer.end(Transfer.reason(e));
        }
    }

    private void accept(ServerSocketChannel server, boolean behindProxy) throws IOException {
        SocketChannel channel;
        while ((channel = server.accept()) != null) {
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            SocketChannel accepted = channel;
            ByteBuffer number = ByteBuffer
                    .allocate((behindProxy ? ClientHeader.LENGTH : 0) + Transfer.NUMBER_LENGTH);
            register(accepted, SelectionKey.OP_READ, key -> arrive(key, accepted, number));
        }
    }

    /** A connection of which the number has not come. */
    private void arrive(SelectionKey key, SocketChannel channel, ByteBuffer number) throws IOException {
        String why;
        try {
            if (channel.read(number) >= 0) {
                if (!number.hasRemaining()) {
                    number.flip();
                    if (number.remaining() > Transfer.NUMBER_LENGTH) {
                        hear(channel, number);
                    }
                    Transfer transfer = new Transfer(channel, seed, number.getInt(), false, System.nanoTime());
                    transfers.add(transfer);
                    transfer.begin();
                    receiveFrom(key, transfer);
                }
                return;
            }
            why = "it was closed";
        } catch (IOException e) {
            why = Transfer.reason(e);
        }
        LOG.warn("a connection of {} ended before it said its number: {}", channel.getRemoteAddress(), why);
        channel.close();
    }

    private static void hear(SocketChannel channel, ByteBuffer header) throws IOException {
        InetSocketAddress client = ClientHeader.read(header);
        if (client.equals(channel.getRemoteAddress())) {
            throw new IOException("it came from its client itself, " + client);
        }
    }

    private void receiveFrom(SelectionKey key, Transfer transfer) {
        Handler handler = readable -> {
            transfer.receive(scratch, System.nanoTime());
            if (transfer.isOpen() && transfer.hasReadAll()) {
                readable.interestOps(0);
            }
        };
        key.attach(handler);
        key.interestOps(SelectionKey.OP_READ);
    }

    private void register(SelectableChannel channel, int operation, Handler handler) throws IOException {
        channel.configureBlocking(false);
        channel.register(selector, operation, handler);
    }

    /** What comes within the time, and the turns that are due. */
    void run(long millis) throws IOException {
        try {
            selector.select(key -> {
                try {
                    ((Handler) key.attachment()).ready(key);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }, Math.max(1, millis));
        } catch (UncheckedIOException e) {
            throw new IOException(e.getCause());
        }
        long now = System.nanoTime();
        for (int i = 0; i < GROUPS && now - nextTurn >= 0; i++) {
            for (int number = group; number < transfers.size(); number += GROUPS) {
                transfers.get(number).turn(scratch);
            }
            group = (group + 1) % GROUPS;
            nextTurn += groupInterval;
        }
        // A program that was held up does not make good what it left out.
        if (now - nextTurn > 0) {
            nextTurn = now;
        }
    }

    /** Ends a {@link #run} that waits. */
    void wake() {
        selector.wakeup();
    }

    List<Transfer> transfers() {
        return Collections.unmodifiableList(transfers);
    }

    /** Closes what is open, without the orderly end of a transfer. */
    @Override
    public void close() throws IOException {
        for (Transfer transfer : transfers) {
            transfer.end("not ended in time");
        }
        for (SelectionKey key : selector.keys()) {
            key.channel().close();
        }
        selector.close();
    }
}
