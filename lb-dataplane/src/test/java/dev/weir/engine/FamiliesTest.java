package dev.weir.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.engine.TwoFamilies.Way;
import dev.weir.port.MemoryPort;
import dev.weir.port.Offload;
import dev.weir.service.Forwarding;
import dev.weir.service.Protocol;
import dev.weir.service.RealServer;
import dev.weir.service.ServiceException;
import dev.weir.wire.IpAddress;
import dev.weir.wire.VirtioNetHeader;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Under FULLNAT clients of one address family have servers of the other (RFC 7915). */
class FamiliesTest {
    private static final int UDP_HEADER = 8;
    private final Lab lab = new Lab();

    @AfterEach
    void close() {
        lab.close();
    }

    private static byte[] packet(Protocol protocol, Packets packet, int fromPort, int toPort, int flags) {
        byte[] payload = {1, 2, 3};
        return switch (protocol) {
            case TCP -> packet.tcp(fromPort, toPort, flags, flags == Packets.SYN ? new byte[0] : payload);
            case UDP -> packet.udp(fromPort, toPort, payload);
            case SCTP -> packet.sctp(fromPort, toPort, Packets.chunks(flags == Packets.SYN ? 1 : 0));
        };
    }

    /** Opens a connection; its local port. */
    private int open(Protocol protocol, Way way) {
        TwoFamilies.service(lab, protocol, way);
        lab.client(packet(protocol, Packets.from(way.client, way.vip), 40000, 80, Packets.SYN));
        return Read.of(lab.toServers().getFirst()).sourcePort();
    }

    static Stream<Arguments> protocolsAndWays() {
        return Stream.of(Protocol.values())
                .flatMap(protocol -> Stream.of(Way.values()).map(way -> Arguments.of(protocol, way)));
    }

    @ParameterizedTest
    @MethodSource("protocolsAndWays")
    void theServerSeesItsOwnFamilyAndTheClientItsOwn(Protocol protocol, Way way) {
        TwoFamilies.service(lab, protocol, way);
        byte[] sent = packet(protocol, Packets.from(way.client, way.vip).ttl(17), 40000, 80, Packets.SYN);
        lab.client(sent);
        Read request = Read.of(lab.toServers().getFirst()).sound();
        assertThat(request.source()).isEqualTo(way.local);
        assertThat(request.destination()).isEqualTo(way.server);
        assertThat(request.destinationPort()).isEqualTo(80);
        assertThat(request.ttl()).isEqualTo(16);
        assertThat(request.body().length).isEqualTo(Read.of(sent).body().length);
        int port = request.sourcePort();

        lab.server(packet(protocol, Packets.from(way.server, way.local).ttl(33), 80, port,
                Packets.SYN | Packets.ACK));
        Read answer = Read.of(lab.toClients().getFirst()).sound();
        assertThat(answer.source()).isEqualTo(way.vip);
        assertThat(answer.destination()).isEqualTo(way.client);
        assertThat(answer.sourcePort()).isEqualTo(80);
        assertThat(answer.destinationPort()).isEqualTo(40000);
        assertThat(answer.ttl()).isEqualTo(32);

        lab.client(packet(protocol, Packets.from(way.client, way.vip), 40000, 80, Packets.ACK));
        Read more = Read.of(lab.toServers().getFirst()).sound();
        assertThat(more.sourcePort()).isEqualTo(port);
        assertThat(Arrays.copyOfRange(more.body(), more.body().length - 3, more.body().length))
                .isEqualTo(protocol == Protocol.SCTP ? new byte[3] : new byte[]{1, 2, 3});
    }

    @Test
    void oneServiceMayHaveServersOfBothFamilies() throws ServiceException {
        TwoFamilies.service(lab, Protocol.TCP, Way.V4_TO_V6);
        lab.services.addServer(Lab.key(Protocol.TCP, Lab.VIP, 80), IpAddress.parse(Lab.SERVER), 80,
                new RealServer.Settings(Forwarding.FULL_NAT, 1, 0, 0));
        lab.services.addLocalAddress(Lab.key(Protocol.TCP, Lab.VIP, 80), IpAddress.parse(Way.V6_TO_V4.local));
        for (int port = 40000; port < 40004; port++) {
            lab.client(Packets.from(Lab.CLIENT, Lab.VIP).tcp(port, 80, Packets.SYN, new byte[0]));
        }
        assertThat(lab.toServers().stream().map(frame -> Read.of(frame).sound().source()))
                .containsExactlyInAnyOrder(Way.V6_TO_V4.local, Way.V4_TO_V6.local, Way.V6_TO_V4.local,
                        Way.V4_TO_V6.local);
    }

    @Test
    void aTagStaysWhereItIs() {
        TwoFamilies.service(lab, Protocol.UDP, Way.V4_TO_V6);
        TwoFamilies.service(lab, Protocol.TCP, Way.V6_TO_V4);
        lab.client(Packets.from(Lab.CLIENT, Lab.VIP).vlan(77).udp(40000, 80, Packets.bytes(10)));
        lab.client(Packets.from(Lab.CLIENT6, Lab.VIP6).vlan(78).tcp(40000, 80, Packets.SYN, new byte[0]));
        List<byte[]> sent = lab.toServers();
        assertThat(sent).hasSize(2);
        assertThat(Read.of(sent.get(0)).sound().u16(14)).isEqualTo(77);
        assertThat(Read.of(sent.get(0)).u16(16)).isEqualTo(0x86dd);
        assertThat(Read.of(sent.get(1)).sound().u16(14)).isEqualTo(78);
        assertThat(Read.of(sent.get(1)).u16(16)).isEqualTo(0x0800);
    }

    @Test
    void trafficClassAndTypeOfServiceAreOneAndTheSame() {
        TwoFamilies.service(lab, Protocol.UDP, Way.V4_TO_V6);
        byte[] frame = Packets.from(Lab.CLIENT, Lab.VIP).udp(40000, 80, Packets.bytes(10));
        frame[15] = (byte) 0xb9;
        ByteBuffer.wrap(frame).putShort(24, (short) 0);
        ByteBuffer.wrap(frame).putShort(24, (short) Packets.checksum(Packets.part(frame, 14, 34), 0));
        lab.client(frame);
        Read request = Read.of(lab.toServers().getFirst()).sound();
        assertThat(request.u16(14)).isEqualTo(0x6b90);
        byte[] answer = Packets.from(Lab.SERVER6, Way.V4_TO_V6.local).udp(80, request.sourcePort(), new byte[5]);
        answer[14] = 0x6b;
        answer[15] = (byte) 0x91;
        lab.server(answer);
        assertThat(Read.of(lab.toClients().getFirst()).sound().u16(14)).isEqualTo(0x45b9);
    }

    /** RFC 7915 section 5.1: what a sender of IPv6 would make no smaller may be cut by IPv4 routers, and is told apart. */
    @Test
    void asIpv4OnlyLargePacketsMayNotBeCut() {
        TwoFamilies.service(lab, Protocol.UDP, Way.V6_TO_V4);
        lab.client(Packets.from(Lab.CLIENT6, Lab.VIP6).udp(40000, 80, Packets.bytes(1260 - 20 - UDP_HEADER)));
        Read small = Read.of(lab.toServers().getFirst()).sound();
        assertThat(small.fragment()).isZero();
        assertThat(small.u16(18)).isNotZero();
        lab.client(Packets.from(Lab.CLIENT6, Lab.VIP6).udp(40000, 80, Packets.bytes(1261 - 20 - UDP_HEADER)));
        assertThat(Read.of(lab.toServers().getFirst()).sound().fragment()).isEqualTo(0x4000);
    }

    @Test
    void aDatagramWithoutAChecksumGetsOne() {
        TwoFamilies.service(lab, Protocol.UDP, Way.V4_TO_V6);
        byte[] frame = Packets.from(Lab.CLIENT, Lab.VIP).udp(40000, 80, Packets.bytes(77));
        ByteBuffer.wrap(frame).putShort(40, (short) 0);
        lab.client(frame);
        Read request = Read.of(lab.toServers().getFirst()).sound();
        assertThat(request.u16(request.transport() + 6)).isNotZero();
    }

    @Test
    void optionsAreLeftOffButASourceRouteIsNot() {
        TwoFamilies.service(lab, Protocol.UDP, Way.V4_TO_V6);
        byte[] timestamp = new byte[40];
        timestamp[0] = 68;
        timestamp[1] = 40;
        timestamp[2] = 41;
        lab.client(Packets.from(Lab.CLIENT, Lab.VIP).options(timestamp).udp(40000, 80, Packets.bytes(9)));
        assertThat(Read.of(lab.toServers().getFirst()).sound().body()).hasSize(17);

        byte[] route = {1, (byte) 131, 7, 8, 10, 0, 0, 1};
        lab.client(Packets.from(Lab.CLIENT, Lab.VIP).options(route).udp(40000, 80, Packets.bytes(9)));
        assertThat(Read.of(lab.toServers().getFirst()).sound().body()).hasSize(17);

        route[3] = 4;
        lab.client(Packets.from(Lab.CLIENT, Lab.VIP).options(route).udp(40000, 80, Packets.bytes(9)));
        assertThat(lab.toServers()).isEmpty();
        Read error = Read.of(lab.toClients().getFirst()).sound();
        assertThat(error.body()).startsWith(3, 5);
        assertThat(error.source()).isEqualTo(Lab.VIP);
        assertThat(lab.engine.counters().dropped(DropReason.UNTRANSLATABLE)).isEqualTo(1);
    }

    /** An IPv6 packet with these headers before its datagram, each with the type of the next put in. */
    private static byte[] extended(byte[] datagram, int[] types, byte[]... headers) {
        byte[] body = {};
        for (int i = 0; i < headers.length; i++) {
            byte[] header = headers[i].clone();
            header[0] = (byte) (i + 1 < types.length ? types[i + 1] : Packets.UDP);
            body = concatenated(body, header);
        }
        return Packets.from(Lab.CLIENT6, Lab.VIP6).frame(types[0], concatenated(body, datagram));
    }

    private static byte[] concatenated(byte[] one, byte[] other) {
        byte[] both = Arrays.copyOf(one, one.length + other.length);
        System.arraycopy(other, 0, both, one.length, other.length);
        return both;
    }

    @Test
    void extensionHeadersAreLeftOffButARouteIsNot() {
        TwoFamilies.service(lab, Protocol.UDP, Way.V6_TO_V4);
        byte[] datagram = Packets.from(Lab.CLIENT6, Lab.VIP6).udpDatagram(40000, 80, Packets.bytes(9));
        byte[] options = new byte[16];
        options[1] = 1;
        byte[] route = new byte[24];
        route[1] = 2;
        lab.client(extended(datagram, new int[]{0, 60, 43, 44}, options, new byte[8], route, new byte[8]));
        Read request = Read.of(lab.toServers().getFirst()).sound();
        assertThat(request.body()).hasSize(17);
        assertThat(request.source()).isEqualTo(Way.V6_TO_V4.local);

        route[3] = 1;
        lab.client(extended(datagram, new int[]{0, 43}, options, route));
        Read error = Read.of(lab.toClients().getFirst()).sound();
        assertThat(error.body()).startsWith(4, 0);
        assertThat(ByteBuffer.wrap(error.body()).getInt(4)).as("pointer to Segments Left").isEqualTo(40 + 16 + 3);

        byte[] authentication = new byte[16];
        authentication[1] = 2;
        lab.client(extended(datagram, new int[]{51}, authentication));
        error = Read.of(lab.toClients().getFirst()).sound();
        assertThat(ByteBuffer.wrap(error.body()).getInt(4)).as("pointer to what names AH").isEqualTo(6);
        assertThat(lab.toServers()).isEmpty();
        assertThat(lab.engine.counters().dropped(DropReason.UNTRANSLATABLE)).isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void aLargeFrameStaysOneAndKeepsItsUnfinishedChecksum(Way way) {
        int port = open(Protocol.TCP, way);
        byte[] frame = Packets.from(way.client, way.vip).tcp(40000, 80, Packets.ACK, Packets.bytes(30_000));
        lab.client(partial(frame, way.clientHeader(), way.client, way.vip), large(way.clientHeader(), way.client));
        MemoryPort.Copy sent = lab.eth1.takeSent().getFirst();
        assertThat(sent.offload()).isEqualTo(large(way.serverHeader(), way.server));
        Read read = Read.of(finished(sent)).sound();
        assertThat(read.body()).endsWith(Packets.bytes(30_000)).hasSize(30_020);
        assertThat(read.source()).isEqualTo(way.local);

        frame = Packets.from(way.server, way.local).tcp(80, port, Packets.ACK, Packets.bytes(30_000));
        lab.server(partial(frame, way.serverHeader(), way.server, way.local), large(way.serverHeader(), way.server));
        sent = lab.eth0.takeSent().getFirst();
        assertThat(sent.offload()).isEqualTo(large(way.clientHeader(), way.client));
        assertThat(Read.of(finished(sent)).sound().body()).endsWith(Packets.bytes(30_000)).hasSize(30_020);
    }

    private static Offload large(int header, String of) {
        int type = VirtioNetHeader.GSO_ECN
                | (IpAddress.parse(of).isV4() ? VirtioNetHeader.GSO_TCPV4 : VirtioNetHeader.GSO_TCPV6);
        return new Offload(VirtioNetHeader.NEEDS_CSUM, type, 14 + header + 20, 1440, 14 + header, 16);
    }

    /** With the pseudo-header's sum alone in its checksum field. */
    private static byte[] partial(byte[] frame, int header, String source, String destination) {
        byte[] copy = frame.clone();
        int sum = Packets.pseudoHeaderSum(IpAddress.parse(source), IpAddress.parse(destination), Packets.TCP,
                frame.length - 14 - header);
        while (sum >>> 16 != 0) {
            sum = (sum & 0xffff) + (sum >>> 16);
        }
        ByteBuffer.wrap(copy).putShort(14 + header + 16, (short) sum);
        return copy;
    }

    /** What the last hop makes of a frame: its checksum complete. */
    private static byte[] finished(MemoryPort.Copy copy) {
        byte[] frame = copy.frame().clone();
        int start = copy.offload().checksumStart();
        int checksum = Packets.checksum(Packets.part(frame, start, frame.length), 0);
        ByteBuffer.wrap(frame).putShort(start + copy.offload().checksumOffset(), (short) checksum);
        return frame;
    }

    private static int segmentSize(byte[] frame) {
        Read read = Read.of(frame).sound();
        return read.u16(read.transport() + 23);
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void anAnnouncedSegmentSizeFitsBothFamilies(Way way) {
        try (Lab narrow = new Lab(new EngineOptions(100, 1, 0, true), 1400)) {
            TwoFamilies.service(narrow, Protocol.TCP, way);
            narrow.client(Packets.from(way.client, way.vip).syn(40000, 80, Packets.SYN, 9000));
            byte[] syn = narrow.toServers().getFirst();
            int most = Math.min(1500 - way.clientHeader(), 1400 - way.serverHeader()) - 20;
            assertThat(segmentSize(syn)).isEqualTo(most);
            int port = Read.of(syn).sourcePort();
            narrow.server(Packets.from(way.server, way.local).syn(80, port, Packets.SYN | Packets.ACK, 9000));
            assertThat(segmentSize(narrow.toClients().getFirst())).isEqualTo(most);
            narrow.server(Packets.from(way.server, way.local).syn(80, port, Packets.SYN | Packets.ACK, 1000));
            assertThat(segmentSize(narrow.toClients().getFirst())).isEqualTo(1000);
        }
    }

    @Test
    void whatFitsNoMoreAsIpv6IsRefusedWithTheMtuThatIpv4Has() {
        TwoFamilies.service(lab, Protocol.UDP, Way.V4_TO_V6);
        byte[] frame = Packets.from(Lab.CLIENT, Lab.VIP).udp(40000, 80, Packets.bytes(1481 - 20 - UDP_HEADER));
        lab.client(frame);
        assertThat(lab.toServers()).isEmpty();
        Read error = Read.of(lab.toClients().getFirst()).sound();
        assertThat(error.body()).startsWith(3, 4);
        assertThat(error.u16(error.transport() + 6)).isEqualTo(1480);
        assertThat(lab.engine.counters().dropped(DropReason.TOO_BIG)).isEqualTo(1);
        lab.client(Packets.from(Lab.CLIENT, Lab.VIP).udp(40000, 80, Packets.bytes(1480 - 20 - UDP_HEADER)));
        assertThat(lab.toServers()).hasSize(1);
    }

    @Test
    void whatFitsNoMoreAsIpv4IsRefusedWithTheMtuThatIpv6Has() {
        try (Lab narrow = new Lab(new EngineOptions(100, 1, 0, true), 1300)) {
            TwoFamilies.service(narrow, Protocol.UDP, Way.V6_TO_V4);
            narrow.client(Packets.from(Lab.CLIENT6, Lab.VIP6).udp(40000, 80, Packets.bytes(1301 - 20 - UDP_HEADER)));
            assertThat(narrow.toServers()).isEmpty();
            Read error = Read.of(narrow.toClients().getFirst()).sound();
            assertThat(error.body()).startsWith(2, 0);
            assertThat(ByteBuffer.wrap(error.body()).getInt(4)).isEqualTo(1320);
        }
    }

    /** No IPv6 sender makes its packets smaller than 1280, so the director cuts them for a path of IPv4 that needs it. */
    @Test
    void forAPathNarrowerThanIpv6AllowsTheDirectorCuts() {
        try (Lab narrow = new Lab(new EngineOptions(100, 1, 0, true), 1000)) {
            TwoFamilies.service(narrow, Protocol.UDP, Way.V6_TO_V4);
            narrow.client(Packets.from(Lab.CLIENT6, Lab.VIP6).udp(40000, 80, Packets.bytes(1400)));
            Read error = Read.of(narrow.toClients().getFirst()).sound();
            assertThat(ByteBuffer.wrap(error.body()).getInt(4)).isEqualTo(1280);
            narrow.client(Packets.from(Lab.CLIENT6, Lab.VIP6).udp(40000, 80, Packets.bytes(1280 - 48)));
            assertThat(joinedV4(narrow.toServers())).endsWith(Packets.bytes(1280 - 48)).hasSize(1240);
        }
    }

    private static byte[] joinedV4(List<byte[]> fragments) {
        byte[] body = {};
        int identification = Read.of(fragments.getFirst()).u16(18);
        for (byte[] fragment : fragments) {
            Read read = Read.of(fragment).sound();
            assertThat(read.u16(18)).isEqualTo(identification).isNotZero();
            int offset = (read.fragment() & 0x1fff) * 8;
            body = Arrays.copyOf(body, Math.max(body.length, offset + read.body().length));
            System.arraycopy(read.body(), 0, body, offset, read.body().length);
        }
        return body;
    }

    /** Fragments of one IPv6 datagram, put together; each is at most {@code limit} bytes of packet. */
    private static byte[] joinedV6(List<byte[]> fragments, int limit) {
        byte[] body = {};
        for (int i = 0; i < fragments.size(); i++) {
            byte[] fragment = fragments.get(i);
            assertThat(fragment.length).isLessThanOrEqualTo(14 + limit);
            assertThat(fragment[20]).as("next header").isEqualTo((byte) 44);
            assertThat(Packets.part(fragment, 58, 62)).isEqualTo(Packets.part(fragments.getFirst(), 58, 62));
            ByteBuffer header = ByteBuffer.wrap(fragment, 54, 8).slice();
            assertThat(header.get(0)).isEqualTo((byte) Packets.UDP);
            int field = header.getShort(2) & 0xffff;
            assertThat(field & 1).isEqualTo(i + 1 < fragments.size() ? 1 : 0);
            int offset = field & ~7;
            body = Arrays.copyOf(body, Math.max(body.length, offset + fragment.length - 62));
            System.arraycopy(fragment, 62, body, offset, fragment.length - 62);
        }
        return body;
    }

    private static byte[] datagram(String source, int sourcePort, String destination, int length) {
        return Packets.from(source, destination).udpDatagram(sourcePort, 80, Packets.bytes(length));
    }

    @Test
    void whatMayBeCutIsCutIntoIpv6FragmentsOfTheDirectors() {
        TwoFamilies.service(lab, Protocol.UDP, Way.V4_TO_V6);
        lab.client(Packets.from(Lab.CLIENT, Lab.VIP).mayFragment().udp(40000, 80, Packets.bytes(1470)));
        List<byte[]> first = lab.toServers();
        assertThat(first).hasSize(2);
        byte[] body = joinedV6(first, 1500);
        int port = ByteBuffer.wrap(body).getShort(0) & 0xffff;
        assertThat(body).isEqualTo(datagram(Way.V4_TO_V6.local, port, Lab.SERVER6, 1470));
        lab.client(Packets.from(Lab.CLIENT, Lab.VIP).mayFragment().udp(40000, 80, Packets.bytes(1470)));
        assertThat(Packets.part(lab.toServers().getFirst(), 58, 62)).as("identification")
                .isNotEqualTo(Packets.part(first.getFirst(), 58, 62));
    }

    private static List<byte[]> fragments(String from, String to, byte[] whole, int... cuts) {
        return java.util.stream.IntStream.rangeClosed(0, cuts.length).mapToObj(i -> {
            int begin = i == 0 ? 0 : cuts[i - 1];
            int end = i == cuts.length ? whole.length : cuts[i];
            byte[] part = Packets.part(whole, begin, end);
            if (IpAddress.parse(from).isV4()) {
                return Packets.from(from, to).fragment(7, begin, end < whole.length).frame(Packets.UDP, part);
            }
            ByteBuffer body = ByteBuffer.allocate(8 + part.length);
            body.put((byte) Packets.UDP).put((byte) 0).putShort((short) (begin | (end < whole.length ? 1 : 0)))
                    .putInt(777).put(part);
            return Packets.from(from, to).frame(44, body.array());
        }).toList();
    }

    @Test
    void whatCameInFragmentsOfIpv4GoesInFragmentsOfIpv6() {
        TwoFamilies.service(lab, Protocol.UDP, Way.V4_TO_V6);
        byte[] whole = datagram(Lab.CLIENT, 40000, Lab.VIP, 3992);
        fragments(Lab.CLIENT, Lab.VIP, whole, 1480, 2960).forEach(lab::client);
        byte[] body = joinedV6(lab.toServers(), 1500);
        int port = ByteBuffer.wrap(body).getShort(0) & 0xffff;
        assertThat(body).isEqualTo(datagram(Way.V4_TO_V6.local, port, Lab.SERVER6, 3992));

        fragments(Lab.CLIENT, Lab.VIP, datagram(Lab.CLIENT, 40000, Lab.VIP, 1000), 512).forEach(lab::client);
        assertThat(Read.of(lab.toServers().getFirst()).sound().body()).as("what fits goes whole").hasSize(1008);
    }

    @Test
    void whatCameInFragmentsOfIpv6GoesInFragmentsOfIpv4() {
        TwoFamilies.service(lab, Protocol.UDP, Way.V6_TO_V4);
        byte[] whole = datagram(Lab.CLIENT6, 40000, Lab.VIP6, 3992);
        fragments(Lab.CLIENT6, Lab.VIP6, whole, 1232, 2464).forEach(lab::client);
        List<byte[]> sent = lab.toServers();
        byte[] body = joinedV4(sent);
        int port = ByteBuffer.wrap(body).getShort(0) & 0xffff;
        assertThat(body).isEqualTo(datagram(Way.V6_TO_V4.local, port, Lab.SERVER, 3992));

        fragments(Lab.CLIENT6, Lab.VIP6, datagram(Lab.CLIENT6, 40000, Lab.VIP6, 1400), 1232).forEach(lab::client);
        Read joined = Read.of(lab.toServers().getFirst()).sound();
        assertThat(joined.body()).as("what fits goes whole").hasSize(1408);
        assertThat(joined.fragment()).as("its sender would cut it").isZero();
    }

    @Test
    void whenItsTimeIsUpTheSenderHearsItInItsOwnFamily() {
        int port = open(Protocol.UDP, Way.V4_TO_V6);
        lab.client(Packets.from(Lab.CLIENT, Lab.VIP).ttl(1).udp(40000, 80, Packets.bytes(9)));
        assertThat(Read.of(lab.toClients().getFirst()).sound().body()).startsWith(11, 0);
        lab.server(Packets.from(Lab.SERVER6, Way.V4_TO_V6.local).ttl(1).udp(80, port, Packets.bytes(9)));
        Read error = Read.of(lab.toServers().getFirst()).sound();
        assertThat(error.body()).startsWith(3, 0);
    }
}
