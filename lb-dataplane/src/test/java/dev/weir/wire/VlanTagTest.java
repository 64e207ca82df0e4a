package dev.weir.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class VlanTagTest {
    private static final String ADDRESSES = "020000000001" + "020000000002";

    @Test
    void aTagStandsBetweenAddressesAndTypeAndNothingBehindItMoves() {
        MemorySegment memory = frame("0800" + "45000014");
        VlanTag.insert(memory, 20, 0x8100, 0x6064);
        assertThat(hex(memory, 16)).isEqualTo(ADDRESSES + "8100" + "6064" + "0800" + "45000014");
    }

    @Test
    void theOuterTagComesFirst() {
        MemorySegment memory = frame("8100" + "0002" + "0800");
        VlanTag.insert(memory, 20, 0x88a8, 0x0fff);
        assertThat(hex(memory, 16)).isEqualTo(ADDRESSES + "88a8" + "0fff" + "8100" + "0002" + "0800");
    }

    @Test
    void theVirtioHeaderCountsFromTheNewBeginning() {
        MemorySegment memory = frame("0800");
        VirtioNetHeader.flags(memory, 20, VirtioNetHeader.NEEDS_CSUM);
        VirtioNetHeader.gsoType(memory, 20, VirtioNetHeader.GSO_TCPV4);
        VirtioNetHeader.headerLength(memory, 20, 66);
        VirtioNetHeader.gsoSize(memory, 20, 1448);
        VirtioNetHeader.checksumStart(memory, 20, 34);
        VirtioNetHeader.checksumOffset(memory, 20, 16);
        VlanTag.insert(memory, 20, 0x8100, 1);
        assertThat(VirtioNetHeader.flags(memory, 16)).isEqualTo(VirtioNetHeader.NEEDS_CSUM);
        assertThat(VirtioNetHeader.gsoType(memory, 16)).isEqualTo(VirtioNetHeader.GSO_TCPV4);
        assertThat(VirtioNetHeader.headerLength(memory, 16)).isEqualTo(70);
        assertThat(VirtioNetHeader.gsoSize(memory, 16)).isEqualTo(1448);
        assertThat(VirtioNetHeader.checksumStart(memory, 16)).isEqualTo(38);
        assertThat(VirtioNetHeader.checksumOffset(memory, 16)).isEqualTo(16);
    }

    /** A frame at 20 after an empty virtio header, with the rest of the memory 0xa5. */
    private static MemorySegment frame(String afterAddresses) {
        byte[] bytes = HexFormat.of().parseHex("a5".repeat(10) + "00".repeat(10) + ADDRESSES + afterAddresses);
        return MemorySegment.ofArray(bytes);
    }

    private static String hex(MemorySegment memory, int from) {
        return HexFormat.of().formatHex(memory.asSlice(from).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE));
    }
}
