package dev.weir.sync.stream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.connection.ConnectionCopy;
import dev.weir.connection.State;
import dev.weir.sync.stream.FakeTables.Tuple;
import dev.weir.wire.IpAddress;
import dev.weir.wire.Transport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The stream over real sockets, with a peer and with those who are none. */
class StreamSocketTest {
    private static final String KEY = "0123456789abcdef";
    private static final int ESTABLISHED = State.TCP_ESTABLISHED.number();
    private final List<AutoCloseable> opened = new ArrayList<>();

    /** Tables that their worker's thread and the stream's share. */
    private static final class SharedTables implements ConnectionTables {
        private final FakeTables tables = new FakeTables(100_000);

        synchronized void packet(Tuple tuple) {
            tables.packet(0, tuple, ESTABLISHED);
        }

        synchronized int work() {
            tables.work(Integer.MAX_VALUE);
            return tables.states().size();
        }

        @Override
        public int tables() {
            return tables.tables();
        }

        @Override
        public int workers() {
            return tables.workers();
        }

        @Override
        public int steering() {
            return tables.steering();
        }

        @Override
        public synchronized int numbers(int table) {
            return tables.numbers(table);
        }

        @Override
        public synchronized int count() {
            return tables.count();
        }

        @Override
        public void note(boolean changes) {
            tables.note(changes);
        }

        @Override
        public synchronized void takeChanges(int table, IntConsumer taker) {
            tables.takeChanges(table, taker);
        }

        @Override
        public synchronized boolean read(int table, int number, ConnectionCopy into, long now) {
            return tables.read(table, number, into, now);
        }

        @Override
        public synchronized boolean give(ConnectionCopy copy) {
            return tables.give(copy);
        }

        @Override
        public synchronized boolean isSettled() {
            return tables.isSettled();
        }
    }

    private final SharedTables tablesA = new SharedTables();
    private final SharedTables tablesB = new SharedTables();
    private final int portA = free("127.0.0.2");
    private final int portB = free("127.0.0.3");

    private static int free(String address) {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.ofLiteral(address))) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private StreamThread start(SharedTables tables, String own, int port, String other, int otherPort, String key)
            throws IOException {
        StreamThread stream = StreamThread.start(tables,
                new StreamOptions(List.of(new StreamOptions.Address(IpAddress.parse(other), otherPort)),
                        IpAddress.parse(own), port, SharedKey.of(key), new Worth.Established()),
                _ -> {
                }, System::nanoTime, InstantSource.system(), new SecureRandom());
        opened.add(stream);
        return stream;
    }

    private StreamThread startA(String key) throws IOException {
        return start(tablesA, "127.0.0.2", portA, "127.0.0.3", portB, key);
    }

    private StreamThread startB(String key) throws IOException {
        return start(tablesB, "127.0.0.3", portB, "127.0.0.2", portA, key);
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : opened) {
            one.close();
        }
    }

    private static Tuple tcp(int client) {
        return new Tuple(Transport.TCP, 0xffff_0000_0000L | 0xac10_0000L + client, 1024 + client % 60000, false);
    }

    @Test
    void twoThatBeginAtOnceComeToKnowTheSame() throws Exception {
        for (int i = 0; i < 5000; i++) {
            tablesA.packet(tcp(i));
            tablesB.packet(tcp(10_000 + i));
        }
        StreamThread a = startA(KEY);
        StreamThread b = startB(KEY);
        await(() -> tablesA.work() == 10_000 && tablesB.work() == 10_000);
        await(() -> tablesA.work() + tablesB.work() > 0 && a.progress().getFirst().incoming().isInStep()
                && b.progress().getFirst().incoming().isInStep());
        assertThat(a.progress().getFirst().refused()).isZero();
        assertThat(b.progress().getFirst().refused()).isZero();
    }

    @Test
    void anotherKeyIsSaidToBeWrongAndTellsNothing() throws Exception {
        tablesA.packet(tcp(1));
        StreamThread a = startA(KEY);
        startB("another key here");
        await(() -> a.progress().getFirst().problem().contains("another key"));
        assertThat(a.progress().getFirst().refused()).isPositive();
        assertThat(a.progress().getFirst().connected()).isFalse();
        assertThat(tablesB.work()).isZero();
    }

    @Test
    void garbageFromAPeersAddressIsRefused() throws Exception {
        StreamThread a = startA(KEY);
        byte[] garbage = new byte[100_000];
        RandomGenerator.getDefault().nextBytes(garbage);
        try (Socket socket = socketToA("127.0.0.3")) {
            socket.getOutputStream().write(garbage, 0, 100);
            await(() -> a.progress().getFirst().refused() > 0);
        }
        // A right hello, and then nothing that was sealed with the key.
        try (Socket socket = socketToA("127.0.0.3")) {
            socket.getOutputStream()
                    .write(new Handshake(true, SharedKey.of(KEY).bytes(), new SecureRandom()).hello());
            garbage[0] = 0;
            garbage[1] = 60;
            socket.getOutputStream().write(garbage, 0, 200);
            await(() -> a.progress().getFirst().refused() > 1);
        }
        assertThat(tablesA.work()).isZero();
    }

    @Test
    void whoIsNoPeerIsNotAnswered() throws Exception {
        StreamThread a = startA(KEY);
        try (Socket socket = socketToA("127.0.0.9")) {
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
        assertThat(a.strangers()).isEqualTo(1);
    }

    @Test
    void whoSaysNothingDoesNotKeepThePeerOut() throws Exception {
        StreamThread a = startA(KEY);
        for (int i = 0; i < 20; i++) {
            opened.add(socketToA("127.0.0.3"));
        }
        tablesB.packet(tcp(1));
        startB(KEY);
        await(() -> tablesA.work() == 1 && a.progress().getFirst().connected());
    }

    /** The thread listens soon after its start. */
    private Socket socketToA(String from) {
        List<Socket> made = new ArrayList<>();
        await(() -> {
            try {
                Socket socket = new Socket();
                socket.bind(new InetSocketAddress(from, 0));
                socket.connect(new InetSocketAddress("127.0.0.2", portA));
                made.add(socket);
                return true;
            } catch (IOException e) {
                return false;
            }
        });
        return made.getFirst();
    }

    private static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waited for too long").isLessThan(deadline);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
    }
}
