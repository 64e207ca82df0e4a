package dev.weir.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.connection.ConnectionEntry;
import dev.weir.service.Forwarding;
import dev.weir.service.Protocol;
import dev.weir.service.ServiceException;
import dev.weir.service.SourceNat;
import dev.weir.wire.IpAddress;
import dev.weir.wire.IpPrefix;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What servers begin themselves leaves from an address of the director, and its answers come back to them. */
class SourceNatTest {
    private static final String OUTSIDE = "172.25.254.50";
    private static final String OUTSIDE6 = "2001:db8:c::50";
    private static final String REMOTE = Lab.CLIENT;
    private final Lab lab = new Lab(new EngineOptions(1 << 13, 42, 0, true), 1500);

    @BeforeEach
    void begin() throws ServiceException {
        lab.routes.address("eth0", IpAddress.parse(OUTSIDE), 32).address("eth0", IpAddress.parse(OUTSIDE6), 128);
        lab.services.sourceNats(List.of(new SourceNat(IpPrefix.parse("192.168.0.0/24"), IpPrefix.ALL_V4,
                List.of(IpAddress.parse(OUTSIDE))),
                new SourceNat(IpPrefix.parse("2001:db8:5::/64"), IpPrefix.ALL_V6, List.of(IpAddress.parse(OUTSIDE6)))));
    }

    @AfterEach
    void close() {
        lab.close();
    }

    @ParameterizedTest
    @EnumSource(value = Protocol.class, names = "SCTP", mode = EnumSource.Mode.EXCLUDE)
    void aServersOwnConnectionLeavesFromTheDirectorsAddress(Protocol protocol) {
        boolean tcp = protocol == Protocol.TCP;
        Packets out = Packets.from(Lab.SERVER, REMOTE);
        lab.server(tcp ? out.tcp(5000, 443, Packets.SYN, new byte[0]) : out.udp(5000, 443, new byte[]{1}));
        Read sent = Read.of(lab.toClients().getFirst()).sound();
        assertThat(sent.source()).isEqualTo(OUTSIDE);
        assertThat(sent.destination()).isEqualTo(REMOTE);
        assertThat(sent.destinationPort()).isEqualTo(443);
        assertThat(sent.ttl()).isEqualTo(63);
        int port = sent.sourcePort();
        Packets back = Packets.from(REMOTE, OUTSIDE);
        lab.client(tcp
                ? back.tcp(443, port, Packets.SYN | Packets.ACK, new byte[0])
                : back.udp(443, port, new byte[]{2}));
        Read answer = Read.of(lab.toServers().getFirst()).sound();
        assertThat(answer.source()).isEqualTo(REMOTE);
        assertThat(answer.destination()).isEqualTo(Lab.SERVER);
        assertThat(answer.destinationPort()).isEqualTo(5000);
        assertThat(lab.engine.connections()).singleElement().extracting(ConnectionEntry::local)
                .isEqualTo(new ConnectionEntry.Local(IpAddress.parse(OUTSIDE), port));
    }

    private static byte[] echo(boolean request, String from, String to, int identifier, byte[] payload) {
        boolean v4 = IpAddress.parse(from).isV4();
        int type = v4 ? request ? 8 : 0 : request ? 128 : 129;
        return Packets.from(from, to).icmp(type, 0, identifier << 16 | 7, payload);
    }

    private static int identifier(Read echo) {
        return echo.u16(echo.transport() + 4);
    }

    /** The identifier stands for the port (RFC 5508 section 3.1). */
    @ParameterizedTest
    @CsvSource({Lab.SERVER + "," + REMOTE + "," + OUTSIDE, Lab.SERVER6 + "," + Lab.CLIENT6 + "," + OUTSIDE6})
    void aServersPingHasAnIdentifierOfTheDirectors(String server, String remote, String outside) {
        lab.server(echo(true, server, remote, 77, new byte[]{1, 2, 3}));
        lab.server(echo(true, server, remote, 78, new byte[]{1, 2, 3}));
        List<byte[]> all = lab.toClients();
        Read sent = Read.of(all.getFirst()).sound();
        assertThat(sent.source()).isEqualTo(outside);
        assertThat(sent.ttl()).isEqualTo(63);
        assertThat(sent.body()).endsWith(0, 7, 1, 2, 3);
        int identifier = identifier(sent);
        assertThat(identifier(Read.of(all.getLast()).sound())).isNotEqualTo(identifier);
        lab.client(echo(false, remote, outside, identifier, new byte[]{1, 2, 3}));
        Read answer = Read.of(lab.toServers().getFirst()).sound();
        assertThat(answer.source()).isEqualTo(remote);
        assertThat(answer.destination()).isEqualTo(server);
        assertThat(identifier(answer)).isEqualTo(77);
        lab.server(echo(true, server, remote, 77, new byte[]{1, 2, 3}));
        assertThat(identifier(Read.of(lab.toClients().getFirst()).sound())).as("the next of the same ping")
                .isEqualTo(identifier);
        assertThat(lab.engine.connections()).hasSize(2)
                .allSatisfy(entry -> assertThat(entry.protocolName()).isEqualTo("ICMP"));
        lab.pass(31);
        assertThat(lab.engine.connectionCount()).isZero();
        lab.client(echo(false, remote, outside, identifier, new byte[]{1, 2, 3}));
        assertThat(lab.toServers()).isEmpty();
        assertThat(lab.toHost()).as("nobody's").hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({Lab.SERVER + "," + REMOTE + "," + OUTSIDE + ",11",
            Lab.SERVER6 + "," + Lab.CLIENT6 + "," + OUTSIDE6 + ",3"})
    void anErrorAboutAPingComesBackToWhoAsked(String server, String remote, String outside, int type) {
        lab.server(echo(true, server, remote, 77, new byte[]{1, 2, 3}));
        byte[] sent = lab.toClients().getFirst();
        lab.client(Packets.from(remote, outside).icmp(type, 0, 0, Arrays.copyOfRange(sent, 14, sent.length)));
        Read error = Read.of(lab.toServers().getFirst()).sound();
        assertThat(error.destination()).isEqualTo(server);
        Read quoted = new Read(error.frame(), error.transport() + 8).sound();
        assertThat(quoted.source()).isEqualTo(server);
        assertThat(quoted.destination()).isEqualTo(remote);
        assertThat(identifier(quoted)).isEqualTo(77);
    }

    @Test
    void aPingInFragmentsLeavesInFragments() {
        byte[] whole = echo(true, Lab.SERVER, REMOTE, 77, Packets.bytes(2000));
        byte[] message = Packets.part(whole, 34, whole.length);
        lab.server(Packets.from(Lab.SERVER, REMOTE).fragment(9, 0, true).frame(1, Packets.part(message, 0, 1200)));
        lab.server(Packets.from(Lab.SERVER, REMOTE).fragment(9, 1200, false)
                .frame(1, Packets.part(message, 1200, message.length)));
        List<byte[]> sent = lab.toClients();
        assertThat(sent).hasSize(2).allSatisfy(frame -> assertThat(Read.of(frame).source()).isEqualTo(OUTSIDE));
    }

    @Test
    void pingsThatNoRuleNamesAreTheHosts() {
        lab.server(echo(true, Lab.SERVER, "192.168.0.100", 77, new byte[8]));
        lab.client(echo(true, REMOTE, OUTSIDE, 77, new byte[8]));
        lab.client(echo(true, REMOTE, Lab.SERVER, 77, new byte[8]));
        lab.server(echo(false, Lab.SERVER, REMOTE, 77, new byte[8]));
        assertThat(lab.engine.counters().handedBack()).isEqualTo(4);
        assertThat(lab.engine.connectionCount()).isZero();
    }

    @Test
    void whatBeginsNothingIsDroppedAndCounted() {
        lab.server(Packets.from(Lab.SERVER, REMOTE).tcp(5000, 443, Packets.ACK, new byte[0]));
        assertThat(lab.toClients()).isEmpty();
        assertThat(lab.engine.counters().dropped(DropReason.NOT_BEGUN)).isEqualTo(1);
    }

    @Test
    void whatIsNobodysAtTheOutsideAddressIsTheHosts() {
        lab.client(Packets.from(REMOTE, OUTSIDE).tcp(443, 22, Packets.SYN, new byte[0]));
        assertThat(lab.toHost()).hasSize(1);
    }

    @Test
    void answersOfAServiceStayItsAnswers() {
        lab.service(Protocol.TCP, Lab.VIP, 80, Forwarding.MASQUERADE, Lab.SERVER);
        lab.client(Packets.from(REMOTE, Lab.VIP).tcp(40000, 80, Packets.SYN, new byte[0])).toServers();
        lab.server(Packets.from(Lab.SERVER, REMOTE).tcp(8080, 40000, Packets.SYN | Packets.ACK, new byte[0]));
        assertThat(Read.of(lab.toClients().getFirst()).sound().source()).isEqualTo(Lab.VIP);
    }

    @Test
    void anErrorAboutItComesBackToWhoBegan() {
        lab.server(Packets.from(Lab.SERVER, REMOTE).tcp(5000, 443, Packets.SYN, new byte[0]));
        byte[] sent = lab.toClients().getFirst();
        lab.client(Packets.from("172.25.254.1", OUTSIDE).icmp(3, 1, 0, Arrays.copyOfRange(sent, 14, 42)));
        Read error = Read.of(lab.toServers().getFirst()).sound();
        assertThat(error.destination()).isEqualTo(Lab.SERVER);
        Read quoted = new Read(error.frame(), error.transport() + 8);
        assertThat(quoted.source()).isEqualTo(Lab.SERVER);
        assertThat(quoted.sourcePort()).isEqualTo(5000);
        assertThat(quoted.destination()).isEqualTo(REMOTE);
    }

    @Test
    void whoeverBeganHearsOfAnExpiredTtlFromTheDirectorItself() {
        lab.server(Packets.from(Lab.SERVER, REMOTE).ttl(1).tcp(5000, 443, Packets.SYN, new byte[0]));
        Read error = Read.of(lab.toServers().getFirst()).sound();
        assertThat(error.source()).isEqualTo("192.168.0.100");
        assertThat(error.body()).startsWith(11, 0);
    }

    @Test
    void whomServersSpokeToLongAgoIsForgotten() {
        for (int i = 0; i < 5000; i++) {
            lab.server(Packets.from(Lab.SERVER, "172.25." + (i >> 8) + "." + (i & 255)).udp(5000, 53, new byte[]{1}));
        }
        assertThat(lab.engine.localUse()).hasSize(5000);
        lab.pass(302);
        assertThat(lab.engine.connectionCount()).isZero();
        assertThat(lab.engine.localUse()).as("the servers may remember them").isNotEmpty();
        lab.pass(63);
        assertThat(lab.engine.localUse()).isEmpty();
    }

    @Test
    void onlyWhereItsRuleLeads() throws ServiceException {
        lab.services.sourceNats(List.of(new SourceNat(IpPrefix.parse("192.168.0.0/24"),
                IpPrefix.parse("198.51.100.0/24"), List.of(IpAddress.parse(OUTSIDE)))));
        lab.server(Packets.from(Lab.SERVER, REMOTE).tcp(5000, 443, Packets.SYN, new byte[0]));
        assertThat(lab.toClients()).isEmpty();
        assertThat(lab.engine.counters().handedBack()).isEqualTo(1);
    }
}
