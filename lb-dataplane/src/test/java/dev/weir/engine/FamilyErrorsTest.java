package dev.weir.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.engine.TwoFamilies.Way;
import dev.weir.service.Protocol;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** ICMP errors about connections whose ends are of two families (RFC 7915 sections 4.2, 4.3, 5.2 and 5.3). */
class FamilyErrorsTest {
    private static final String ROUTER = "192.168.0.1";
    private static final String ROUTER6 = "2001:db8:5::1";
    private final Lab lab = new Lab();

    @AfterEach
    void close() {
        lab.close();
    }

    /** What the server got of a client's first packet. */
    private byte[] request(Protocol protocol, Way way) {
        TwoFamilies.service(lab, protocol, way);
        byte[] payload = Packets.bytes(100);
        Packets packet = Packets.from(way.client, way.vip);
        lab.client(switch (protocol) {
            case TCP -> packet.tcp(40000, 80, Packets.SYN, payload);
            case UDP -> packet.udp(40000, 80, payload);
            case SCTP -> packet.sctp(40000, 80, Packets.chunks(1));
        });
        return lab.toServers().getFirst();
    }

    private static byte[] quote(byte[] frame) {
        return Packets.part(frame, 14, frame.length);
    }

    private static int rest(Read error) {
        return ByteBuffer.wrap(error.body()).getInt(4);
    }

    @ParameterizedTest
    @CsvSource({"3,0,0,1,0,0", "3,1,0,1,0,0", "3,2,0,4,1,6", "3,3,0,1,4,0", "3,5,0,1,0,0", "3,6,0,1,0,0",
            "3,7,0,1,0,0", "3,8,0,1,0,0", "3,9,0,1,1,0", "3,10,0,1,1,0", "3,11,0,1,0,0", "3,12,0,1,0,0",
            "3,13,0,1,1,0", "3,15,0,1,1,0", "3,4,1400,2,0,1420", "3,4,1490,2,0,1500", "3,4,600,2,0,1280",
            "3,4,0,2,0,1280", "11,0,0,3,0,0", "11,1,0,3,1,0", "12,0,0x00000000,4,0,0", "12,0,0x01000000,4,0,1",
            "12,0,0x02000000,4,0,4", "12,0,0x03000000,4,0,4", "12,0,0x08000000,4,0,7", "12,0,0x09000000,4,0,6",
            "12,2,0x0c000000,4,0,8", "12,0,0x13000000,4,0,24"})
    void theErrorsOfIpv4HaveTheirCounterpartInIpv6(int type, int code, String rest, int type6, int code6, int rest6) {
        byte[] request = request(Protocol.TCP, Way.V6_TO_V4);
        lab.server(Packets.from(ROUTER, Way.V6_TO_V4.local).icmp(type, code, Integer.decode(rest), quote(request)));
        Read error = Read.of(lab.toClients().getFirst()).sound();
        assertThat(error.protocol()).isEqualTo(58);
        assertThat(error.body()).startsWith(type6, code6);
        assertThat(rest(error)).isEqualTo(rest6);
        assertThat(error.source()).isEqualTo(Lab.VIP6);
        assertThat(error.destination()).isEqualTo(Lab.CLIENT6);
    }

    @ParameterizedTest
    @CsvSource({"3,14,0", "3,16,0", "4,0,0", "11,2,0", "12,1,0", "12,0,0x04000000", "12,0,0x06000000",
            "12,0,0x0a000000", "12,0,0x14000000"})
    void whatIpv6HasNoWordForIsDropped(int type, int code, String rest) {
        byte[] request = request(Protocol.TCP, Way.V6_TO_V4);
        lab.server(Packets.from(ROUTER, Way.V6_TO_V4.local).icmp(type, code, Integer.decode(rest), quote(request)));
        assertThat(lab.toClients()).isEmpty();
        assertThat(lab.engine.counters().dropped(DropReason.UNTRANSLATABLE)).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"1,0,0,3,1,0", "1,1,0,3,10,0", "1,2,0,3,1,0", "1,3,0,3,1,0", "1,4,0,3,3,0", "2,0,1400,3,4,1380",
            "2,0,9000,3,4,1480", "2,0,0xffffffff,3,4,1480", "2,0,1000,3,4,1260", "3,0,0,11,0,0", "3,1,0,11,1,0",
            "4,1,6,3,2,0", "4,0,0,12,0,0x00000000", "4,0,1,12,0,0x01000000", "4,0,4,12,0,0x02000000",
            "4,0,5,12,0,0x02000000", "4,0,6,12,0,0x09000000", "4,0,7,12,0,0x08000000", "4,0,8,12,0,0x0c000000",
            "4,0,23,12,0,0x0c000000", "4,0,24,12,0,0x10000000", "4,0,39,12,0,0x10000000"})
    void theErrorsOfIpv6HaveTheirCounterpartInIpv4(int type, int code, String rest, int type4, int code4,
            String rest4) {
        byte[] request = request(Protocol.TCP, Way.V4_TO_V6);
        lab.server(Packets.from(ROUTER6, Way.V4_TO_V6.local).icmp(type, code, Long.decode(rest).intValue(),
                quote(request)));
        Read error = Read.of(lab.toClients().getFirst()).sound();
        assertThat(error.protocol()).isEqualTo(1);
        assertThat(error.body()).startsWith(type4, code4);
        assertThat(rest(error)).isEqualTo(Integer.decode(rest4));
        assertThat(error.source()).isEqualTo(Lab.VIP);
        assertThat(error.destination()).isEqualTo(Lab.CLIENT);
    }

    @ParameterizedTest
    @CsvSource({"1,5,0", "3,2,0", "4,0,2", "4,0,40", "4,0,-1", "4,2,0", "100,0,0"})
    void whatIpv4HasNoWordForIsDropped(int type, int code, int rest) {
        byte[] request = request(Protocol.TCP, Way.V4_TO_V6);
        lab.server(Packets.from(ROUTER6, Way.V4_TO_V6.local).icmp(type, code, rest, quote(request)));
        assertThat(lab.toClients()).isEmpty();
        assertThat(lab.engine.counters().dropped(DropReason.UNTRANSLATABLE)).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void theClientReadsItsOwnPacketInAnError(Way way) {
        byte[] request = request(Protocol.UDP, way);
        lab.server(Packets.from(way == Way.V6_TO_V4 ? ROUTER : ROUTER6, way.local).ttl(9)
                .icmp(way == Way.V6_TO_V4 ? 3 : 1, 1, 0, quote(request)));
        Read error = Read.of(lab.toClients().getFirst()).sound();
        assertThat(error.ttl()).isEqualTo(8);
        Read quoted = new Read(error.frame(), error.transport() + 8).sound();
        assertThat(quoted.source()).isEqualTo(way.client);
        assertThat(quoted.destination()).isEqualTo(way.vip);
        assertThat(quoted.body()).isEqualTo(Read.of(Packets.from(way.client, way.vip)
                .udp(40000, 80, Packets.bytes(100))).body());
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void theServerReadsItsOwnPacketInAnError(Way way) {
        int port = Read.of(request(Protocol.UDP, way)).sourcePort();
        lab.server(Packets.from(way.server, way.local).udp(80, port, Packets.bytes(50)));
        byte[] answer = lab.toClients().getFirst();
        lab.client(Packets.from(way.client, way.vip).icmp(way == Way.V6_TO_V4 ? 1 : 3, way == Way.V6_TO_V4 ? 4 : 3, 0,
                quote(answer)));
        Read error = Read.of(lab.toServers().getFirst()).sound();
        assertThat(error.body()).startsWith(way == Way.V6_TO_V4 ? 3 : 1, way == Way.V6_TO_V4 ? 3 : 4);
        assertThat(error.source()).isEqualTo(way.local);
        assertThat(error.destination()).isEqualTo(way.server);
        Read quoted = new Read(error.frame(), error.transport() + 8).sound();
        assertThat(quoted.source()).isEqualTo(way.server);
        assertThat(quoted.destination()).isEqualTo(way.local);
        assertThat(quoted.destinationPort()).isEqualTo(port);
    }

    /** Of TCP an IPv4 router need not quote more than the ports and the sequence number. */
    @Test
    void eightBytesAreEnough() {
        byte[] request = request(Protocol.TCP, Way.V6_TO_V4);
        lab.server(Packets.from(ROUTER, Way.V6_TO_V4.local).icmp(3, 1, 0, Packets.part(request, 14, 42)));
        Read error = Read.of(lab.toClients().getFirst()).sound();
        assertThat(error.body()).hasSize(8 + 40 + 8);
        Read quoted = new Read(error.frame(), error.transport() + 8);
        assertThat(quoted.u16(quoted.transport() - 36)).as("payload length as it was sent").isEqualTo(120);
        assertThat(Packets.part(quoted.body(), 4, 8)).isEqualTo(new byte[]{0, 0, 3, (byte) 0xe8});
    }

    @Test
    void aMessageNeverGetsLongerThanItsFamilyAllows() {
        TwoFamilies.service(lab, Protocol.UDP, Way.V6_TO_V4);
        lab.client(Packets.from(Lab.CLIENT6, Lab.VIP6).udp(40000, 80, Packets.bytes(1400)));
        byte[] request = lab.toServers().getFirst();
        lab.server(Packets.from(ROUTER, Way.V6_TO_V4.local).icmp(3, 1, 0, quote(request)));
        assertThat(Read.of(lab.toClients().getFirst()).sound().frame()).hasSize(14 + 1280);
        TwoFamilies.service(lab, Protocol.UDP, Way.V4_TO_V6);
        lab.client(Packets.from(Lab.CLIENT, Lab.VIP).udp(40000, 80, Packets.bytes(1200)));
        request = lab.toServers().getFirst();
        lab.server(Packets.from(ROUTER6, Way.V4_TO_V6.local).icmp(1, 0, 0, Packets.part(request, 14, 1200)));
        assertThat(Read.of(lab.toClients().getFirst()).sound().frame()).hasSize(14 + 576);
    }

    /** RFC 4884: what is said beside the packet quoted has no length of its own in the other family, and is left off. */
    @Test
    void extensionsAreLeftOff() {
        byte[] request = request(Protocol.TCP, Way.V6_TO_V4);
        byte[] extended = Arrays.copyOf(Packets.part(request, 14, 14 + 128), 128 + 12);
        extended[128] = 0x20;
        lab.server(Packets.from(ROUTER, Way.V6_TO_V4.local).icmp(11, 0, 32 << 16, extended));
        Read error = Read.of(lab.toClients().getFirst()).sound();
        assertThat(rest(error)).isZero();
        assertThat(error.body()).hasSize(8 + 40 + 108);
    }

    @ParameterizedTest
    @ValueSource(ints = {1280, 1300, 1000})
    void aPathThatIsNarrowerIsLearnedSoThatTheDirectorCutsForIt(int mtu) {
        byte[] request = request(Protocol.UDP, Way.V4_TO_V6);
        lab.server(Packets.from(ROUTER6, Way.V4_TO_V6.local).icmp(2, 0, mtu, quote(request)));
        lab.toClients();
        lab.client(Packets.from(Lab.CLIENT, Lab.VIP).mayFragment().udp(40000, 80, Packets.bytes(1400)));
        List<byte[]> fragments = lab.toServers();
        int most = Math.max(mtu, 1280);
        assertThat(fragments).hasSize(2);
        assertThat(fragments.getFirst().length - 14).isBetween(most - 7, most);
        lab.client(Packets.from(Lab.CLIENT, Lab.VIP).udp(40000, 80, Packets.bytes(1400)));
        assertThat(rest(Read.of(lab.toClients().getFirst()).sound())).isEqualTo(most - 20);
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void aWrongChecksumIsNotMadeARightOne(Way way) {
        byte[] request = request(Protocol.TCP, way);
        byte[] error = Packets.from(way == Way.V6_TO_V4 ? ROUTER : ROUTER6, way.local)
                .icmp(way == Way.V6_TO_V4 ? 3 : 1, 1, 0, quote(request));
        error[error.length - 1] ^= 1;
        lab.server(error);
        assertThat(lab.toClients()).isEmpty();
        assertThat(lab.engine.counters().dropped(DropReason.BAD_ICMP_CHECKSUM)).isEqualTo(1);
    }

    @Test
    void aParameterProblemBetweenTwoOfOneFamilyIsTheHosts() {
        TwoFamilies.service(lab, Protocol.TCP, Lab.VIP, Lab.SERVER, "192.168.0.101");
        lab.client(Packets.from(Lab.CLIENT, Lab.VIP).tcp(40000, 80, Packets.SYN, new byte[0]));
        byte[] request = lab.toServers().getFirst();
        lab.server(Packets.from(ROUTER, "192.168.0.101").icmp(12, 0, 0, quote(request)));
        assertThat(lab.toClients()).isEmpty();
        assertThat(lab.host1.takeSent()).hasSize(1);
    }
}
