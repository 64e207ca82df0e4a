package dev.weir.lab.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class IdentitiesTest {
    private static final InetAddress HOST = InetAddress.getLoopbackAddress();

    /** What a client makes of a server that has another seed, or the same. */
    private static Asking asked(long seed, long serversSeed, int connections) throws IOException, InterruptedException {
        try (Answering server = new Answering(new InetSocketAddress(HOST, 0), serversSeed);
                Asking client = new Asking(new InetSocketAddress(HOST, server.port()),
                        List.of(InetAddress.getByName("127.0.1.1"), InetAddress.getByName("127.0.1.2")), seed)) {
            Thread serving = Thread.ofPlatform().start(() -> {
                try {
                    while (!Thread.currentThread().isInterrupted()) {
                        server.run(10);
                    }
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            client.run(connections, 20);
            serving.interrupt();
            serving.join();
            assertThat(server.whole()).isEqualTo(client.whole());
            return client;
        }
    }

    @Test
    void everyConnectionThatIsItselfIsWhole() throws Exception {
        Asking client = asked(7, 7, 300);
        assertThat(client.whole()).isEqualTo(300);
        assertThat(client.failed()).isZero();
        assertThat(client.report(1_000_000_000L))
                .isEqualTo("300 connections whole, 0 not, in 1.0 s (300 a second), up to 20 at once");
    }

    @Test
    void whatAnotherSaysIsNoticed() throws Exception {
        Asking client = asked(7, 8, 50);
        assertThat(client.whole()).isZero();
        assertThat(client.failed()).isEqualTo(50);
    }

    @Test
    void aMessageIsOfOneConnectionAndOneTurn() {
        ByteBuffer message = ByteBuffer.allocate(Identity.LENGTH);
        for (long number = 0; number < 100; number++) {
            for (int turn = 0; turn < Identity.MESSAGES; turn++) {
                Identity.put(5, number, turn, message.clear());
                for (int heard = 0; heard < Identity.MESSAGES; heard++) {
                    assertThat(Identity.read(5, heard, message.flip())).isEqualTo(heard == turn ? number : -1);
                    message.position(Identity.LENGTH);
                }
                assertThat(Identity.read(6, turn, message.flip())).isEqualTo(-1);
                message.putLong(0, number + 1);
                assertThat(Identity.read(5, turn, message.rewind())).isEqualTo(-1);
            }
        }
    }
}
