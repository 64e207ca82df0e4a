package dev.weir.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.service.Forwarding;
import dev.weir.service.Protocol;
import dev.weir.service.ServiceException;
import dev.weir.wire.IpAddress;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What becomes of a packet beyond what the kernel's recordings show. */
class ForwardingTest {
    private final Lab lab = new Lab();

    @AfterEach
    void close() {
        lab.close();
    }

    private static byte[] syn(int port) {
        return Packets.from(Lab.CLIENT, Lab.VIP).tcp(port, 80, Packets.SYN, new byte[0]);
    }

    @Test
    void aTaggedFrameKeepsItsTag() {
        lab.service(Protocol.TCP, Lab.VIP, 80, Forwarding.MASQUERADE, Lab.SERVER);
        lab.client(Packets.from(Lab.CLIENT, Lab.VIP).vlan(10).tcp(40000, 80, Packets.SYN, new byte[0]));
        Read sent = Read.of(lab.toServers().getFirst()).sound();
        assertThat(sent.u16(12)).isEqualTo(0x8100);
        assertThat(sent.u16(14)).isEqualTo(10);
        assertThat(sent.destination()).isEqualTo(Lab.SERVER);
    }

    @Test
    void anErrorAboutATaggedFrameBearsTheTag() {
        lab.service(Protocol.TCP, Lab.VIP, 80, Forwarding.DIRECT_ROUTING);
        lab.client(Packets.from(Lab.CLIENT, Lab.VIP).vlan(10).tcp(40000, 80, Packets.SYN, new byte[0]));
        Read error = Read.of(lab.toClients().getFirst()).sound();
        assertThat(error.u16(14)).isEqualTo(10);
        assertThat(error.body()[0]).isEqualTo((byte) 3);
    }

    @Test
    void withoutAServerTheClientIsToldPortUnreachable() {
        lab.service(Protocol.TCP, Lab.VIP, 80, Forwarding.DIRECT_ROUTING);
        lab.service(Protocol.TCP, Lab.VIP6, 80, Forwarding.DIRECT_ROUTING);
        lab.client(syn(40000)).client(Packets.from(Lab.CLIENT6, Lab.VIP6).tcp(40000, 80, Packets.SYN, new byte[0]));
        List<byte[]> errors = lab.toClients();
        assertThat(Read.of(errors.get(0)).sound().body()).startsWith(3, 3);
        assertThat(Read.of(errors.get(1)).sound().body()).startsWith(1, 4);
        assertThat(lab.engine.counters().dropped(DropReason.NO_SERVER)).isEqualTo(2);
    }

    @Test
    void framesWaitForTheirNeighbourAndGoInOrder() {
        lab.service(Protocol.TCP, Lab.VIP, 80, Forwarding.DIRECT_ROUTING, "192.168.0.66");
        lab.client(syn(40000)).client(syn(40001));
        assertThat(lab.toServers()).isEmpty();
        assertThat(lab.routes.solicited()).extracting(n -> n.address().toString()).contains("192.168.0.66");
        assertThat(lab.engine.waiting()).isEqualTo(2);

        lab.routes.neighbour(IpAddress.parse("192.168.0.66"), "eth1", 0x0200_0000_0542L);
        lab.pass(0.1);
        assertThat(lab.toServers()).hasSize(2).allMatch(frame -> frame[5] == 0x42);
        assertThat(lab.accountedFor()).isEqualTo(2);
    }

    @Test
    void framesForANeighbourThatNeverAnswersAreDropped() {
        lab.service(Protocol.TCP, Lab.VIP, 80, Forwarding.DIRECT_ROUTING, "192.168.0.66");
        for (int i = 0; i < 40; i++) {
            lab.client(syn(40000 + i));
        }
        assertThat(lab.engine.counters().dropped(DropReason.NEIGHBOUR_QUEUE_FULL)).isEqualTo(8);
        lab.pass(3.1);
        assertThat(lab.engine.counters().dropped(DropReason.NEIGHBOUR_UNRESOLVED)).isEqualTo(32);
        assertThat(lab.toServers()).isEmpty();
    }

    @Test
    void aServerWithANewMacIsFoundByTheNextPacket() {
        lab.service(Protocol.TCP, Lab.VIP, 80, Forwarding.DIRECT_ROUTING, Lab.SERVER);
        lab.client(syn(40000));
        lab.routes.neighbour(IpAddress.parse(Lab.SERVER), "eth1", 0x0200_0000_0577L);
        lab.client(syn(40000));
        assertThat(lab.toServers()).extracting(frame -> frame[5]).containsExactly((byte) 0x0a, (byte) 0x77);
    }

    @Test
    void aRouteThatChangesMovesLivingConnections() {
        lab.service(Protocol.TCP, Lab.VIP, 80, Forwarding.IPIP, "10.10.1.1");
        lab.routes.route(IpAddress.parse("10.10.0.0"), 16, IpAddress.parse(Lab.SERVER), "eth1");
        lab.client(syn(40000));
        assertThat(lab.toServers()).hasSize(1);
        lab.routes.route(IpAddress.parse("10.10.1.0"), 24, IpAddress.parse(Lab.CLIENT), "eth0");
        lab.client(syn(40000));
        assertThat(lab.toServers()).isEmpty();
        assertThat(lab.toClients()).hasSize(1);
    }

    @Test
    void withoutARouteTheClientIsToldHostUnreachable() {
        lab.service(Protocol.TCP, Lab.VIP, 80, Forwarding.DIRECT_ROUTING, "10.10.1.1");
        lab.client(syn(40000));
        assertThat(Read.of(lab.toClients().getFirst()).sound().body()).startsWith(3, 1);
        assertThat(lab.engine.counters().dropped(DropReason.NO_ROUTE)).isEqualTo(1);
    }

    @Test
    void aFullTableIsACountedRefusal() {
        try (Lab small = new Lab(new EngineOptions(2, 1, 0, true), 1500)) {
            small.service(Protocol.UDP, Lab.VIP, 80, Forwarding.DIRECT_ROUTING, Lab.SERVER);
            small.client(datagram(1)).client(datagram(2)).client(datagram(3)).client(datagram(2));
            assertThat(small.toServers()).hasSize(3);
            assertThat(small.engine.counters().dropped(DropReason.TABLE_FULL)).isEqualTo(1);
            small.pass(301);
            small.client(datagram(3));
            assertThat(small.toServers()).hasSize(1);
        }
    }

    private static byte[] datagram(int port) {
        return Packets.from(Lab.CLIENT, Lab.VIP).udp(port, 80, new byte[1]);
    }

    @Test
    void aRemovedServersPacketsWaitForItsReturnInSilence() throws ServiceException {
        lab.service(Protocol.TCP, Lab.VIP, 80, Forwarding.MASQUERADE, Lab.SERVER);
        lab.client(syn(40000));
        lab.services.deleteServer(Lab.key(Protocol.TCP, Lab.VIP, 80), IpAddress.parse(Lab.SERVER), 8080);
        lab.client(syn(40000));
        assertThat(lab.toServers()).hasSize(1);
        assertThat(lab.toClients()).isEmpty();
        assertThat(lab.engine.counters().dropped(DropReason.SERVER_GONE)).isEqualTo(1);
    }

    @Test
    void aRouterBehindTheTunnelTeachesTheDirectorItsMtuAndTheClientToo() {
        lab.service(Protocol.TCP, Lab.VIP, 80, Forwarding.IPIP, Lab.SERVER);
        lab.client(syn(40000));
        byte[] big = Packets.from(Lab.CLIENT, Lab.VIP).tcp(40000, 80, Packets.ACK, Packets.bytes(1400));
        lab.client(big);
        byte[] tunnelled = lab.toServers().getLast();
        lab.server(Packets.from("192.168.0.1", "192.168.0.100").icmp(3, 4, 1400,
                Packets.part(tunnelled, 14, 14 + 20 + 28)));

        Read error = Read.of(lab.toClients().getFirst()).sound();
        assertThat(error.body()).startsWith(3, 4);
        assertThat(ByteBuffer.wrap(error.body()).getShort(6)).isEqualTo((short) 1380);
        lab.client(big);
        assertThat(lab.toServers()).isEmpty();
        assertThat(ByteBuffer.wrap(Read.of(lab.toClients().getFirst()).body()).getShort(6)).isEqualTo((short) 1380);

        lab.pass(602);
        lab.client(big);
        assertThat(lab.toServers()).as("the lesson is forgotten after ten minutes").hasSize(1);
    }

    @Test
    void aForgedPathMtuCannotCloseTheTunnel() {
        lab.service(Protocol.TCP, Lab.VIP, 80, Forwarding.IPIP, Lab.SERVER);
        lab.client(syn(40000));
        byte[] tunnelled = lab.toServers().getLast();
        lab.server(Packets.from("192.168.0.1", "192.168.0.100").icmp(3, 4, 20,
                Packets.part(tunnelled, 14, 14 + 20 + 28)));

        assertThat(ByteBuffer.wrap(Read.of(lab.toClients().getFirst()).body()).getShort(6)).isEqualTo((short) 532);
        lab.client(syn(40000));
        assertThat(lab.toServers()).hasSize(1);
    }

    @Test
    void noErrorIsSentAboutAnErrorNorMoreThanAllowed() {
        try (Lab limited = new Lab(new EngineOptions(100, 1, 5, true), 1500)) {
            limited.service(Protocol.TCP, Lab.VIP, 80, Forwarding.DIRECT_ROUTING);
            for (int i = 0; i < 50; i++) {
                limited.client(syn(i));
            }
            assertThat(limited.toClients()).hasSize(5);
            limited.pass(0.5);
            for (int i = 0; i < 50; i++) {
                limited.client(syn(i));
            }
            assertThat(limited.toClients()).hasSize(2);
            assertThat(limited.accountedFor()).isEqualTo(100);
        }
    }

    /** Two directors that are each other's servers, and both masters: the packet must not go round. */
    @Test
    void whatComesFromTheServerThatItWouldGoToIsForThisHostWhereThatIsAServerToo() {
        lab.service(Protocol.TCP, Lab.VIP, 80, Forwarding.DIRECT_ROUTING, "192.168.0.100", Lab.SERVER);
        byte[] frame = Packets.from(Lab.CLIENT, Lab.VIP).tcp(40000, 80, Packets.SYN, new byte[0]);
        System.arraycopy(new byte[]{2, 0, 0, 0, 5, 0x0a}, 0, frame, 6, 6);
        lab.server(frame);
        assertThat(lab.toServers()).isEmpty();
        assertThat(lab.host1.takeSent()).hasSize(1);
        assertThat(lab.engine.connections()).isEmpty();
    }

    @Test
    void aServerThatIsTheClientsGatewayGetsItsPacketsBack() {
        lab.service(Protocol.TCP, Lab.VIP, 80, Forwarding.DIRECT_ROUTING, Lab.SERVER);
        byte[] frame = Packets.from(Lab.CLIENT, Lab.VIP).tcp(40000, 80, Packets.SYN, new byte[0]);
        System.arraycopy(new byte[]{2, 0, 0, 0, 5, 0x0a}, 0, frame, 6, 6);
        lab.server(frame);
        assertThat(lab.toServers()).hasSize(1);
    }

    @Test
    void aMasqueradedLocalNodeNeedsTheServicesOwnPort() {
        lab.service(Protocol.TCP, Lab.VIP, 80, Forwarding.MASQUERADE, "192.168.0.100");
        lab.service(Protocol.TCP, Lab.VIP, 81, Forwarding.DIRECT_ROUTING, "192.168.0.100");
        lab.client(syn(40000));
        assertThat(lab.engine.counters().dropped(DropReason.LOCAL_NODE_PORT)).isEqualTo(1);
        byte[] local = Packets.from(Lab.CLIENT, Lab.VIP).tcp(40000, 81, Packets.SYN, new byte[0]);
        lab.client(local);
        assertThat(lab.toHost()).containsExactly(local);
    }

    @Test
    void connectionsEndAfterTheirStatesTime() {
        lab.service(Protocol.TCP, Lab.VIP, 80, Forwarding.MASQUERADE, Lab.SERVER);
        lab.client(syn(40000));
        assertThat(lab.engine.connections().getFirst().state()).isEqualTo("SYN_RECV");
        lab.pass(59.5);
        assertThat(lab.engine.connections()).hasSize(1);
        lab.pass(0.6);
        assertThat(lab.engine.connections()).isEmpty();
        assertThat(lab.services.current().all().iterator().next().servers().getFirst().inactiveConnections()).isZero();
    }
}
