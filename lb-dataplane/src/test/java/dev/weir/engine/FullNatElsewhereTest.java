package dev.weir.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.connection.ConnectionCopy;
import dev.weir.connection.Connections;
import dev.weir.service.Forwarding;
import dev.weir.service.Protocol;
import dev.weir.service.ServiceException;
import dev.weir.service.SourceNat;
import dev.weir.wire.IpAddress;
import dev.weir.wire.IpPrefix;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A local address and port that another director gave a connection under FULLNAT stays that connection's here: with whichever
 * worker its server's answers come to, and with no other connection, until it ends.
 */
class FullNatElsewhereTest {
    private static final String LOCAL = "192.168.0.101";
    private static final byte[] NOTHING = {};
    private static final long MINUTE = 60_000_000_000L;

    /** A connection as it stands at the director that it began at. */
    private record Begun(Protocol protocol, String client, int port, String server, int localPort) {
        byte[] request() {
            Packets packets = Packets.from(client, Lab.VIP);
            return protocol == Protocol.UDP
                    ? packets.udp(port, 53, Packets.bytes(40))
                    : packets.tcp(port, 443, Packets.ACK, Packets.bytes(40));
        }

        byte[] answer(int flags) {
            Packets packets = Packets.from(server, LOCAL);
            return protocol == Protocol.UDP
                    ? packets.udp(53, localPort, Packets.bytes(50))
                    : packets.tcp(443, localPort, flags, NOTHING);
        }
    }

    private static void configure(WorkersLab lab, int persistence) throws ServiceException {
        lab.service(Protocol.TCP, 443, persistence, -1, Forwarding.FULL_NAT, 3)
                .service(Protocol.UDP, 53, 0, -1, Forwarding.FULL_NAT, 2);
        lab.services.addLocalAddress(null, IpAddress.parse(LOCAL));
    }

    private static List<Begun> begin(WorkersLab lab, Random random, int firstPort, int count) {
        List<Begun> begun = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            begun.add(begin(lab, random, random.nextBoolean() ? Protocol.TCP : Protocol.UDP,
                    "172.25.254." + (10 + random.nextInt(30)), firstPort + i));
        }
        return begun;
    }

    private static Begun begin(WorkersLab lab, Random random, Protocol protocol, String client, int port) {
        Packets packets = Packets.from(client, Lab.VIP);
        lab.arrives(random.nextInt(lab.engines.workers()), false, protocol == Protocol.UDP
                ? packets.udp(port, 53, Packets.bytes(40))
                : packets.tcp(port, 443, Packets.SYN, NOTHING));
        Read sent = Read.of(lab.frames.getFirst());
        assertThat(sent.source()).isEqualTo(LOCAL);
        Begun begun = new Begun(protocol, client, port, sent.destination(), sent.sourcePort());
        lab.arrives(random.nextInt(lab.engines.workers()), true, begun.answer(Packets.SYN | Packets.ACK));
        lab.arrives(random.nextInt(lab.engines.workers()), false, begun.request());
        return begun;
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 0, 21", "2, 1, 0, 22", "2, 2, 0, 23", "2, 2, 300, 24", "3, 3, 0, 25", "4, 2, 300, 26"})
    void goesOnWithWhicheverWorkerItsServerAnswers(int workers, int otherWorkers, int persistence, long seed)
            throws ServiceException {
        Random random = new Random(seed);
        try (WorkersLab first = new WorkersLab(workers, 1 << 12);
                WorkersLab second = new WorkersLab(otherWorkers, 1 << 12)) {
            configure(first, persistence);
            configure(second, persistence);
            String where = "seed " + seed + ", " + workers + " and " + otherWorkers + " workers";
            List<Begun> begun = begin(first, random, 20000, 60);
            Copies.all(first.engines, second.engines, first.now);
            assertThat(listed(second)).as(where).isEqualTo(listed(first));
            assertThat(used(second)).as(where).isEqualTo(used(first)).isEqualTo(60);
            for (Begun one : begun) {
                same(false, one.request(), first, second, random, where + ", " + one);
                same(true, one.answer(Packets.ACK), first, second, random, where + ", " + one);
            }
            List<Begun> others = begin(second, random, 40000, 60);
            assertThat(ends(begun)).as(where).hasSize(60).doesNotContainAnyElementsOf(ends(others));
            assertThat(second.engines.counters().handedBack() + second.engines.counters().dropped()).as(where).isZero();
            assertThat(second.engines.synchronisation().refusedEnds()).as(where).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 91", "2, 2, 92", "3, 3, 93", "2, 1, 94"})
    void whatServersBeganGoesOnElsewhere(int workers, int otherWorkers, long seed) throws ServiceException {
        Random random = new Random(seed);
        try (WorkersLab first = new WorkersLab(workers, 1 << 12);
                WorkersLab second = new WorkersLab(otherWorkers, 1 << 12)) {
            for (WorkersLab lab : List.of(first, second)) {
                lab.service(Protocol.TCP, 443, 0, -1, Forwarding.MASQUERADE, 3);
                lab.services.sourceNats(List.of(new SourceNat(IpPrefix.parse("192.168.0.0/24"), IpPrefix.ALL_V4,
                        List.of(IpAddress.parse("172.25.254.50")))));
            }
            List<Packets> out = new ArrayList<>();
            List<byte[]> back = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                String server = "192.168.0." + (10 + i % 6);
                String remote = "172.25.254." + (10 + random.nextInt(30));
                first.arrives(random.nextInt(workers), true,
                        Packets.from(server, remote).tcp(20000 + i, 443, Packets.SYN, NOTHING));
                out.add(Packets.from(server, remote));
                back.add(Packets.from(remote, "172.25.254.50").tcp(443, Read.of(first.frames.getFirst()).sourcePort(),
                        Packets.SYN | Packets.ACK, NOTHING));
            }
            Copies.all(first.engines, second.engines, first.now);
            assertThat(listed(second)).as("seed %d", seed).isEqualTo(listed(first)).hasSize(60);
            for (int i = 0; i < out.size(); i++) {
                same(false, back.get(i), first, second, random, "seed " + seed + ", answer " + i);
                same(true, out.get(i).tcp(20000 + i, 443, Packets.ACK, Packets.bytes(40)), first, second, random,
                        "seed " + seed + ", request " + i);
            }
        }
    }

    @Test
    void whereAnswersComeToAnotherWorkerItIsRefusedAndCounted() throws ServiceException {
        Random random = new Random(31);
        try (WorkersLab first = new WorkersLab(1, 1 << 12); WorkersLab second = new WorkersLab(2, 1 << 12)) {
            configure(first, 0);
            configure(second, 0);
            List<Begun> begun = begin(first, random, 20000, 200);
            Copies.all(first.engines, second.engines, first.now);
            long refused = second.engines.synchronisation().refusedEnds();
            assertThat(refused).isBetween(50L, 150L);
            assertThat(second.engines.connectionCount()).isEqualTo(200 - (int) refused).isEqualTo(used(second));
            assertThat(listed(first)).containsAll(listed(second));
            int sent = 0;
            for (Begun one : begun) {
                String request = first.arrives(0, false, one.request()).getFirst();
                String answer = first.arrives(0, true, one.answer(Packets.ACK)).getFirst();
                if (second.arrives(random.nextInt(2), true, one.answer(Packets.ACK)).equals(List.of(answer))) {
                    assertThat(second.arrives(random.nextInt(2), false, one.request())).containsExactly(request);
                    sent++;
                }
            }
            assertThat(sent).isEqualTo(200 - (int) refused);
        }
    }

    @Test
    void aPortIsFreeAgainWhenItsConnectionEnds() throws ServiceException {
        try (WorkersLab first = new WorkersLab(2, 1 << 12); WorkersLab second = new WorkersLab(2, 1 << 12)) {
            configure(first, 0);
            configure(second, 0);
            begin(first, new Random(41), 20000, 40);
            Copies.all(first.engines, second.engines, first.now);
            assertThat(used(second)).isEqualTo(40);
            Copies.each(first.engines, first.now, copy -> {
                copy.kind = ConnectionCopy.Kind.ENDED;
                Copies.give(copy, second.engines, second.now);
            });
            Copies.settle(second.engines, second.now);
            assertThat(second.engines.connectionCount()).isZero();
            assertThat(used(second)).isZero();
        }
    }

    @Test
    void ofTwoConnectionsWithOneEndTheNewerIsBelieved() throws ServiceException {
        try (WorkersLab first = new WorkersLab(1, 1 << 12); WorkersLab second = new WorkersLab(1, 1 << 12)) {
            configure(first, 0);
            configure(second, 0);
            Random random = new Random(51);
            Begun older = begin(second, random, Protocol.TCP, "172.25.254.10", 30000);
            // Both directors begin with the same port: their keys are equal.
            Begun newer = begin(first, random, Protocol.TCP, "172.25.254.11", 30001);
            assertThat(newer.localPort()).isEqualTo(older.localPort());
            assertThat(newer.server()).isEqualTo(older.server());
            Copies.all(first.engines, second.engines, second.now);
            assertThat(listed(second)).as("a live connection stays").hasSize(1).first().asString()
                    .contains("clientPort=30000");
            assertThat(second.engines.synchronisation().refusedEnds()).isEqualTo(1);
            second.now += MINUTE;
            first.now = second.now;
            first.arrives(0, false, newer.request());
            Copies.all(first.engines, second.engines, first.now);
            assertThat(listed(second)).as("one that was silent for a minute goes").hasSize(1).first().asString()
                    .contains("clientPort=30001");
            assertThat(used(second)).isEqualTo(1);
            assertThat(second.services.current().all().stream().flatMap(service -> service.servers().stream())
                    .mapToInt(server -> server.activeConnections() + server.inactiveConnections()).sum()).isEqualTo(1);
            assertThat(second.arrives(0, true, newer.answer(Packets.ACK)))
                    .isEqualTo(first.arrives(0, true, newer.answer(Packets.ACK)));
        }
    }

    @Test
    void aClientThatBeginsAnewElsewhereHasOneEndHere() throws ServiceException {
        try (WorkersLab first = new WorkersLab(1, 1 << 12); WorkersLab second = new WorkersLab(1, 1 << 12)) {
            configure(first, 0);
            configure(second, 0);
            Random random = new Random(61);
            List<Begun> begun = new ArrayList<>();
            for (int port = 30000; port < 30003; port++) {
                begun.add(begin(first, random, Protocol.TCP, "172.25.254.10", port));
            }
            begin(second, random, Protocol.TCP, "172.25.254.10", 30002);
            second.now += MINUTE;
            first.now = second.now;
            begun.forEach(one -> first.arrives(0, false, one.request()));
            Copies.all(first.engines, second.engines, first.now);
            assertThat(listed(second)).isEqualTo(listed(first)).hasSize(3);
            assertThat(used(second)).isEqualTo(3);
        }
    }

    @Test
    void withoutAnEndItIsRefusedAndCounted() throws ServiceException {
        try (WorkersLab first = new WorkersLab(1, 1 << 12); WorkersLab second = new WorkersLab(1, 1 << 12)) {
            configure(first, 0);
            configure(second, 0);
            begin(first, new Random(71), Protocol.TCP, "172.25.254.10", 30000);
            Copies.each(first.engines, first.now, copy -> {
                copy.localPort = 0;
                Copies.give(copy, second.engines, second.now);
            });
            Copies.settle(second.engines, second.now);
            assertThat(second.engines.connectionCount()).isZero();
            assertThat(second.engines.synchronisation().refusedEnds()).isEqualTo(1);
        }
    }

    @Test
    void whomAServerAnswersToIsNotChangedByAServerThatIsReachedOtherwiseHere() throws ServiceException {
        try (WorkersLab first = new WorkersLab(1, 1 << 12); WorkersLab second = new WorkersLab(1, 1 << 12)) {
            configure(first, 0);
            second.service(Protocol.TCP, 443, 0, -1, Forwarding.MASQUERADE, 3);
            second.services.addLocalAddress(null, IpAddress.parse(LOCAL));
            Begun begun = begin(first, new Random(81), Protocol.TCP, "172.25.254.10", 30000);
            Copies.all(first.engines, second.engines, first.now);
            Random random = new Random(82);
            same(false, begun.request(), first, second, random, "request");
            same(true, begun.answer(Packets.ACK), first, second, random, "answer");
            List<Integer> methods = new ArrayList<>();
            Copies.each(second.engines, second.now, copy -> methods.add(copy.flags & Connections.FORWARDING_MASK));
            assertThat(methods).containsExactly(Connections.FULL_NAT);
        }
    }

    private static void same(boolean fromServer, byte[] frame, WorkersLab first, WorkersLab second, Random random,
            String where) {
        List<String> sent = second.arrives(random.nextInt(second.engines.workers()), fromServer, frame);
        assertThat(sent).as(where).hasSize(1)
                .isEqualTo(first.arrives(random.nextInt(first.engines.workers()), fromServer, frame));
    }

    private static Set<String> ends(List<Begun> connections) {
        Set<String> ends = new HashSet<>();
        connections.forEach(one -> ends.add(one.protocol() + " " + one.localPort() + " to " + one.server()));
        return ends;
    }

    private static List<String> listed(WorkersLab lab) {
        return lab.engines.connections().stream().map(Object::toString).sorted().toList();
    }

    private static int used(WorkersLab lab) {
        return lab.engines.localUse().stream().mapToInt(LocalUse::used).sum();
    }
}
