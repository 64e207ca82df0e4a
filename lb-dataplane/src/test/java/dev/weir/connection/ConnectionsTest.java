package dev.weir.connection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.wire.IpAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConnectionsTest {
    private static final long SECOND = 1_000_000_000L;
    private static final int TCP = 6;
    private static final long VIP = IpAddress.mapped(0x0a000001);
    private static final long SERVER = IpAddress.mapped(0xc0a8000a);

    private static int create(Connections connections, long client, int port, int timeout, long now) {
        return connections.create(TCP, 0, client, port, 0, VIP, 80, 0, SERVER, 8080, Connections.MASQUERADED, 1,
                timeout, now);
    }

    private static int find(Connections connections, long client, int port) {
        return connections.fromClient(TCP, 0, client, port, 0, VIP, 80);
    }

    @Test
    void bothKeysLeadToOneConnection() {
        try (Connections connections = new Connections(16, 1, 0)) {
            int made = create(connections, 7, 40000, 60, 0);
            assertThat(find(connections, 7, 40000)).isEqualTo(made);
            assertThat(connections.fromServer(TCP, 0, SERVER, 8080, 0, 7, 40000)).isEqualTo(made);
            assertThat(find(connections, 7, 40001)).isEqualTo(Connections.NONE);
            assertThat(connections.fromServer(TCP, 0, SERVER, 80, 0, 7, 40000)).isEqualTo(Connections.NONE);
            connections.remove(made);
            assertThat(find(connections, 7, 40000)).isEqualTo(Connections.NONE);
            assertThat(connections.fromServer(TCP, 0, SERVER, 8080, 0, 7, 40000)).isEqualTo(Connections.NONE);
        }
    }

    @Test
    void onlyMasqueradedConnectionsAreFoundFromTheirServer() {
        try (Connections connections = new Connections(16, 1, 0)) {
            connections.create(TCP, 0, 7, 40000, 0, VIP, 80, 0, SERVER, 80, Connections.DIRECT, 1, 60, 0);
            assertThat(connections.fromServer(TCP, 0, SERVER, 80, 0, 7, 40000)).isEqualTo(Connections.NONE);
        }
    }

    @Test
    void aFullTableRefuses() {
        try (Connections connections = new Connections(2, 1, 0)) {
            create(connections, 1, 1, 60, 0);
            int second = create(connections, 2, 2, 60, 0);
            assertThat(create(connections, 3, 3, 60, 0)).isEqualTo(Connections.NONE);
            connections.remove(second);
            assertThat(create(connections, 3, 3, 60, 0)).isEqualTo(second);
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void theTableDoesWhatAMapWithDeadlinesDoes(long seed) {
        Random random = new Random(seed);
        Map<List<Long>, Long> model = new HashMap<>();
        long now = 5 * SECOND;
        try (Connections connections = new Connections(500, seed, now)) {
            for (int step = 0; step < 20_000; step++) {
                long client = random.nextInt(40);
                int port = random.nextInt(20);
                List<Long> key = List.of(client, (long) port);
                int found = find(connections, client, port);
                assertThat(found != Connections.NONE).as("seed %d step %d", seed, step)
                        .isEqualTo(model.containsKey(key));
                int timeout = 1 + random.nextInt(random.nextInt(10) == 0 ? 900 : 5);
                switch (random.nextInt(4)) {
                    case 0 -> {
                        if (found == Connections.NONE
                                && create(connections, client, port, timeout, now) != Connections.NONE) {
                            model.put(key, now + timeout * SECOND);
                        }
                    }
                    case 1 -> {
                        if (found != Connections.NONE) {
                            connections.timeout(found, timeout);
                            connections.touch(found, now);
                            model.put(key, now + timeout * SECOND);
                        }
                    }
                    case 2 -> {
                        if (found != Connections.NONE && random.nextInt(4) == 0) {
                            connections.remove(found);
                            model.remove(key);
                        }
                    }
                    default -> {
                        now += random.nextInt(random.nextInt(500) == 0 ? 400 : 1) * SECOND + random.nextInt(50_000_000);
                        while (!connections.expire(now, 7, _ -> {
                        })) {
                            assertThat(connections.count()).isLessThanOrEqualTo(500);
                        }
                        // A connection ends when the time of its deadline's slot is over.
                        long slot = now / TimerWheel.SLOT_TIME;
                        model.values().removeIf(deadline -> deadline / TimerWheel.SLOT_TIME < slot);
                    }
                }
                assertThat(connections.count()).as("seed %d step %d", seed, step).isEqualTo(model.size());
            }
            assertThat(connections.list(now)).as("seed %d", seed).hasSameSizeAs(model.keySet());
        }
    }

    @Test
    void aReaderSeesWholeConnectionsWhileTheOwnerMakesAndEndsThem() throws InterruptedException {
        try (Connections connections = new Connections(64, 1, 0)) {
            AtomicBoolean done = new AtomicBoolean();
            List<ConnectionEntry> torn = new ArrayList<>();
            Thread reader = new Thread(() -> {
                while (!done.get()) {
                    for (ConnectionEntry entry : connections.list(0)) {
                        // The owner gives every connection a client address that is its port, twice.
                        if (entry.client().low() != entry.clientPort() || entry.client().high() != entry.clientPort()) {
                            torn.add(entry);
                        }
                    }
                }
            });
            reader.start();
            for (int round = 1; round < 200_000; round++) {
                int port = round % 60_000 + 1;
                int made = connections.create(TCP, port, port, port, 0, VIP, 80, 0, SERVER, 80, Connections.DIRECT, 1,
                        60, 0);
                if (round % 3 != 0 || connections.count() > 60) {
                    connections.remove(made);
                }
            }
            done.set(true);
            reader.join();
            assertThat(torn).isEmpty();
        }
    }
}
