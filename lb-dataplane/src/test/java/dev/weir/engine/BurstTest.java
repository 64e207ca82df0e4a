package dev.weir.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.connection.ConnectionEntry;
import dev.weir.port.Offload;
import dev.weir.service.Forwarding;
import dev.weir.service.Protocol;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A burst is read as a whole before its packets are acted on: nobody may notice. */
class BurstTest {
    private static Lab lab() {
        return new Lab(new EngineOptions(12, 42, 0, true), 1500)
                .service(Protocol.TCP, Lab.VIP, 80, Forwarding.MASQUERADE, Lab.SERVER)
                .service(Protocol.TCP, Lab.VIP, 81, 300, -1, Forwarding.DIRECT_ROUTING, Lab.SERVER)
                .service(Protocol.UDP, Lab.VIP, 80, Forwarding.IPIP, Lab.SERVER);
    }

    private static byte[] frame(Random random) {
        int port = 1000 + random.nextInt(16);
        int[] flags = {Packets.SYN, Packets.ACK, Packets.ACK, Packets.FIN | Packets.ACK, Packets.RST};
        return switch (random.nextInt(4)) {
            case 0 -> Packets.from(Lab.CLIENT, Lab.VIP).udp(port, 80, new byte[random.nextInt(40)]);
            case 1 -> Packets.from(Lab.CLIENT, Lab.VIP).tcp(port, 81, flags[random.nextInt(5)], new byte[0]);
            default -> Packets.from(Lab.CLIENT, Lab.VIP).tcp(port, 80, flags[random.nextInt(5)], new byte[3]);
        };
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void packetsOfABurstFareAsThoseThatComeOneByOne(long seed) {
        Random random = new Random(seed);
        try (Lab together = lab(); Lab apart = lab()) {
            for (int round = 0; round < 200; round++) {
                int count = 1 + random.nextInt(64);
                for (int i = 0; i < count; i++) {
                    byte[] frame = frame(random);
                    together.eth0.put(frame, Offload.NONE);
                    apart.client(frame);
                }
                together.run();
                double time = random.nextInt(4) == 0 ? random.nextInt(60) : 0.1;
                together.pass(time);
                apart.pass(time);
                List<byte[]> sent = together.toServers();
                assertThat(sent).as("seed %d round %d", seed, round).usingRecursiveFieldByFieldElementComparator()
                        .containsExactlyElementsOf(apart.toServers());
                assertThat(states(together)).as("seed %d round %d", seed, round).isEqualTo(states(apart));
            }
            assertThat(together.engine.counters().evicted()).isEqualTo(apart.engine.counters().evicted())
                    .isPositive();
        }
    }

    private static List<String> states(Lab lab) {
        return lab.engine.connections().stream().map(ConnectionEntry::toString).toList();
    }
}
