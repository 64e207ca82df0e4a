package dev.weir.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.connection.ConnectionEntry;
import dev.weir.service.Forwarding;
import dev.weir.service.Protocol;
import dev.weir.service.ServiceException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Several workers do what one does, whichever of them a frame comes to. */
class SeveralWorkersTest {
    private static final int STEPS = 3000;
    private static final int CLIENTS = 12;
    private static final int SERVERS = 3;
    private static final int DNS = 53;
    private static final int HTTP = 80;
    private static final int HTTPS = 443;

    /** A frame, and on which side of the director. */
    private static final class Arrival {
        private final boolean atServers;
        private final byte[] frame;

        Arrival(boolean atServers, byte[] frame) {
            this.atServers = atServers;
            this.frame = frame;
        }
    }

    /** Draws traffic that makes sense: answers follow what servers got, fragments are of one datagram, errors quote. */
    private static final class Traffic {
        private final Random random;
        private final boolean masqueraded;
        private final List<byte[]> toServers = new ArrayList<>();
        private final List<byte[]> toClients = new ArrayList<>();
        private final List<Arrival> due = new ArrayList<>();

        Traffic(Random random, boolean masqueraded) {
            this.random = random;
            this.masqueraded = masqueraded;
        }

        void sent(List<byte[]> frames) {
            for (byte[] frame : frames) {
                boolean plain = (frame[20] & 0x3f) == 0 && frame[21] == 0 && (frame[23] == 6 || frame[23] == 17);
                if (plain) {
                    (frame[11] == 2 ? toServers : toClients).add(frame);
                }
            }
        }

        Arrival next() {
            if (!due.isEmpty()) {
                return due.remove(random.nextInt(due.size()));
            }
            return switch (random.nextInt(10)) {
                case 0, 1, 2 -> answer();
                case 3 -> fragments();
                case 4 -> error();
                default -> request();
            };
        }

        private String client() {
            return "172.25.254." + (10 + random.nextInt(CLIENTS));
        }

        private Arrival request() {
            int port = 40000 + random.nextInt(40);
            int flags = switch (random.nextInt(8)) {
                case 0 -> Packets.FIN | Packets.ACK;
                case 1 -> Packets.RST;
                case 2, 3 -> Packets.ACK;
                default -> Packets.SYN;
            };
            Packets from = Packets.from(client(), Lab.VIP);
            byte[] payload = new byte[random.nextInt(100)];
            return new Arrival(false, switch (random.nextInt(4)) {
                case 0 -> from.udp(port, DNS, payload);
                case 1 -> from.tcp(port, HTTPS, flags, payload);
                default -> from.tcp(port, HTTP, flags, payload);
            });
        }

        /** What a server answers under NAT; under DR and TUN answers do not pass the director. */
        private Arrival answer() {
            if (toServers.isEmpty() || !masqueraded) {
                return request();
            }
            byte[] got = toServers.get(random.nextInt(toServers.size()));
            Packets from = back(got);
            int flags = random.nextBoolean() ? Packets.SYN | Packets.ACK : Packets.ACK;
            return new Arrival(true, got[23] == 6
                    ? from.tcp(u16(got, 36), u16(got, 34), flags, new byte[random.nextInt(50)])
                    : from.udp(u16(got, 36), u16(got, 34), new byte[random.nextInt(50)]));
        }

        /** A query in three fragments, in any order. */
        private Arrival fragments() {
            int identification = random.nextInt(0x10000);
            byte[] whole = Packets.from(client(), Lab.VIP).udp(40000 + random.nextInt(40), DNS, new byte[2992]);
            byte[] datagram = Packets.part(whole, 34, whole.length);
            Packets from = Packets.from(Read.of(whole).source(), Lab.VIP);
            for (int at = 0; at < datagram.length; at += 1200) {
                int end = Math.min(datagram.length, at + 1200);
                due.add(new Arrival(false, from.fragment(identification, at, end < datagram.length)
                        .frame(Packets.UDP, Packets.part(datagram, at, end))));
            }
            return due.removeLast();
        }

        /** Port unreachable about what somebody got. */
        private Arrival error() {
            boolean atServers = masqueraded && random.nextBoolean();
            List<byte[]> about = atServers ? toServers : toClients;
            if (about.isEmpty()) {
                return request();
            }
            byte[] got = about.get(random.nextInt(about.size()));
            ByteBuffer message = ByteBuffer.allocate(8 + 28);
            message.put((byte) 3).put((byte) 3).putShort((short) 0).putInt(0).put(got, 14, 28);
            message.putShort(2, (short) ~Packets.checksum(message.array(), 0));
            return new Arrival(atServers,
                    back(got).frame(1, message.array()));
        }

        /** From who got it to who sent it. */
        private static Packets back(byte[] got) {
            String sender = Read.of(got).source();
            String receiver = Read.of(got).destination();
            return Packets.from(receiver, sender);
        }

        private static int u16(byte[] frame, int at) {
            return ByteBuffer.wrap(frame).getShort(at) & 0xffff;
        }
    }

    private static void services(WorkersLab lab, Forwarding forwarding) throws ServiceException {
        lab.service(Protocol.TCP, HTTP, 0, -1, forwarding, SERVERS);
        lab.service(Protocol.UDP, DNS, 0, -1, forwarding, SERVERS);
        // Four clients are one here, and may be several workers'.
        lab.service(Protocol.TCP, HTTPS, 20, 0xfffffffc, forwarding, SERVERS);
    }

    @ParameterizedTest(name = "{0}, {1} workers, by {2}")
    @CsvSource({"NAT, 2, flow", "NAT, 5, flow", "NAT, 3, client", "DR, 2, flow", "TUN, 2, flow"})
    void framesGoWhereOneWorkerSendsThemAndCountAsThere(String method, int workers, String steering)
            throws ServiceException {
        Forwarding forwarding = switch (method) {
            case "NAT" -> Forwarding.MASQUERADE;
            case "DR" -> Forwarding.DIRECT_ROUTING;
            default -> Forwarding.IPIP;
        };
        for (long seed = 1; seed <= 3; seed++) {
            try (WorkersLab one = new WorkersLab(1, 4096);
                    WorkersLab several = new WorkersLab(workers, 4096 * workers, steering.equals("flow"))) {
                services(one, forwarding);
                services(several, forwarding);
                Random random = new Random(seed);
                Traffic traffic = new Traffic(random, method.equals("NAT"));
                for (int step = 0; step < STEPS; step++) {
                    if (random.nextInt(20) == 0) {
                        double seconds = random.nextInt(30) / 10.0;
                        assertThat(several.pass(seconds)).as("seed %d, step %d", seed, step)
                                .containsExactlyInAnyOrderElementsOf(one.pass(seconds));
                    }
                    Arrival arrival = traffic.next();
                    List<String> expected = one.arrives(0, arrival.atServers, arrival.frame);
                    assertThat(several.arrives(random.nextInt(workers), arrival.atServers, arrival.frame))
                            .as("seed %d, step %d", seed, step).containsExactlyInAnyOrderElementsOf(expected);
                    traffic.sent(one.frames);
                }
                assertThat(several.state()).as("seed %d", seed).isEqualTo(one.state());
                assertThat(several.engines.counters().passedOn()).as("seed %d: frames came to the wrong worker", seed)
                        .isGreaterThan(STEPS / 4);
                one.pass(1000);
                several.pass(1000);
                assertThat(several.state()).as("seed %d, after all timeouts", seed).isEqualTo(one.state());
                assertThat(several.engines.connectionCount()).as("seed %d", seed).isZero();
            }
        }
    }

    /** As behind a CDN, or before one load generator. */
    @Test
    void allWorkersHaveConnectionsOfOneClient() throws ServiceException {
        try (WorkersLab lab = new WorkersLab(4, 4096)) {
            lab.service(Protocol.UDP, DNS, 0, -1, Forwarding.DIRECT_ROUTING, SERVERS);
            for (int port = 1; port <= 400; port++) {
                lab.arrives(0, false, Packets.from("172.25.254.10", Lab.VIP).udp(40000 + port, DNS, new byte[1]));
            }
            for (int worker = 0; worker < 4; worker++) {
                assertThat(lab.engines.engine(worker).connectionCount()).as("worker %d", worker).isBetween(60, 140);
            }
        }
    }

    @Test
    void aWorkerThatStandsStillCostsNobodyElseAFrame() throws ServiceException {
        try (WorkersLab lab = new WorkersLab(2, 1 << 16)) {
            lab.service(Protocol.UDP, DNS, 0, -1, Forwarding.DIRECT_ROUTING, SERVERS);
            int sent = 20_000;
            for (int i = 0; i < sent; i++) {
                lab.comes(0, false, Packets.from("172.25.254.10", Lab.VIP).udp(10_000 + i, DNS, new byte[1400]));
                lab.look(0);
            }
            FrameCounters stalled = lab.engines.counters();
            long own = lab.engines.engine(0).connectionCount();
            long lost = stalled.dropped(DropReason.WORKER_BUSY);
            assertThat(own).as("of the worker that goes on").isBetween(sent * 4L / 10, sent * 6L / 10);
            assertThat(stalled.forwarded()).isEqualTo(own);
            assertThat(lost).as("more than the ring holds").isPositive();
            assertThat(stalled.passedOn()).as("what waits for the other").isEqualTo(sent - own - lost);
            assertThat(stalled.received()).isEqualTo(own + lost);

            while (lab.engines.hasArrivals(1)) {
                lab.look(1);
            }
            FrameCounters after = lab.engines.counters();
            assertThat(after.received()).isEqualTo(sent);
            assertThat(after.forwarded()).isEqualTo(sent - lost);
            assertThat(after.dropped()).isEqualTo(lost);
            lab.arrives(0, false, Packets.from("172.25.254.10", Lab.VIP).udp(9_999, DNS, new byte[1400]));
            assertThat(lab.engines.counters().forwarded()).as("with room again").isEqualTo(sent - lost + 1);
        }
    }

    @Test
    void clientsThatAreOneHaveOneTemplateThoughTwoThreadsBeginTheirConnections() throws Exception {
        for (long seed = 1; seed <= 3; seed++) {
            try (WorkersLab lab = new WorkersLab(2, 1 << 16)) {
                lab.service(Protocol.TCP, HTTPS, 20, 0xfffffffc, Forwarding.DIRECT_ROUTING, SERVERS);
                AtomicInteger sending = new AtomicInteger(2);
                List<Callable<Void>> workers = new ArrayList<>();
                for (int i = 0; i < 2; i++) {
                    int worker = i;
                    long own = seed * 2 + worker;
                    workers.add(() -> {
                        lab.work(worker, new Random(own), 3000, sending);
                        return null;
                    });
                }
                try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
                    for (Future<Void> each : threads.invokeAll(workers)) {
                        each.get();
                    }
                }
                Map<Long, Set<String>> serversOfNetwork = new TreeMap<>();
                List<ConnectionEntry> entries = lab.engines.connections();
                for (ConnectionEntry entry : entries) {
                    serversOfNetwork.computeIfAbsent(entry.client().low() & ~3L, _ -> new TreeSet<>())
                            .add(entry.server().toString());
                }
                assertThat(serversOfNetwork.values()).as("seed %d", seed).allSatisfy(own -> assertThat(own).hasSize(1));
                assertThat(entries.stream().filter(ConnectionEntry::template).count()).as("seed %d", seed)
                        .isEqualTo(serversOfNetwork.size());
                assertThat(lab.services.total().read().connections()).as("seed %d", seed)
                        .isEqualTo(entries.size() - serversOfNetwork.size());
                assertThat(lab.engines.counters().dropped()).as("seed %d", seed).isZero();
                lab.pass(200);
                assertThat(lab.engines.connectionCount()).as("seed %d", seed).isZero();
                assertThat(lab.services.current().all().iterator().next().servers()).as("seed %d", seed)
                        .allSatisfy(server -> assertThat(server.persistentConnections() + server.activeConnections()
                                + server.inactiveConnections()).isZero());
            }
        }
    }
}
