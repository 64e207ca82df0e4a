package dev.weir.sys;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** Headers as a little-endian kernel writes them. */
class Tpacket2HeaderTest {
    private static final String TAGGED = "51000000" + "ea050000" + "e8050000" + "d200" + "e000" // status to net
            + "00000000" + "00000000" + "6460" + "0081" + "00000000" // time, VLAN, padding
            + "1100" + "0800" + "05000000" + "0100" + "00" + "06" + "0200000000020000"; // sockaddr_ll

    @Test
    void lengthsAndPlacesAreRead() {
        MemorySegment ring = header(TAGGED);
        assertThat(Tpacket2Header.status(ring, 16)).isEqualTo(0x51);
        assertThat(Tpacket2Header.length(ring, 16)).isEqualTo(1514);
        assertThat(Tpacket2Header.capturedLength(ring, 16)).isEqualTo(1512);
        assertThat(Tpacket2Header.frameOffset(ring, 16)).isEqualTo(210);
        assertThat(Tpacket2Header.LENGTH).isEqualTo(HexFormat.of().parseHex(TAGGED).length);
    }

    @Test
    void aTagThatWasTakenOffIsTold() {
        MemorySegment ring = header(TAGGED);
        assertThat(Tpacket2Header.hasVlanTag(0x51)).isTrue();
        assertThat(Tpacket2Header.vlanTci(ring, 16)).isEqualTo(0x6064);
        assertThat(Tpacket2Header.vlanTpid(ring, 16, 0x51)).isEqualTo(0x8100);
        assertThat(Tpacket2Header.vlanTpid(header(TAGGED.replace("0081", "a888")), 16, 0x51)).isEqualTo(0x88a8);
    }

    @Test
    void withoutAWordOfItTheTagIsOneOf8021Q() {
        assertThat(Tpacket2Header.vlanTpid(header(TAGGED.replace("0081", "0000")), 16, 0x11)).isEqualTo(0x8100);
        assertThat(Tpacket2Header.hasVlanTag(0x81)).isFalse();
    }

    @Test
    void framesForTheHostAndForGroupsAreForUsAndOthersAreNot() {
        boolean[] forUs = {true, true, true, false, false};
        for (int type = 0; type < forUs.length; type++) {
            String header = TAGGED.substring(0, 84) + "0" + type + TAGGED.substring(86);
            assertThat(Tpacket2Header.isForUs(header(header), 16)).as("packet type %d", type).isEqualTo(forUs[type]);
        }
    }

    @Test
    void aSlotGivenBackIsTheKernels() {
        MemorySegment ring = header(TAGGED);
        Tpacket2Header.giveBack(ring, 16);
        assertThat(Tpacket2Header.status(ring, 16)).isEqualTo(Tpacket2Header.STATUS_KERNEL);
        assertThat(Tpacket2Header.length(ring, 16)).isEqualTo(1514);
    }

    /** In native memory, as the status is read atomically; 16 bytes from its beginning. */
    private static MemorySegment header(String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex);
        MemorySegment ring = Arena.ofAuto().allocate(16 + bytes.length, 16);
        MemorySegment.copy(bytes, 0, ring, java.lang.foreign.ValueLayout.JAVA_BYTE, 16, bytes.length);
        return ring;
    }
}
