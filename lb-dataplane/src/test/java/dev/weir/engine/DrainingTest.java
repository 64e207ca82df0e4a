package dev.weir.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.service.Forwarding;
import dev.weir.service.Protocol;
import dev.weir.service.RealServer;
import dev.weir.service.ServiceException;
import dev.weir.service.ServiceKey;
import dev.weir.wire.IpAddress;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A server that drains gets no new connection and keeps its old ones. */
class DrainingTest {
    private static final String OTHER = "192.168.0.11";
    private static final int FIRST_MAC = 10;
    private static final int OTHER_MAC = 11;
    private final Lab lab = new Lab();

    @BeforeEach
    void neighbour() {
        lab.routes.neighbour(IpAddress.parse(OTHER), "eth1", 0x02_00_00_00_05_0bL);
    }

    @AfterEach
    void close() {
        lab.close();
    }

    private void service(int persistence) {
        lab.service(Protocol.TCP, Lab.VIP, 80, persistence, -1, Forwarding.DIRECT_ROUTING, OTHER, Lab.SERVER);
    }

    private void edit(String server, int weight, boolean draining) throws ServiceException {
        ServiceKey key = Lab.key(Protocol.TCP, Lab.VIP, 80);
        lab.services.editServer(key, IpAddress.parse(server), 80,
                new RealServer.Settings(Forwarding.DIRECT_ROUTING, weight, 0, 0, draining));
    }

    /** The last byte of the MAC of each server that it went to. */
    private List<Integer> send(int clientPort, int flags) {
        lab.client(Packets.from(Lab.CLIENT, Lab.VIP).tcp(clientPort, 80, flags, new byte[0]));
        return lab.toServers().stream().map(frame -> (int) frame[5]).toList();
    }

    @Test
    void oldConnectionsGoOnAndNewOnesGoElsewhere() throws ServiceException {
        service(0);
        assertThat(send(40000, Packets.SYN)).containsExactly(FIRST_MAC);
        edit(Lab.SERVER, 0, true);
        assertThat(send(40000, Packets.ACK)).containsExactly(FIRST_MAC);
        for (int port = 40001; port < 40010; port++) {
            assertThat(send(port, Packets.SYN)).containsExactly(OTHER_MAC);
        }
        assertThat(send(40000, Packets.ACK)).containsExactly(FIRST_MAC);
    }

    @Test
    void persistenceLeadsNobodyToIt() throws ServiceException {
        service(50);
        assertThat(send(40000, Packets.SYN)).containsExactly(FIRST_MAC);
        assertThat(send(40001, Packets.SYN)).containsExactly(FIRST_MAC);
        edit(Lab.SERVER, 0, true);
        assertThat(send(40002, Packets.SYN)).containsExactly(OTHER_MAC);
        assertThat(send(40000, Packets.ACK)).as("its old connection").containsExactly(FIRST_MAC);
        assertThat(send(40001, Packets.ACK)).as("its old connection").containsExactly(FIRST_MAC);
        assertThat(send(40003, Packets.SYN)).as("the template that leads there now").containsExactly(OTHER_MAC);
    }

    @Test
    void withWeightZeroAlonePersistenceStillLeadsThereAsInIpvs() throws ServiceException {
        service(50);
        assertThat(send(40000, Packets.SYN)).containsExactly(FIRST_MAC);
        edit(Lab.SERVER, 0, false);
        assertThat(send(40001, Packets.SYN)).containsExactly(FIRST_MAC);
    }

    @Test
    void aConnectionThatIsOverDoesNotBringTheNextOneOfItsPorts() throws ServiceException {
        service(50);
        assertThat(send(40000, Packets.SYN)).containsExactly(FIRST_MAC);
        send(40000, Packets.ACK);
        send(40000, Packets.FIN | Packets.ACK);
        assertThat(send(40000, Packets.SYN)).as("a template keeps it").containsExactly(FIRST_MAC);
        send(40000, Packets.ACK);
        send(40000, Packets.FIN | Packets.ACK);
        edit(Lab.SERVER, 0, true);
        assertThat(send(40000, Packets.SYN)).containsExactly(OTHER_MAC);
    }

    @Test
    void aHandshakeThatHasBegunGoesOn() throws ServiceException {
        service(50);
        assertThat(send(40000, Packets.SYN)).containsExactly(FIRST_MAC);
        edit(Lab.SERVER, 0, true);
        assertThat(send(40000, Packets.SYN)).as("sent again").containsExactly(FIRST_MAC);
        assertThat(send(40000, Packets.ACK)).containsExactly(FIRST_MAC);
    }

    @Test
    void anEditEndsIt() throws ServiceException {
        service(0);
        edit(Lab.SERVER, 0, true);
        edit(OTHER, 0, false);
        assertThat(send(40000, Packets.SYN)).isEmpty();
        edit(Lab.SERVER, 1, false);
        assertThat(send(40001, Packets.SYN)).containsExactly(FIRST_MAC);
    }
}
