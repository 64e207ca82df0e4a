package dev.weir.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChecksumTest {
    @Test
    void theExampleOfRfc1071SumsToDdf2() {
        MemorySegment words = MemorySegment.ofArray(new byte[]{0, 1, (byte) 0xf2, 3, (byte) 0xf4, (byte) 0xf5,
                (byte) 0xf6, (byte) 0xf7});
        assertThat(Checksum.sum(words, 0, 8)).isEqualTo(0xddf2);
    }

    @Test
    void anOddLastByteCountsAsIfAZeroFollowed() {
        MemorySegment bytes = MemorySegment.ofArray(new byte[]{1, 2, 3});
        assertThat(Checksum.sum(bytes, 0, 3)).isEqualTo(0x0102 + 0x0300);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2})
    void anIncrementalUpdateIsTheFullComputation(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 10_000; round++) {
            byte[] bytes = new byte[2 + random.nextInt(64)];
            random.nextBytes(bytes);
            MemorySegment memory = MemorySegment.ofArray(bytes);
            int before = Checksum.of(Checksum.sum(memory, 0, bytes.length));
            int at = random.nextInt(bytes.length / 2) * 2;
            int old = Bytes.u16(memory, at);
            int changed = random.nextInt(0x10000);
            Bytes.u16(memory, at, changed);
            int updated = Checksum.update(before, Checksum.delta(old, changed));
            int full = Checksum.of(Checksum.sum(memory, 0, bytes.length));
            assertThat(updated % 0xffff).as("seed %d round %d", seed, round).isEqualTo(full % 0xffff);
        }
    }

    @Test
    void foldTakesSumsOfAnyWidth() {
        assertThat(Checksum.fold(0xffff_ffff_ffffL)).isEqualTo(0xffff);
        assertThat(Checksum.fold(0x1_0000)).isEqualTo(1);
    }
}
