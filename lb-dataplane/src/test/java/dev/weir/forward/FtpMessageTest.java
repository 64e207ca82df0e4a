package dev.weir.forward;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.forward.FtpMessage.Command;
import dev.weir.wire.IpAddress;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FtpMessageTest {
    private final FtpMessage message = new FtpMessage();

    private Command command(String text, boolean v4) {
        byte[] bytes = text.getBytes(US_ASCII);
        return message.readCommand(MemorySegment.ofArray(bytes), 0, bytes.length, v4);
    }

    private IpAddress address() {
        return new IpAddress(message.high(), message.low());
    }

    @ParameterizedTest
    @ValueSource(strings = {"2001:db8::1", "::1", "1::", "::", "1:2:3:4:5:6:7:8", "1::8", "1:2:3:4:5:6:7::",
            "::2:3:4:5:6:7:8", "2001:0DB8:0:0:0:0:0:aBcD", "fe80::1:2"})
    void anIpv6AddressIsReadInEveryForm(String text) {
        assertThat(command("EPRT |2|" + text + "|65535|\r\n", false)).isEqualTo(Command.ACTIVE);
        assertThat(address()).isEqualTo(IpAddress.parse(text));
        assertThat(message.port()).isEqualTo(65535);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ":", ":::", "1", "1:2", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::",
            "::g",
            "1:", ":1", "1:2:3:4:5:6:7:8::", "::ffff:1.2.3.4", "::ffff:102:304", "1::2:"})
    void whatIsNoIpv6AddressIsNotRead(String text) {
        assertThat(command("EPRT |2|" + text + "|65535|\r\n", false)).isEqualTo(Command.OTHER);
    }

    @Test
    void randomIpv6AddressesAreReadAsTheyWereWritten() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 10_000; i++) {
            long zeros = 0xffff_ffffL << 16 * random.nextInt(4);
            IpAddress address = new IpAddress(random.nextLong() | 1L << 63, random.nextLong() & ~zeros);
            assertThat(command("EPRT !2!" + address + "!1!", false)).as("seed %d, %s", seed, address)
                    .isEqualTo(Command.ACTIVE);
            assertThat(address()).as("seed %d", seed).isEqualTo(address);
        }
    }

    @Test
    void theAddressOfAReplyIsBetweenItsParentheses() {
        byte[] bytes = "227 ok (10,0,0,1,200,7)\r\n".getBytes(US_ASCII);
        assertThat(message.readPassive(MemorySegment.ofArray(bytes), 0, bytes.length)).isTrue();
        assertThat(address()).isEqualTo(IpAddress.parse("10.0.0.1"));
        assertThat(message.port()).isEqualTo(200 * 256 + 7);
        assertThat(new String(bytes, US_ASCII).substring((int) message.start(), (int) message.end()))
                .isEqualTo("10,0,0,1,200,7");
    }
}
