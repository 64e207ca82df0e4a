package dev.weir.lab.transfer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/** Over the loopback interface, both ends moved by the test's thread. */
class PumpTest {
    private static final long SEED = 7;
    private static final int INTERVAL = 20;
    private static final int CONNECTIONS = 50;
    private static final InetSocketAddress ANY_PORT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    @Test
    void connectionsCarryBothStreamsWholeAndEndInOrder() throws IOException {
        try (Pump server = new Pump(SEED, INTERVAL); Pump client = new Pump(SEED, INTERVAL)) {
            InetSocketAddress address = server.listen(ANY_PORT, false);
            for (int i = 0; i < CONNECTIONS; i++) {
                client.connect(i, ANY_PORT, address);
            }
            run(() -> client.transfers().stream().allMatch(transfer -> received(transfer) > 5_000), server, client);
            client.transfers().forEach(Transfer::finish);
            run(() -> client.transfers().stream().noneMatch(Transfer::isOpen)
                    && server.transfers().stream().noneMatch(Transfer::isOpen), server, client);
            TransferReport report = new TransferReport(true, CONNECTIONS, accounts(client), accounts(server));
            assertTrue(report.isGood(), () -> report.problems().toString());
        }
    }

    @Test
    void aServerOfAnotherSeedSendsWrongBytes() throws IOException {
        try (Pump server = new Pump(SEED + 1, INTERVAL); Pump client = new Pump(SEED, INTERVAL)) {
            client.connect(0, ANY_PORT, server.listen(ANY_PORT, false));
            run(() -> received(client.transfers().getFirst()) > 0, server, client);
            assertTrue(accounts(client).getFirst().wrong() > 0);
        }
    }

    @Test
    void behindAProxyEachConnectionTellsItsClientFirst() throws IOException {
        String header = "0d0a0d0a000d0a515549540a2111000c" + "ac19fe0a" + "ac19fe64" + "9c40" + "1f40";
        try (Pump server = new Pump(SEED, INTERVAL)) {
            InetSocketAddress address = server.listen(ANY_PORT, true);
            try (SocketChannel told = SocketChannel.open(address); SocketChannel untold = SocketChannel.open(address)) {
                told.write(ByteBuffer.wrap(HexFormat.of().parseHex(header + "00000007")));
                untold.write(ByteBuffer.allocate(ClientHeader.LENGTH + Transfer.NUMBER_LENGTH));
                run(() -> !server.transfers().isEmpty(), server);
                assertEquals(List.of(7), accounts(server).stream().map(Account::connection).toList());
                untold.configureBlocking(false);
                ByteBuffer nothing = ByteBuffer.allocate(1);
                run(() -> isClosed(untold, nothing), server);
                assertEquals(1, server.transfers().size());
            }
        }
    }

    private static boolean isClosed(SocketChannel channel, ByteBuffer into) {
        try {
            return channel.read(into) < 0;
        } catch (IOException e) {
            return true;
        }
    }

    @Test
    void aResetIsSeen() throws IOException {
        try (ServerSocketChannel server = ServerSocketChannel.open().bind(ANY_PORT);
                Pump client = new Pump(SEED, INTERVAL)) {
            client.connect(0, ANY_PORT, (InetSocketAddress) server.getLocalAddress());
            try (SocketChannel accepted = server.accept()) {
                accepted.setOption(StandardSocketOptions.SO_LINGER, 0);
                run(() -> !client.transfers().isEmpty() && accounts(client).getFirst().sent() > 0, client);
            }
            run(() -> client.transfers().getFirst().isBroken(), client);
            assertEquals("Connection reset", accounts(client).getFirst().state());
        }
    }

    @Test
    void anEndThatNobodyAskedForIsSeen() throws IOException {
        try (ServerSocketChannel server = ServerSocketChannel.open().bind(ANY_PORT);
                Pump client = new Pump(SEED, INTERVAL)) {
            client.connect(0, ANY_PORT, (InetSocketAddress) server.getLocalAddress());
            try (SocketChannel accepted = server.accept()) {
                run(() -> accounts(client).getFirst().sent() > 0, client);
                accepted.shutdownOutput();
                run(() -> client.transfers().getFirst().isBroken(), client);
                assertEquals("closed by the server before its end", accounts(client).getFirst().state());
                assertTrue(accepted.read(ByteBuffer.allocate(Transfer.NUMBER_LENGTH)) > 0);
            }
        }
    }

    @Test
    void aRefusedConnectionIsBroken() throws IOException {
        InetSocketAddress nobody;
        try (ServerSocketChannel server = ServerSocketChannel.open().bind(ANY_PORT)) {
            nobody = (InetSocketAddress) server.getLocalAddress();
        }
        try (Pump client = new Pump(SEED, INTERVAL)) {
            client.connect(0, ANY_PORT, nobody);
            run(() -> client.transfers().getFirst().isBroken(), client);
            assertEquals("Connection refused", accounts(client).getFirst().state());
        }
    }

    private static long received(Transfer transfer) {
        return transfer.account(System.nanoTime()).received();
    }

    private static List<Account> accounts(Pump pump) {
        return pump.transfers().stream().map(transfer -> transfer.account(System.nanoTime())).toList();
    }

    private static void run(BooleanSupplier until, Pump... pumps) throws IOException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!until.getAsBoolean()) {
            assertTrue(System.nanoTime() - deadline < 0, "30 s were not enough");
            for (Pump pump : pumps) {
                pump.run(1);
            }
        }
    }
}
