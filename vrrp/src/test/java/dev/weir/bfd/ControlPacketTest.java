package dev.weir.bfd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.bfd.Reading.Flaw;
import dev.weir.bfd.Reading.Invalid;
import dev.weir.bfd.Reading.Valid;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The packet of RFC 5880 section 4.1. */
class ControlPacketTest {
    private static final ControlPacket PACKET = new ControlPacket(Diagnostic.NEIGHBOUR_DOWN, SessionState.UP, true,
            false, false, 5, 0x12345678, 0xfedcba98, 10_000, 4_294_967_000L);
    private static final String BYTES = "23 e0 05 18 12345678 fedcba98 00002710 fffffed8 00000000";

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }

    @Test
    void isWrittenAsTheStandardHasIt() {
        assertThat(PACKET.write()).isEqualTo(bytes(BYTES));
    }

    @Test
    void isReadAsItWasWritten() {
        assertThat(ControlPacket.read(PACKET.write())).isEqualTo(new Valid(PACKET));
    }

    @Test
    void whatComesBehindItIsPassedOver() {
        assertThat(ControlPacket.read(bytes(BYTES + " 0102"))).isEqualTo(new Valid(PACKET));
    }

    @Test
    void aDiagnosticOfALaterStandardIsTaken() {
        assertThat(ControlPacket.read(bytes(BYTES.replace("23 e0", "29 c0"))))
                .isInstanceOfSatisfying(Valid.class,
                        valid -> assertThat(valid.packet().diagnostic()).isEqualTo(Diagnostic.OTHER));
    }

    @ParameterizedTest
    @CsvSource({
            "'', LENGTH",
            "20 c0 05 18 12345678 fedcba98 00002710 00002710 000000, LENGTH",
            "20 c0 05 17 12345678 fedcba98 00002710 00002710 00000000, LENGTH",
            "20 c0 05 19 12345678 fedcba98 00002710 00002710 00000000, LENGTH",
            "00 c0 05 18 12345678 fedcba98 00002710 00002710 00000000, VERSION",
            "40 c0 05 18 12345678 fedcba98 00002710 00002710 00000000, VERSION",
            "20 c0 00 18 12345678 fedcba98 00002710 00002710 00000000, MULTIPLIER",
            "20 c1 05 18 12345678 fedcba98 00002710 00002710 00000000, MULTIPOINT",
            "20 c4 05 18 12345678 fedcba98 00002710 00002710 00000000, AUTHENTICATION",
            "20 f0 05 18 12345678 fedcba98 00002710 00002710 00000000, BITS",
            "20 c0 05 18 00000000 fedcba98 00002710 00002710 00000000, MY_DISCRIMINATOR",
            "20 c0 05 18 12345678 00000000 00002710 00002710 00000000, YOUR_DISCRIMINATOR",
            "20 80 05 18 12345678 00000000 00002710 00002710 00000000, YOUR_DISCRIMINATOR"})
    void whatIsWrongIsSaid(String hex, Flaw flaw) {
        assertThat(ControlPacket.read(bytes(hex))).isEqualTo(new Invalid(flaw));
    }

    @ParameterizedTest
    @CsvSource({"40, DOWN", "00, ADMIN_DOWN"})
    void whoIsDownNeedNotKnowTheOther(String bits, SessionState state) {
        assertThat(ControlPacket.read(bytes("20 " + bits + " 05 18 12345678 00000000 00002710 00002710 00000000")))
                .isInstanceOfSatisfying(Valid.class, valid -> assertThat(valid.packet().state()).isEqualTo(state));
    }

    @Test
    void noBytesAreTooOddToBeRead() {
        Random random = new Random(1);
        for (int i = 0; i < 100_000; i++) {
            byte[] odd = PACKET.write();
            for (int change = random.nextInt(4); change >= 0; change--) {
                odd[random.nextInt(odd.length)] = (byte) random.nextInt();
            }
            odd = Arrays.copyOf(odd, random.nextInt(40));
            if (ControlPacket.read(odd) instanceof Valid(ControlPacket packet)) {
                assertThat(packet.mine()).isNotZero();
                assertThat(packet.multiplier()).isBetween(1, 255);
            }
        }
    }
}
