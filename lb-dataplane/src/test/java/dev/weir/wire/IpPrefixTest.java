package dev.weir.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IpPrefixTest {
    @ParameterizedTest
    @CsvSource({"10.1.2.3,16,10.1.0.0/16", "10.1.2.3,32,10.1.2.3/32", "10.1.2.3,0,0.0.0.0/0",
            "2001:db8::5,127,2001:db8::4/127", "2001:db8::5,64,2001:db8::/64",
            "2001:db8:0:8001::5,49,2001:db8:0:8000::/49",
            "2001:db8::5,0,::/0"})
    void what_stands_behind_the_prefix_is_nothing(String address, int length, String text) {
        assertThat(prefix(address, length)).hasToString(text);
    }

    @ParameterizedTest
    @CsvSource({"10.1.0.0,16,10.1.2.3,true", "10.1.0.0,16,10.2.2.3,false", "0.0.0.0,0,255.255.255.255,true",
            "0.0.0.0,0,::1,false", "::,0,10.1.2.3,false", "::,0,2001:db8::1,true", "2001:db8::4,127,2001:db8::5,true",
            "2001:db8::4,128,2001:db8::5,false", "2001:db8::,64,2001:db8:0:1::,false"})
    void an_address_lies_in_it_or_not(String address, int length, String other, boolean inside) {
        assertThat(prefix(address, length).contains(IpAddress.parse(other))).isEqualTo(inside);
    }

    @Test
    void a_longer_prefix_may_lie_in_a_shorter_one() {
        assertThat(prefix("10.0.0.0", 8).contains(prefix("10.1.0.0", 16))).isTrue();
        assertThat(prefix("10.1.0.0", 16).contains(prefix("10.0.0.0", 8))).isFalse();
        assertThat(IpPrefix.ALL_V6.contains(IpPrefix.ALL_V4)).isFalse();
        assertThat(IpPrefix.host(IpAddress.parse("10.1.0.0")).isHost()).isTrue();
    }

    @Test
    void a_length_that_the_family_does_not_have_is_refused() {
        assertThatThrownBy(() -> prefix("10.0.0.0", 33)).hasMessageContaining("33");
        assertThatThrownBy(() -> prefix("::", 129)).hasMessageContaining("129");
        assertThatThrownBy(() -> prefix("::", -1)).hasMessageContaining("-1");
    }

    private static IpPrefix prefix(String address, int length) {
        return new IpPrefix(IpAddress.parse(address), length);
    }
}
