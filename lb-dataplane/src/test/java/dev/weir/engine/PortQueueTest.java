package dev.weir.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which port a connection under FULLNAT gets. */
class PortQueueTest {
    private static final long SECOND = 1_000_000_000L;
    private static final char[] THREE = {1024, 1030, 1040};

    @Test
    void portsNeverUsedComeBeforeThoseTheServerMayRemember() {
        PortQueue queue = new PortQueue(THREE, 1);
        assertThat(queue.take(0, false)).isEqualTo(1030);
        queue.give(1030, 77, SECOND);
        assertThat(queue.take(2 * SECOND, false)).isEqualTo(1040);
        assertThat(queue.take(2 * SECOND, false)).isEqualTo(1024);
        assertThat(queue.take(2 * SECOND, false)).isEqualTo(PortQueue.NONE);
        assertThat(queue.take(2 * SECOND, true)).isEqualTo(1030);
        assertThat(queue.isYoung()).isTrue();
        assertThat(queue.acknowledged()).isEqualTo(77);
    }

    @Test
    void aPortThatTheServerHasForgottenComesFirst() {
        PortQueue queue = new PortQueue(THREE, 0);
        queue.give(queue.take(0, false), 77, SECOND);
        assertThat(queue.take(61 * SECOND, false)).isEqualTo(1024);
        assertThat(queue.isYoung()).isFalse();
    }

    @Test
    void aPortThatAnotherDirectorsConnectionHasIsNotTaken() {
        PortQueue queue = new PortQueue(THREE, 0);
        queue.claim(1030);
        assertThat(queue.used()).isEqualTo(1);
        assertThat(queue.take(0, true)).isEqualTo(1024);
        assertThat(queue.take(0, true)).isEqualTo(1040);
        assertThat(queue.take(0, true)).isEqualTo(PortQueue.NONE);
        queue.claim(1040);
        queue.claim(99);
        assertThat(queue.used()).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void noPortIsEverTwoConnectionsAndNoneIsLost(long seed) {
        Random random = new Random(seed);
        char[] ports = new char[200];
        for (int i = 0; i < ports.length; i++) {
            ports[i] = (char) (1024 + 3 * i);
        }
        PortQueue queue = new PortQueue(ports, random.nextInt());
        Set<Integer> used = new HashSet<>();
        Deque<Integer> order = new ArrayDeque<>();
        long now = 0;
        for (int i = 0; i < 20_000; i++) {
            now += random.nextLong(SECOND);
            switch (random.nextInt(5)) {
                case 0, 1 -> {
                    int port = queue.take(now, random.nextBoolean());
                    if (port != PortQueue.NONE) {
                        assertThat(used.add(port)).as("seed %d, step %d: port %d is in use", seed, i, port).isTrue();
                        order.add(port);
                    }
                }
                case 2 -> {
                    int port = ports[random.nextInt(ports.length)];
                    queue.claim(port);
                    if (used.add(port)) {
                        order.add(port);
                    }
                }
                default -> {
                    if (!order.isEmpty()) {
                        int port = order.remove();
                        used.remove(port);
                        queue.give(port, random.nextInt(), now);
                        queue.give(port, 0, now);
                    }
                }
            }
            assertThat(queue.used()).as("seed %d, step %d", seed, i).isEqualTo(used.size());
        }
        int taken = used.size();
        while (queue.take(now, true) != PortQueue.NONE) {
            taken++;
        }
        assertThat(taken).as("seed %d", seed).isEqualTo(ports.length);
    }
}
