package dev.weir.lvs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.weir.conf.VirtualServer;
import dev.weir.conf.VirtualServer.AtAddress;
import dev.weir.conf.VirtualServer.OfMark;
import dev.weir.conf.VirtualServer.RealServer;
import dev.weir.conf.VirtualServer.Service;
import dev.weir.wire.IpAddress;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServerPatternTest {
    private static final VirtualServer WEB = virtual(null,
            new AtAddress("TCP", IpAddress.parse("192.168.11.121"), 80));
    private static final VirtualServer WEB6 = virtual(null, new AtAddress("TCP", IpAddress.parse("2001:db8::80"), 443));
    private static final VirtualServer MARKED = virtual(null, new OfMark(5, true));
    private static final VirtualServer GROUP = virtual("farm", new AtAddress("UDP", IpAddress.parse("10.0.0.1"), 53),
            new AtAddress("UDP", IpAddress.parse("10.0.0.2"), 53));

    @Test
    void anAddressAloneMeansTheServerAtAnyPortInAllServices() {
        ServerPattern pattern = ServerPattern.parse("10.1.0.1");

        assertThat(pattern.matches(WEB, server("10.1.0.1", 80))).isTrue();
        assertThat(pattern.matches(WEB, server("10.1.0.1", 8080))).isTrue();
        assertThat(pattern.matches(MARKED, server("10.1.0.1", 0))).isTrue();
        assertThat(pattern.matches(WEB, server("10.1.0.2", 80))).isFalse();
    }

    @Test
    void aPortMeansThatPortOnly() {
        ServerPattern pattern = ServerPattern.parse("10.1.0.1:8080");

        assertThat(pattern.matches(WEB, server("10.1.0.1", 8080))).isTrue();
        assertThat(pattern.matches(WEB, server("10.1.0.1", 80))).isFalse();
    }

    @Test
    void aServerWithoutPortHasThatOfItsService() {
        assertThat(ServerPattern.parse("10.1.0.1:80").matches(WEB, server("10.1.0.1", 0))).isTrue();
        assertThat(ServerPattern.parse("10.1.0.1:81").matches(WEB, server("10.1.0.1", 0))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:8443", "[2001:db8::1]:tcp:8443"})
    void ipv6StandsInBracketsWhereAPortFollows(String text) {
        assertThat(ServerPattern.parse(text).matches(WEB6, server("2001:db8::1", 8443))).isTrue();
        assertThat(ServerPattern.parse(text).matches(WEB6, server("2001:db8::2", 8443))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"192.168.11.121/10.1.0.1", "192.168.11.121:80/10.1.0.1:80",
            "tcp:192.168.11.121:80/10.1.0.1",
            "[192.168.11.121]:tcp:80/[10.1.0.1]:tcp:80"})
    void aServiceBeforeItMeansThatServiceOnly(String text) {
        assertThat(ServerPattern.parse(text).matches(WEB, server("10.1.0.1", 80))).isTrue();
        assertThat(ServerPattern.parse(text).matches(GROUP, server("10.1.0.1", 80))).isFalse();
    }

    @Test
    void aServiceOfAnotherPortOrProtocolIsNotMeant() {
        assertThat(ServerPattern.parse("192.168.11.121:81/10.1.0.1").matches(WEB, server("10.1.0.1", 80))).isFalse();
        assertThat(ServerPattern.parse("udp:192.168.11.121:80/10.1.0.1").matches(WEB, server("10.1.0.1", 80)))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"fwmark:5/10.1.0.1", "FWM 5/10.1.0.1", "mark:5/10.1.0.1:0"})
    void aServiceMayBeAFirewallMark(String text) {
        assertThat(ServerPattern.parse(text).matches(MARKED, server("10.1.0.1", 0))).isTrue();
        assertThat(ServerPattern.parse(text).matches(WEB, server("10.1.0.1", 0))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"farm/10.1.0.1", "[farm]/10.1.0.1", "10.0.0.2:53/10.1.0.1"})
    void aServiceMayBeAGroupOrAMemberOfOne(String text) {
        assertThat(ServerPattern.parse(text).matches(GROUP, server("10.1.0.1", 53))).isTrue();
        assertThat(ServerPattern.parse(text).matches(WEB, server("10.1.0.1", 53))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "web1", "10.1.0", "10.1.0.256", "10.1.0.1:65536", "10.1.0.1:", "/10.1.0.1", "farm/",
            "2001:db8::1::2", "[10.1.0.1"})
    void whatNamesNoServerIsRefusedWithWhatItShouldLookLike(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> ServerPattern.parse(text))
                .withMessageContaining("write ADDRESS, ADDRESS:PORT or [IPv6]:PORT");
    }

    private static RealServer server(String address, int port) {
        return new RealServer(IpAddress.parse(address), port, 1, List.of("DR"), 0, 0, false, false, Duration.ZERO, null,
                null, List.of());
    }

    private static VirtualServer virtual(@Nullable String group, Service... services) {
        return new VirtualServer(List.of(services), group == null ? null : new VirtualServer.Group(group, 0), "rr",
                Set.of(), false, Duration.ZERO, null, null, 1, 0,
                false, false, false, null, null, null, List.of(), VirtualServer.FullNat.NONE);
    }
}
