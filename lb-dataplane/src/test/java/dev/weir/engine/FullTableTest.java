package dev.weir.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.connection.ConnectionEntry;
import dev.weir.service.Forwarding;
import dev.weir.service.Protocol;
import dev.weir.service.RealServer;
import dev.weir.service.ServiceException;
import dev.weir.wire.IpAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who goes, and who does not come in, where the connection table is full. */
class FullTableTest {
    private static Lab lab(int connections) {
        return new Lab(new EngineOptions(connections, 42, 0, true), 1500)
                .service(Protocol.TCP, Lab.VIP, 80, Forwarding.MASQUERADE, Lab.SERVER)
                .service(Protocol.TCP, Lab.VIP, 81, 300, -1, Forwarding.MASQUERADE, Lab.SERVER);
    }

    private static void send(Lab lab, int port, int flags) {
        send(lab, port, 80, flags);
    }

    private static void send(Lab lab, int port, int virtualPort, int flags) {
        lab.client(Packets.from(Lab.CLIENT, Lab.VIP).tcp(port, virtualPort, flags, new byte[0]));
    }

    private static List<Integer> ports(Lab lab) {
        return lab.engine.connections().stream().map(ConnectionEntry::clientPort).sorted().toList();
    }

    @Test
    void theOldestHalfOpenConnectionsGoFirstAndAreCounted() {
        try (Lab lab = lab(4)) {
            send(lab, 1, Packets.SYN);
            send(lab, 2, Packets.SYN);
            send(lab, 3, Packets.SYN);
            send(lab, 4, Packets.SYN);
            send(lab, 1, Packets.ACK);
            send(lab, 2, Packets.SYN);
            send(lab, 5, Packets.SYN);
            send(lab, 6, Packets.SYN);
            assertThat(ports(lab)).containsExactly(1, 4, 5, 6);
            assertThat(lab.engine.counters().evicted()).isEqualTo(2);
            assertThat(lab.engine.counters().dropped()).isZero();
            assertThat(lab.toServers()).hasSize(8);
            assertThat(lab.services.current().all().iterator().next().servers().getFirst().activeConnections())
                    .isEqualTo(4);
        }
    }

    @Test
    void whereNoneIsHalfOpenANewOneIsRefusedAndCounted() {
        try (Lab lab = lab(2)) {
            for (int port = 1; port <= 2; port++) {
                send(lab, port, Packets.SYN);
                send(lab, port, Packets.ACK);
            }
            send(lab, 3, Packets.SYN);
            assertThat(ports(lab)).containsExactly(1, 2);
            assertThat(lab.engine.counters().dropped(DropReason.TABLE_FULL)).isEqualTo(1);
            assertThat(lab.engine.counters().evicted()).isZero();
        }
    }

    @Test
    void aTemplateAndItsConnectionNeedRoomForTwo() {
        try (Lab lab = lab(3)) {
            for (int port = 1; port <= 3; port++) {
                send(lab, port, Packets.SYN);
            }
            send(lab, 4, 81, Packets.SYN);
            assertThat(lab.engine.connections()).filteredOn(ConnectionEntry::template).hasSize(1);
            assertThat(ports(lab)).containsExactly(0, 3, 4);
            assertThat(lab.engine.counters().evicted()).isEqualTo(2);
        }
    }

    @Test
    void aHalfOpenConnectionThatIsReplacedMayBeTheOneThatMadeRoom() throws ServiceException {
        try (Lab lab = lab(2)) {
            lab.engine.settings(Settings.DEFAULT.with(Sysctl.EXPIRE_NODEST_CONN, 1));
            send(lab, 1, Packets.SYN);
            send(lab, 2, Packets.SYN);
            lab.engine.settings(Settings.DEFAULT.with(Sysctl.EXPIRE_NODEST_CONN, 1));
            IpAddress server = IpAddress.parse(Lab.SERVER);
            lab.services.editServer(Lab.key(Protocol.TCP, Lab.VIP, 80), server, 8080,
                    new RealServer.Settings(Forwarding.MASQUERADE, 0, 0, 0));
            lab.services.addServer(Lab.key(Protocol.TCP, Lab.VIP, 80),
                    IpAddress.parse("192.168.0.20"), 8080,
                    new RealServer.Settings(Forwarding.MASQUERADE, 1, 0, 0));
            send(lab, 1, Packets.SYN);
            assertThat(ports(lab)).containsExactly(1, 2);
            assertThat(lab.engine.connectionCount()).isEqualTo(2);
            assertThat(lab.engine.counters().evicted()).isEqualTo(1);
        }
    }
}
