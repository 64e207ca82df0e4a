package dev.weir.vrrp.announce;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.wire.IpAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** The frames that keepalived 2.2.7 sends, as tcpdump shows them. */
class AnnouncementTest {
    private static final long MAC = 0x8609_6f26_e2b2L;

    private static String hex(MemorySegment frame) {
        return HexFormat.of().formatHex(frame.toArray(ValueLayout.JAVA_BYTE));
    }

    @Test
    void gratuitous_arp() {
        try (Arena arena = Arena.ofConfined()) {
            assertThat(hex(Announcement.gratuitousArp(IpAddress.parse("10.0.0.100"), MAC, arena)))
                    .isEqualTo("ffffffffffff86096f26e2b208060001080006040001"
                            + "86096f26e2b20a000064ffffffffffff0a000064");
        }
    }

    @Test
    void neighbour_advertisement_of_a_host_that_does_not_forward() {
        try (Arena arena = Arena.ofConfined()) {
            assertThat(hex(Announcement.neighbourAdvertisement(IpAddress.parse("fd00::52"), MAC, false, arena)))
                    .isEqualTo("33330000000186096f26e2b286dd6000000000203aff"
                            + "fd000000000000000000000000000052ff020000000000000000000000000001"
                            + "8800841720000000fd000000000000000000000000000052020186096f26e2b2");
        }
    }

    @Test
    void neighbour_advertisement_of_a_router_says_so() {
        try (Arena arena = Arena.ofConfined()) {
            assertThat(hex(Announcement.neighbourAdvertisement(IpAddress.parse("fd00::52"), MAC, true, arena)))
                    .contains("88000417a0000000");
        }
    }
}
