package dev.weir.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpAddressTest {
    @ParameterizedTest
    @CsvSource({"192.168.0.1,192.168.0.1", "255.255.255.255,255.255.255.255", "::,::", "::1,::1", "fe80::,fe80::",
            "2001:DB8::0:1,2001:db8::1", "2001:db8:0:1:1:1:1:1,2001:db8:0:1:1:1:1:1",
            "2001:0:0:1:0:0:0:1,2001:0:0:1::1", "2001:db8:0:0:1:0:0:1,2001:db8::1:0:0:1"})
    void isWrittenAsRfc5952HasIt(String text, String canonical) {
        IpAddress address = IpAddress.parse(text);
        assertThat(address).hasToString(canonical);
        assertThat(IpAddress.of(address.bytes())).isEqualTo(address);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1.2.3.4.5", "host.example", "2001:db8::1::2", "300.1.1.1"})
    void refusesWhatIsNoLiteral(String text) {
        assertThatThrownBy(() -> IpAddress.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void knowsItsPrefixes() {
        assertThat(IpAddress.parse("10.1.2.3").in(IpAddress.parse("10.1.0.0"), 16)).isTrue();
        assertThat(IpAddress.parse("10.2.2.3").in(IpAddress.parse("10.1.0.0"), 16)).isFalse();
        assertThat(IpAddress.parse("10.2.2.3").in(IpAddress.parse("0.0.0.0"), 0)).isTrue();
        assertThat(IpAddress.parse("10.2.2.3").in(IpAddress.parse("::"), 0)).isFalse();
        assertThat(IpAddress.parse("2001:db8::5").in(IpAddress.parse("2001:db8::"), 64)).isTrue();
        assertThat(IpAddress.parse("2001:db8::5").in(IpAddress.parse("2001:db8::4"), 127)).isTrue();
        assertThat(IpAddress.parse("2001:db8::5").in(IpAddress.parse("2001:db8::4"), 128)).isFalse();
    }
}
