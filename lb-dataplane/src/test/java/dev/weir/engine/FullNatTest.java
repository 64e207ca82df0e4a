package dev.weir.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.service.Forwarding;
import dev.weir.service.Protocol;
import dev.weir.service.RealServer;
import dev.weir.service.ServiceException;
import dev.weir.service.ServiceKey;
import dev.weir.wire.IpAddress;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Under FULLNAT a server talks to a local address of the director, and the client to the virtual address. */
class FullNatTest {
    private static final String LOCAL = "192.168.0.101";
    private static final String LOCAL6 = "2001:db8:5::65";
    private final Lab lab = new Lab();

    @AfterEach
    void close() {
        lab.close();
    }

    private void service(Protocol protocol, String vip, String server, String local) {
        lab.routes.address("eth1", IpAddress.parse(local), IpAddress.parse(local).isV4() ? 32 : 128);
        lab.service(protocol, vip, 80, Forwarding.FULL_NAT, server);
        try {
            lab.services.addLocalAddress(Lab.key(protocol, vip, 80), IpAddress.parse(local));
        } catch (ServiceException e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] packet(Protocol protocol, String from, int fromPort, String to, int toPort, int flags) {
        Packets packet = Packets.from(from, to);
        byte[] payload = {1, 2, 3};
        return switch (protocol) {
            case TCP -> packet.tcp(fromPort, toPort, flags, flags == Packets.SYN ? new byte[0] : payload);
            case UDP -> packet.udp(fromPort, toPort, payload);
            case SCTP -> packet.sctp(fromPort, toPort, Packets.chunks(flags == Packets.SYN ? 1 : 0));
        };
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void bothEndsAreRewrittenBothWays(Protocol protocol) {
        service(protocol, Lab.VIP, Lab.SERVER, LOCAL);
        converse(protocol, Lab.CLIENT, Lab.VIP, Lab.SERVER, LOCAL);
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void bothEndsAreRewrittenBothWaysOverIpv6(Protocol protocol) {
        service(protocol, Lab.VIP6, Lab.SERVER6, LOCAL6);
        converse(protocol, Lab.CLIENT6, Lab.VIP6, Lab.SERVER6, LOCAL6);
    }

    private void converse(Protocol protocol, String client, String vip, String server, String local) {
        lab.client(packet(protocol, client, 40000, vip, 80, Packets.SYN));
        Read request = Read.of(lab.toServers().getFirst()).sound();
        assertThat(request.source()).isEqualTo(local);
        assertThat(request.destination()).isEqualTo(server);
        assertThat(request.destinationPort()).isEqualTo(80);
        int port = request.sourcePort();
        assertThat(port).isBetween(1024, 65535);
        lab.server(packet(protocol, server, 80, local, port, Packets.SYN | Packets.ACK));
        Read answer = Read.of(lab.toClients().getFirst()).sound();
        assertThat(answer.source()).isEqualTo(vip);
        assertThat(answer.sourcePort()).isEqualTo(80);
        assertThat(answer.destination()).isEqualTo(client);
        assertThat(answer.destinationPort()).isEqualTo(40000);
        lab.client(packet(protocol, client, 40000, vip, 80, Packets.ACK));
        assertThat(Read.of(lab.toServers().getFirst()).sound().sourcePort()).isEqualTo(port);
    }

    @Test
    void errorsAboutAConnectionConcernTheirReceiversEnd() {
        service(Protocol.TCP, Lab.VIP, Lab.SERVER, LOCAL);
        lab.client(packet(Protocol.TCP, Lab.CLIENT, 40000, Lab.VIP, 80, Packets.SYN));
        byte[] toServer = lab.toServers().getFirst();
        int port = Read.of(toServer).sourcePort();
        lab.server(Packets.from("192.168.0.1", LOCAL).icmp(3, 4, 1400, Arrays.copyOfRange(toServer, 14, 42)));
        Read error = Read.of(lab.toClients().getFirst()).sound();
        assertThat(error.source()).isEqualTo(Lab.VIP);
        assertThat(error.destination()).isEqualTo(Lab.CLIENT);
        Read quoted = new Read(error.frame(), error.transport() + 8);
        assertThat(quoted.source()).isEqualTo(Lab.CLIENT);
        assertThat(quoted.destination()).isEqualTo(Lab.VIP);
        assertThat(quoted.sourcePort()).isEqualTo(40000);
        lab.server(packet(Protocol.TCP, Lab.SERVER, 80, LOCAL, port, Packets.SYN | Packets.ACK));
        byte[] toClient = lab.toClients().getFirst();
        lab.client(Packets.from("172.25.254.1", Lab.VIP).icmp(3, 4, 1400, Arrays.copyOfRange(toClient, 14, 42)));
        error = Read.of(lab.toServers().getFirst()).sound();
        assertThat(error.source()).isEqualTo(LOCAL);
        assertThat(error.destination()).isEqualTo(Lab.SERVER);
        quoted = new Read(error.frame(), error.transport() + 8);
        assertThat(quoted.source()).isEqualTo(Lab.SERVER);
        assertThat(quoted.destination()).isEqualTo(LOCAL);
        assertThat(quoted.destinationPort()).isEqualTo(port);
    }

    @Test
    void everyConnectionToAServerHasItsOwnPort() {
        service(Protocol.TCP, Lab.VIP, Lab.SERVER, LOCAL);
        Set<Integer> ports = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            lab.client(packet(Protocol.TCP, Lab.CLIENT, 20000 + i, Lab.VIP, 80, Packets.SYN));
            ports.add(Read.of(lab.toServers().getFirst()).sourcePort());
        }
        assertThat(ports).hasSize(1000);
        assertThat(lab.engine.localUse()).singleElement().extracting(LocalUse::used).isEqualTo(1000);
    }

    /** The host's answers do not pass Weir: so it gets what came, and answers from the virtual address and port. */
    @Test
    void aServerThatIsTheDirectorNeedsTheServicesOwnPort() throws ServiceException {
        service(Protocol.TCP, Lab.VIP, "192.168.0.100", LOCAL);
        byte[] syn = packet(Protocol.TCP, Lab.CLIENT, 40000, Lab.VIP, 80, Packets.SYN);
        lab.client(syn);
        assertThat(lab.toHost()).containsExactly(syn);
        ServiceKey key = Lab.key(Protocol.TCP, Lab.VIP, 80);
        RealServer.Settings settings = new RealServer.Settings(Forwarding.FULL_NAT, 1, 0, 0);
        lab.services.addServer(key, IpAddress.parse("192.168.0.100"), 8080, settings);
        lab.services.deleteServer(key, IpAddress.parse("192.168.0.100"), 80);
        lab.client(packet(Protocol.TCP, Lab.CLIENT, 40001, Lab.VIP, 80, Packets.SYN));
        assertThat(lab.toHost()).isEmpty();
        assertThat(lab.engine.counters().dropped(DropReason.LOCAL_NODE_PORT)).isEqualTo(1);
    }

    @Test
    void withoutALocalAddressNothingIsForwardedAndThatIsCounted() {
        lab.service(Protocol.TCP, Lab.VIP, 80, Forwarding.FULL_NAT, Lab.SERVER);
        lab.client(packet(Protocol.TCP, Lab.CLIENT, 40000, Lab.VIP, 80, Packets.SYN));
        assertThat(lab.toServers()).isEmpty();
        assertThat(lab.engine.counters().dropped(DropReason.NO_LOCAL_PORT)).isEqualTo(1);
        assertThat(lab.engine.connectionCount()).isZero();
    }
}
