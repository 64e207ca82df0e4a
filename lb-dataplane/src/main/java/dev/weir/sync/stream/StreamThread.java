package dev.weir.sync.stream;

import dev.weir.wire.IpAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread of Weir's own synchronisation: it alone reads this director's tables for the stream, and moves all bytes. A turn takes
 * what changed, what came, and sends what there is to say; with a session there are two hundred turns a second. Only configured
 * addresses are spoken to.
 */
public final class StreamThread implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StreamThread.class);
    private static final long TURN_MILLIS = 5;
    private static final long BLOCKED_MILLIS = 1;
    private static final long IDLE_MILLIS = 100;
    private static final long PROOF = TimeUnit.SECONDS.toNanos(5);
    private static final long LISTEN_AGAIN = TimeUnit.SECONDS.toNanos(1);
    private static final long PUBLISH = TimeUnit.MILLISECONDS.toNanos(100);
    private static final int READ_BUFFER = 1 << 16;

    private final ConnectionTables tables;
    private final StreamOptions options;
    private final Consumer<Boolean> listener;
    private final LongSupplier clock;
    private final InstantSource time;
    private final SecureRandom random;
    private final Selector selector;
    private final List<Acquaintance> acquaintances = new ArrayList<>();
    private final Map<IpAddress, Acquaintance> byAddress = new HashMap<>();
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(READ_BUFFER);
    private final Thread thread;
    private @Nullable ServerSocketChannel server;
    private long listenAt;
    private boolean listenFailed;
    private long publishAt;
    private boolean inStep;
    private volatile List<Progress> progress = List.of();
    private final AtomicLong strangers = new AtomicLong();
    private volatile boolean stopping;

    /** What a selection key is of. */
    private record Attachment(Acquaintance whose, Link link) {
    }

    private StreamThread(ConnectionTables tables, StreamOptions options, Consumer<Boolean> listener,
            LongSupplier clock, InstantSource time, SecureRandom random) throws IOException {
        this.tables = tables;
        this.options = options;
        this.listener = listener;
        this.clock = clock;
        this.time = time;
        this.random = random;
        selector = Selector.open();
        long incarnation = random.nextLong() | 1;
        long now = clock.getAsLong();
        for (StreamOptions.Address address : options.peers()) {
            Acquaintance acquaintance = new Acquaintance(address,
                    new Peer(tables, options.worth(), incarnation, now), incarnation, time.instant(), now);
            acquaintances.add(acquaintance);
            byAddress.put(address.address(), acquaintance);
        }
        listenAt = now;
        publish(now);
        thread = Thread.ofPlatform().name("sync-stream").daemon().unstarted(this::run);
    }

    /**
     * Begins to listen and to connect.
     *
     * @param tables used by the stream's thread alone from now on
     * @param listener told, in the stream's thread, when this director comes to know the connections of all directors that it has a
     *                 session with, and when it no more does
     * @param clock    nanoseconds, that of the workers
     * @throws IOException where the system gives no selector
     */
    public static StreamThread start(ConnectionTables tables, StreamOptions options, Consumer<Boolean> listener,
            LongSupplier clock, InstantSource time, SecureRandom random) throws IOException {
        StreamThread stream = new StreamThread(tables, options, listener, clock, time, random);
        tables.note(true);
        stream.thread.start();
        return stream;
    }

    public StreamOptions options() {
        return options;
    }

    /** How far it has come with each of the other directors. Any thread; not older than a fifth of a second. */
    public List<Progress> progress() {
        return progress;
    }

    /** Connections from addresses that are no peer's. Any thread. */
    public long strangers() {
        return strangers.get();
    }

    private void run() {
        while (!stopping) {
            try {
                turn();
            } catch (IOException | RuntimeException e) {
                LOG.error("synchronisation of connections failed, and begins anew", e);
                acquaintances.forEach(one -> endSession(one, "this director failed: " + e));
            }
        }
    }

    private void turn() throws IOException {
        selector.select(pause());
        long now = clock.getAsLong();
        listen(now);
        for (SelectionKey key : selector.selectedKeys()) {
            selected(key, now);
        }
        selector.selectedKeys().clear();
        takeChanges(now);
        for (Acquaintance one : acquaintances) {
            attend(one, now);
        }
        if (now - publishAt >= 0) {
            publish(now);
        }
    }

    private long pause() {
        long pause = IDLE_MILLIS;
        for (Acquaintance one : acquaintances) {
            pause = Math.min(pause,
                    one.isBlocked() ? BLOCKED_MILLIS : one.peer().hasSession() ? TURN_MILLIS : IDLE_MILLIS);
        }
        return pause;
    }

    private void listen(long now) {
        if (server != null || now - listenAt < 0) {
            return;
        }
        IpAddress source = options.source();
        InetSocketAddress at = source == null
                ? new InetSocketAddress(options.port())
                : new InetSocketAddress(source.toInetAddress(), options.port());
        try {
            ServerSocketChannel opened = ServerSocketChannel.open();
            try {
                opened.setOption(StandardSocketOptions.SO_REUSEADDR, true).bind(at);
                opened.configureBlocking(false).register(selector, SelectionKey.OP_ACCEPT);
            } catch (IOException e) {
                opened.close();
                throw e;
            }
            server = opened;
            LOG.info("listening at {} for directors to synchronise connections with", at);
        } catch (IOException e) {
            listenAt = now + LISTEN_AGAIN;
            if (!listenFailed) {
                LOG.error("cannot listen at {} for other directors ({}); tried again each second", at, e.getMessage());
            }
            listenFailed = true;
        }
    }

    private void selected(SelectionKey key, long now) {
        if (!key.isValid()) {
            return;
        }
        if (key.isAcceptable()) {
            accept(now);
            return;
        }
        Attachment of = (Attachment) key.attachment();
        try {
            if (key.isConnectable()) {
                of.link().connected();
            } else if (key.isReadable() && !of.link().read(buffer)) {
                end(of.whose(), of.link(), "it ended the connection", false);
                return;
            }
            received(of.whose(), of.link(), now);
        } catch (IOException e) {
            end(of.whose(), of.link(), String.valueOf(e.getMessage()), false);
        }
    }

    private void received(Acquaintance whose, Link link, long now) {
        try {
            Link superfluous = whose.received(link, time.instant(), now);
            if (superfluous != null) {
                close(superfluous);
            }
        } catch (RefusedException e) {
            end(whose, link, String.valueOf(e.getMessage()), true);
        }
    }

    private void accept(long now) {
        ServerSocketChannel from = server;
        if (from == null) {
            return;
        }
        try {
            SocketChannel accepted = from.accept();
            if (accepted == null) {
                return;
            }
            InetAddress remote = ((InetSocketAddress) accepted.getRemoteAddress()).getAddress();
            Acquaintance whose = byAddress.get(IpAddress.of(remote.getAddress()));
            if (whose == null) {
                stranger(remote);
                accepted.close();
            } else {
                begin(whose, accepted, false, SelectionKey.OP_READ | SelectionKey.OP_WRITE, now);
            }
        } catch (IOException e) {
            LOG.debug("a connection was gone before it was accepted", e);
        }
    }

    private void stranger(InetAddress remote) {
        if (strangers.getAndIncrement() == 0) {
            LOG.warn("{} is no peer of connection_sync, and is not answered; others such are counted only",
                    remote.getHostAddress());
        }
    }

    private void begin(Acquaintance whose, SocketChannel socket, boolean initiator, int interest, long now)
            throws IOException {
        socket.configureBlocking(false);
        socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
        SelectionKey key = socket.register(selector, interest);
        Link link = new Link(socket, key, initiator, options.key(), random, now + PROOF);
        key.attach(new Attachment(whose, link));
        Link out = whose.begun(link);
        if (out != null) {
            close(out);
        }
    }

    private void takeChanges(long now) {
        if (acquaintances.stream().allMatch(one -> one.peer().otherIncarnation() == 0)) {
            return;
        }
        for (int i = 0; i < tables.tables(); i++) {
            int table = i;
            tables.takeChanges(table, number -> {
                for (int one = 0; one < acquaintances.size(); one++) {
                    acquaintances.get(one).peer().changed(table, number);
                }
            });
        }
        for (Acquaintance one : acquaintances) {
            one.peer().taken(now);
        }
    }

    private void attend(Acquaintance one, long now) {
        Link session = one.session();
        if (session != null && one.isBlocked()) {
            received(one, session, now);
        }
        one.say(now);
        for (Link link : one.links()) {
            try {
                link.write();
            } catch (IOException e) {
                end(one, link, String.valueOf(e.getMessage()), false);
            }
        }
        if (one.peer().isSilent(now)) {
            endSession(one, "nothing was heard of it for " + Peer.SILENCE / TimeUnit.SECONDS.toNanos(1) + " seconds");
        }
        for (Link late = one.late(now); late != null; late = one.late(now)) {
            end(one, late, "it did not answer in time", false);
        }
        if (one.wantsConnection(now)) {
            connect(one, now);
        }
    }

    private void connect(Acquaintance one, long now) {
        try {
            SocketChannel socket = SocketChannel.open();
            try {
                IpAddress source = options.source();
                if (source != null) {
                    socket.bind(new InetSocketAddress(source.toInetAddress(), 0));
                }
                socket.configureBlocking(false);
                boolean connected = socket.connect(
                        new InetSocketAddress(one.address().address().toInetAddress(), one.address().port()));
                begin(one, socket, true, connected ? SelectionKey.OP_READ : SelectionKey.OP_CONNECT, now);
            } catch (IOException e) {
                socket.close();
                throw e;
            }
        } catch (IOException e) {
            one.unreachable(now, e);
        }
    }

    private void endSession(Acquaintance whose, String why) {
        Link session = whose.session();
        if (session != null) {
            end(whose, session, why, false);
        }
    }

    private void end(Acquaintance whose, Link link, String why, boolean wrong) {
        close(link);
        whose.over(link, why, wrong, time.instant(), clock.getAsLong());
    }

    private static void close(Link link) {
        try {
            link.close();
        } catch (IOException e) {
            LOG.debug("a connection could not be closed", e);
        }
    }

    private void publish(long now) {
        publishAt = now + PUBLISH;
        progress = acquaintances.stream().map(one -> one.progress(now)).toList();
        boolean knowsAll = progress.stream().anyMatch(Progress::connected)
                && progress.stream().filter(Progress::connected).allMatch(one -> one.incoming().isInStep());
        if (knowsAll != inStep) {
            inStep = knowsAll;
            listener.accept(knowsAll);
        }
    }

    /** Ends all sessions; what was told stays where it is, and ages. */
    @Override
    public void close() throws IOException {
        stopping = true;
        selector.wakeup();
        try {
            thread.join(Duration.ofSeconds(5));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        for (SelectionKey key : selector.keys()) {
            key.channel().close();
        }
        selector.close();
        tables.note(false);
        acquaintances.forEach(Acquaintance::close);
    }
}
