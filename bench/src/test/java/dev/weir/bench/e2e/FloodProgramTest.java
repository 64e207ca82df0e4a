package dev.weir.bench.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.wire.Bytes;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class FloodProgramTest {
    private static final int VIP = 0x0a090001;

    @BeforeEach
    void programsNeedRoot() {
        boolean root = System.getProperty("user.name").equals("root");
        if ("true".equals(System.getenv("CI"))) {
            assertThat(root).as("this test loads BPF programs, so it needs root").isTrue();
        }
        Assumptions.assumeTrue(root, "needs root, to load BPF programs");
    }

    @Test
    @Tag("root")
    void each_frame_is_the_next_flows_with_right_checksums() throws IOException {
        try (FloodProgram program = new FloodProgram(new FloodFrame(0x020000000001L, 0x020000000002L, VIP), 1)) {
            program.rate(1_000_000_000, 2500);
            Set<Integer> clients = new HashSet<>();
            Set<Integer> ports = new HashSet<>();
            for (int i = 0; i < 2500; i++) {
                MemorySegment frame = MemorySegment.ofArray(program.once());
                assertThat(Bytes.i64(frame, 0) >>> 16).isEqualTo(0x020000000001L);
                assertThat(Bytes.i32(frame, FloodFrame.IP + 16)).isEqualTo(VIP);
                assertThat(FloodFrame.checksumsRight(frame, FloodFrame.IP)).as("frame %d", i).isTrue();
                assertThat(Bytes.u16(frame, FloodFrame.UDP + 6)).as("frame %d has a checksum", i).isNotZero();
                clients.add(Bytes.i32(frame, FloodFrame.IP + 12));
                ports.add(Bytes.u16(frame, FloodFrame.UDP));
            }
            assertThat(program.sent()).isEqualTo(2500);
            assertThat(clients).hasSize(1024).contains(0x0a010400, 0x0a0107ff);
            assertThat(ports).containsExactlyInAnyOrder(1024, 1025, 1026);
        }
    }

    @Test
    @Tag("root")
    void nothing_is_sent_at_rate_zero_or_before_its_time() throws IOException {
        try (FloodProgram program = new FloodProgram(new FloodFrame(1, 2, VIP), 1)) {
            program.once();
            assertThat(program.sent()).isZero();
            program.rate(1, 1);
            program.once();
            program.once();
            assertThat(program.sent()).isEqualTo(1);
        }
    }
}
