package dev.weir.vrrp.announce;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.wire.Bytes;
import dev.weir.wire.IpAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/** What frames claim of an address. */
class ClaimTest {
    private static final long MAC = 0x8609_6f26_e2b2L;
    private static final IpAddress FOUR = IpAddress.parse("10.0.0.100");
    private static final IpAddress SIX = IpAddress.parse("fd00::52");

    @Test
    void gratuitousArpClaimsItsAddress() {
        try (Arena arena = Arena.ofConfined()) {
            assertThat(Claim.of(Announcement.gratuitousArp(FOUR, MAC, arena))).contains(new Claim(FOUR, MAC));
        }
    }

    @Test
    void anUnsolicitedNeighbourAdvertisementClaimsItsTarget() {
        try (Arena arena = Arena.ofConfined()) {
            assertThat(Claim.of(Announcement.neighbourAdvertisement(SIX, MAC, true, arena)))
                    .contains(new Claim(SIX, MAC));
        }
    }

    @Test
    void oneWithoutALinkLayerAddressIsItsSenders() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment frame = Announcement.neighbourAdvertisement(SIX, MAC, true, arena);
            Bytes.u16(frame, 8, 0x0102);
            assertThat(Claim.of(frame.asSlice(0, 78))).contains(new Claim(SIX, 0x8609_0102_e2b2L));
        }
    }

    @Test
    void aProxysOverridesNothingAndClaimsNothing() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment frame = Announcement.neighbourAdvertisement(SIX, MAC, true, arena);
            Bytes.u8(frame, 58, 0x80);
            assertThat(Claim.of(frame)).isEmpty();
        }
    }

    @Test
    void oneThatWasRoutedClaimsNothing() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment frame = Announcement.neighbourAdvertisement(SIX, MAC, true, arena);
            Bytes.u8(frame, 21, 254);
            assertThat(Claim.of(frame)).isEmpty();
        }
    }

    @Test
    void whatIsCutOffClaimsNothing() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment four = Announcement.gratuitousArp(FOUR, MAC, arena);
            MemorySegment six = Announcement.neighbourAdvertisement(SIX, MAC, true, arena);
            for (int length = 0; length < 42; length++) {
                assertThat(Claim.of(four.asSlice(0, length))).isEmpty();
            }
            for (int length = 0; length < 78; length++) {
                assertThat(Claim.of(six.asSlice(0, length))).isEmpty();
            }
        }
    }
}
