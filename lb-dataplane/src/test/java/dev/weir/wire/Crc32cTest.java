package dev.weir.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

class Crc32cTest {
    private static int reference(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }

    @Test
    void theCheckValueOfCastagnolisPolynomial() {
        byte[] digits = "123456789".getBytes(StandardCharsets.US_ASCII);
        assertThat(Crc32c.of(MemorySegment.ofArray(digits), 0, digits.length)).isEqualTo(0xe306_9283);
    }

    @Test
    void isTheJdksAtEveryLengthAndAlignment() {
        Random random = new Random(7);
        byte[] bytes = new byte[2100];
        random.nextBytes(bytes);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(bytes.length + 8);
            for (int length = 0; length < bytes.length; length += length < 40 ? 1 : 37) {
                int at = random.nextInt(8);
                byte[] part = java.util.Arrays.copyOf(bytes, length);
                MemorySegment.copy(MemorySegment.ofArray(part), 0, memory, at, length);
                assertThat(Crc32c.of(memory, at, length)).as("%d bytes at %d", length, at).isEqualTo(reference(part));
            }
        }
    }

    @Test
    void aChangeOfSixteenBitsIsFoundWithoutLookingAtTheRest() {
        long seed = 20261121;
        Random random = new Random(seed);
        for (int attempt = 0; attempt < 2000; attempt++) {
            byte[] bytes = new byte[2 + (attempt % 50 == 0 ? random.nextInt(65_530) : random.nextInt(1500))];
            random.nextBytes(bytes);
            int before = reference(bytes);
            int at = random.nextInt(bytes.length - 1);
            int flipped = random.nextInt(0x1_0000);
            bytes[at] ^= (byte) (flipped >>> 8);
            bytes[at + 1] ^= (byte) flipped;
            assertThat(before ^ Crc32c.change(flipped, bytes.length - at - 2)).as("seed %d, attempt %d", seed, attempt)
                    .isEqualTo(reference(bytes));
        }
    }
}
