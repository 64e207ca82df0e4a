package dev.weir.sync.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.connection.State;
import dev.weir.sync.stream.FakeTables.Tuple;
import dev.weir.wire.Transport;
import java.security.SecureRandom;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Two directors tell each other of their connections, over connections that end when they like, without a socket. */
class StreamTest {
    private static final String KEY = "0123456789abcdef";
    private static final int ESTABLISHED = State.TCP_ESTABLISHED.number();
    private static final int SYN_RECV = State.TCP_SYN_RECV.number();
    private static final long STEP = TimeUnit.MILLISECONDS.toNanos(5);
    private final SecureRandom random = new SecureRandom();
    private long now = TimeUnit.SECONDS.toNanos(100);
    private long incarnations;

    /** A director, and what of it survives its restart: nothing. */
    private final class Director {
        private FakeTables tables = new FakeTables(100);
        private Peer peer = peer();

        private Peer peer() {
            return new Peer(tables, new Worth.Established(), ++incarnations, now);
        }

        void restart() {
            peer.lost();
            peer.close();
            tables = new FakeTables(100);
            tables.time(now);
            peer = peer();
        }

        void turn() {
            tables.time(now);
            tables.work(40);
            if (peer.otherIncarnation() != 0) {
                for (int i = 0; i < tables.tables(); i++) {
                    int table = i;
                    tables.takeChanges(i, number -> peer.changed(table, number));
                }
                peer.taken(now);
            }
        }
    }

    private final Director a = new Director();
    private final Director b = new Director();

    private Wire wire() {
        return new Wire(a.peer, b.peer, KEY, KEY, random);
    }

    private void step(@Nullable Wire wire, int most) {
        now += STEP;
        a.turn();
        b.turn();
        if (wire != null) {
            try {
                wire.move(most, now);
            } catch (RefusedException e) {
                throw new AssertionError(e);
            }
        }
    }

    private void run(Wire wire, int steps) {
        for (int i = 0; i < steps; i++) {
            step(wire, 1 << 18);
        }
    }

    private static Tuple tcp(int client) {
        return new Tuple(Transport.TCP, 0xffff_0000_0000L | 0xac10_0000L + client, 1024 + client % 60000, false);
    }

    private static Tuple template(int client) {
        return new Tuple(Transport.TCP, 0xffff_0000_0000L | 0xac10_0000L + client, 0, true);
    }

    @Test
    void whoJoinsIsToldAllThenEveryChange() {
        for (int i = 0; i < 2000; i++) {
            a.tables.packet(i % 2, tcp(i), ESTABLISHED);
        }
        a.tables.packet(0, template(1), 1);
        a.tables.packet(0, tcp(9999), SYN_RECV);
        Wire wire = wire();
        run(wire, 200);
        assertThat(b.tables.states()).hasSize(2001).doesNotContainKey(tcp(9999)).containsKey(template(1));
        a.tables.packet(0, tcp(9999), ESTABLISHED);
        a.tables.packet(0, tcp(3), State.TCP_FIN_WAIT.number());
        a.tables.end(tcp(4));
        run(wire, 110);
        assertThat(b.tables.states()).isEqualTo(a.tables.states());
        assertThat(a.peer.outgoing(now).isInStep()).isTrue();
        assertThat(b.peer.incoming(now).isInStep()).isTrue();
        assertThat(b.peer.incoming(now).connections()).isEqualTo(2001);
    }

    @Test
    void aSessionThatBreaksGoesOnWhereItStood() {
        for (int i = 0; i < 1000; i++) {
            a.tables.packet(0, tcp(i), ESTABLISHED);
        }
        Wire wire = wire();
        run(wire, 100);
        wire.cut();
        a.tables.end(tcp(1));
        a.tables.packet(0, tcp(2000), ESTABLISHED);
        a.tables.end(tcp(2));
        a.tables.packet(0, tcp(2001), ESTABLISHED);
        step(null, 0);
        Wire second = wire();
        run(second, 20);
        assertThat(b.tables.states()).isEqualTo(a.tables.states());
        assertThat(b.tables.waiting()).isZero();
    }

    @Test
    void whatAPeerThatBeganAnewDoesNotKnowIsTaughtIt() {
        for (int i = 0; i < 300; i++) {
            a.tables.packet(0, tcp(i), ESTABLISHED);
        }
        run(wire(), 50);
        a.restart();
        b.peer.lost();
        run(wire(), 50);
        assertThat(a.tables.states()).hasSize(300).isEqualTo(b.tables.states());
        a.tables.packet(0, tcp(7), State.TCP_FIN_WAIT.number());
        b.tables.end(tcp(8));
        run(wire(), 50);
        assertThat(b.tables.states()).containsEntry(tcp(7), State.TCP_FIN_WAIT.number());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
    void whateverIsCutAndWheneverBothKnowTheSameInTheEnd(long seed) {
        RandomGenerator chance = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        @Nullable
        Wire wire = null;
        for (int step = 0; step < 3000; step++) {
            int client = chance.nextInt(400);
            switch (chance.nextInt(8)) {
                case 0, 1, 2 -> a.tables.packet(chance.nextInt(2), tcp(client), ESTABLISHED);
                case 3 -> a.tables.packet(chance.nextInt(2), tcp(client), chance.nextBoolean()
                        ? SYN_RECV
                        : State.TCP_TIME_WAIT.number());
                case 4, 5 -> a.tables.endOwn(tcp(client));
                case 6 -> b.tables.packet(0, tcp(1000 + client), ESTABLISHED);
                default -> b.tables.endOwn(tcp(1000 + client));
            }
            if (wire == null) {
                wire = wire();
            } else if (chance.nextInt(100) == 0) {
                wire.cut();
                wire = null;
                if (chance.nextInt(4) == 0) {
                    b.restart();
                }
            }
            step(wire, 1 + chance.nextInt(3000));
        }
        if (wire != null) {
            wire.cut();
        }
        run(wire(), 300);
        assertThat(differences(toldBy(a), heldBy(b, false))).as("seed %d", seed).isEmpty();
        assertThat(differences(heldBy(b, true), heldBy(a, true))).as("seed %d", seed).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void whoStandsBetweenCanEndSessionsAndNothingElse(long seed) throws Exception {
        RandomGenerator chance = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        int ended = 0;
        for (int session = 0; session < 60; session++) {
            Wire wire = wire();
            boolean disturbed = false;
            for (int i = 0; i < 200; i++) {
                a.tables.packet(0, tcp(chance.nextInt(300)), ESTABLISHED);
                now += STEP;
                a.turn();
                b.turn();
                try {
                    wire.move(1 + chance.nextInt(400), now);
                } catch (RefusedException e) {
                    assertThat(disturbed).as("seed %d: refused without a reason", seed).isTrue();
                    ended++;
                    break;
                }
                disturbed |= !disturbed && chance.nextInt(20) == 0 && wire.disturb(chance);
            }
            wire.cut();
            for (int i = 0; i < 10; i++) {
                step(null, 0);
            }
            assertThat(a.tables.states()).as("seed %d", seed).containsAllEntriesOf(b.tables.states());
        }
        assertThat(ended).as("seed %d", seed).isGreaterThan(20);
        run(wire(), 300);
        assertThat(b.tables.states()).as("seed %d", seed).isEqualTo(a.tables.states());
    }

    @ParameterizedTest
    @CsvSource({"1, 7, 4, 9, ''", "2, 7, 2, 7, ''", "2, 7, 4, 7, ''",
            "4, 7, 2, 7, 'it has 2 workers, and this director 4'",
            "2, 7, 2, 9, 'it divides frames among workers otherwise'"})
    void whoDividesFramesOtherwiseIsKnownFromTheFirstRecord(int workers, int steering, int otherWorkers,
            int otherSteering, String misfit) throws RefusedException {
        a.tables.workers = workers;
        a.tables.steering = steering;
        b.tables.workers = otherWorkers;
        b.tables.steering = otherSteering;
        Channel from = new Channel(true, SharedKey.of(KEY), random);
        Channel to = new Channel(false, SharedKey.of(KEY), random);
        byte[] record = new byte[Channel.LONGEST];
        to.receive(from.outgoing());
        from.receive(to.outgoing());
        assertThat(from.next(record) + to.next(record)).isZero();
        b.peer.welcome(to);
        from.receive(to.outgoing());
        Peer.Welcome welcome = Peer.Welcome.read(record, from.next(record));
        assertThat(a.peer.misfit(welcome)).startsWith(misfit).hasSizeGreaterThanOrEqualTo(misfit.length());
        assertThat(a.peer.misfit(welcome).isEmpty()).isEqualTo(misfit.isEmpty());
    }

    @Test
    void withoutTheKeyNothingIsTaken() {
        a.tables.packet(0, tcp(1), ESTABLISHED);
        Wire wire = new Wire(a.peer, b.peer, KEY, "another key here", random);
        assertThatThrownBy(() -> {
            for (int i = 0; i < 10; i++) {
                wire.move(1000, now);
            }
        }).isInstanceOf(RefusedException.class).hasMessageContaining("another key");
        assertThat(wire.isBegun()).isFalse();
        assertThat(b.tables.waiting()).isZero();
    }

    /** What a tells: all that it owns but what is half-open. */
    private static Map<Tuple, Integer> toldBy(Director director) {
        Map<Tuple, Integer> told = director.tables.states();
        told.entrySet().removeIf(entry -> entry.getValue() == SYN_RECV || isSecond(entry.getKey()));
        return told;
    }

    private static boolean isSecond(Tuple tuple) {
        return (tuple.client() & 0xffff) >= 1000;
    }

    private static Map<Tuple, Integer> heldBy(Director director, boolean second) {
        Map<Tuple, Integer> held = director.tables.states();
        held.keySet().removeIf(tuple -> isSecond(tuple) != second);
        return held;
    }

    private static List<String> differences(Map<Tuple, Integer> one, Map<Tuple, Integer> other) {
        Set<Tuple> all = new HashSet<>(one.keySet());
        all.addAll(other.keySet());
        return all.stream().filter(tuple -> !Objects.equals(one.get(tuple), other.get(tuple)))
                .map(tuple -> tuple + ": " + one.get(tuple) + " and " + other.get(tuple)).toList();
    }
}
