package dev.weir.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.wire.Checksum;
import dev.weir.wire.Frame;
import dev.weir.wire.IpAddress;
import dev.weir.wire.Packet;
import dev.weir.wire.VirtioNetHeader;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** Frames between the hosts of RFC 7915's appendix A, as they stand on either side. */
class TranslationTest {
    private static final IpAddress H6 = IpAddress.parse("2001:db8:1c0:2:21::");
    private static final IpAddress H6_AS_V4 = IpAddress.parse("192.0.2.33");
    private static final IpAddress H4 = IpAddress.parse("198.51.100.2");
    private static final IpAddress H4_AS_V6 = IpAddress.parse("2001:db8:1c6:3364:2::");
    private static final String LINK = "020000000001020000000c0a";
    private static final String TCP = "0102030405060708801872105df800000101080a0000000a0000000b"
            + "474554202f20485454502f312e300d0a0d0a21";
    private static final String TCP_FROM_H6 = LINK + "86dd" + "6b9000000033063f" + "20010db801c000020021000000000000"
            + "20010db801c633640002000000000000" + "04000050" + TCP;
    private static final String TCP_TO_H4 = LINK + "0800" + "45b90047123400003f067c6d" + "c0000221" + "c6336402"
            + "c3501f90" + TCP.replace("5df80000", "25910000");
    private static final String UDP = "48656c6c6f2c2066616d696c79";
    private static final String UDP_FROM_H4 = LINK + "0800" + "45000029000040003c11526d" + "c6336402" + "c0000221"
            + "003504000015" + "86f9" + UDP;
    private static final String UDP_TO_H6 = LINK + "86dd" + "600000000015113c" + "20010db801c633640002000000000000"
            + "20010db801c000020021000000000000" + "003510920015" + "d43d" + UDP;

    private static Frame frame(String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex);
        MemorySegment memory = MemorySegment.ofArray(new byte[Frame.HEADROOM + bytes.length]);
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, Frame.HEADROOM, bytes.length);
        Frame frame = new Frame();
        frame.set(memory, Frame.HEADROOM, bytes.length, 0);
        return frame;
    }

    private static String hex(Frame frame) {
        return HexFormat.of()
                .formatHex(frame.memory().asSlice(frame.start(), frame.length()).toArray(ValueLayout.JAVA_BYTE));
    }

    private static Packet translate(Frame frame, IpAddress source, int sourcePort, IpAddress destination,
            int destinationPort) {
        Packet packet = new Packet();
        assertThat(packet.parse(frame)).isEqualTo(Packet.Shape.WELL_FORMED);
        int before = sum(packet.sourceHigh(), packet.sourceLow(), packet.destinationHigh(), packet.destinationLow());
        int after = sum(source.high(), source.low(), destination.high(), destination.low());
        int portsBefore = packet.sourcePort() + packet.destinationPort();
        Translation.between(frame, packet, source.high(), source.low(), sourcePort, destination.high(),
                destination.low(), destinationPort, Checksum.delta(before, after),
                Checksum.delta(Checksum.fold((long) before + portsBefore),
                        Checksum.fold((long) after + sourcePort + destinationPort)),
                Translation.mayFragment(packet, Translation.length(frame, packet)), 0x1234);
        return packet;
    }

    private static int sum(long sourceHigh, long sourceLow, long destinationHigh, long destinationLow) {
        return Checksum.fold((long) Checksum.ofAddress(sourceHigh, sourceLow)
                + Checksum.ofAddress(destinationHigh, destinationLow));
    }

    @Test
    void aSegmentOfIpv6BecomesIpv4() {
        Frame frame = frame(TCP_FROM_H6);
        Packet packet = translate(frame, H6_AS_V4, 50000, H4, 8080);
        assertThat(hex(frame)).isEqualTo(TCP_TO_H4);
        assertThat(packet.v4()).isTrue();
        assertThat(packet.sourceLow()).isEqualTo(H6_AS_V4.low());
        assertThat(packet.transportLength()).isEqualTo(51);
    }

    @Test
    void aDatagramOfIpv4BecomesIpv6() {
        Frame frame = frame(UDP_FROM_H4);
        Packet packet = translate(frame, H4_AS_V6, 53, H6, 4242);
        assertThat(hex(frame)).isEqualTo(UDP_TO_H6);
        assertThat(packet.v4()).isFalse();
    }

    @Test
    void thereAndBackItIsTheSame() {
        Frame frame = frame(TCP_FROM_H6);
        translate(frame, H6_AS_V4, 50000, H4, 8080);
        translate(frame, H6, 1024, H4_AS_V6, 80);
        assertThat(hex(frame)).isEqualTo(TCP_FROM_H6);
        assertThat(frame.start()).isEqualTo(Frame.HEADROOM);
    }

    /** Whatever stands before the header, and however far it moves: options give up to 40 bytes more or less. */
    @Test
    void whatTheVirtioHeaderSaysCountsFromTheNewBeginning() {
        Frame frame = frame(UDP_FROM_H4);
        MemorySegment memory = frame.memory();
        VirtioNetHeader.flags(memory, frame.start(), VirtioNetHeader.NEEDS_CSUM);
        VirtioNetHeader.checksumStart(memory, frame.start(), 34);
        VirtioNetHeader.checksumOffset(memory, frame.start(), 6);
        VirtioNetHeader.gsoType(memory, frame.start(), VirtioNetHeader.GSO_UDP_L4);
        VirtioNetHeader.headerLength(memory, frame.start(), 42);
        VirtioNetHeader.gsoSize(memory, frame.start(), 1000);
        translate(frame, H4_AS_V6, 53, H6, 4242);
        assertThat(frame.start()).isEqualTo(Frame.HEADROOM - 20);
        assertThat(VirtioNetHeader.flags(memory, frame.start())).isEqualTo(VirtioNetHeader.NEEDS_CSUM);
        assertThat(VirtioNetHeader.checksumStart(memory, frame.start())).isEqualTo(54);
        assertThat(VirtioNetHeader.checksumOffset(memory, frame.start())).isEqualTo(6);
        assertThat(VirtioNetHeader.gsoType(memory, frame.start())).isEqualTo(VirtioNetHeader.GSO_UDP_L4);
        assertThat(VirtioNetHeader.headerLength(memory, frame.start())).isEqualTo(62);
        assertThat(VirtioNetHeader.gsoSize(memory, frame.start())).isEqualTo(1000);
    }
}
