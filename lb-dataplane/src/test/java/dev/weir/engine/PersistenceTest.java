package dev.weir.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.connection.ConnectionEntry;
import dev.weir.service.Forwarding;
import dev.weir.service.Protocol;
import dev.weir.service.RealServer;
import dev.weir.service.ServiceException;
import dev.weir.service.ServiceKey;
import dev.weir.wire.IpAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Persistent services beyond what the kernel's recordings show. */
class PersistenceTest {
    private static final String[] SERVERS = {Lab.SERVER, "192.168.0.11", "192.168.0.12"};
    private static final String[] SERVERS6 = {Lab.SERVER6, "2001:db8:5::b", "2001:db8:5::c"};
    private final Lab lab = new Lab();

    @BeforeEach
    void neighbours() {
        for (int i = 1; i < SERVERS.length; i++) {
            lab.routes.neighbour(IpAddress.parse(SERVERS[i]), "eth1", 0x02_00_00_00_05_0aL + i)
                    .neighbour(IpAddress.parse(SERVERS6[i]), "eth1", 0x02_00_00_00_05_0aL + i);
        }
    }

    @AfterEach
    void close() {
        lab.close();
    }

    /** The last byte of the MAC of each server that a SYN was sent to. */
    private List<Integer> servers(String client, String vip, int clientPort, int... ports) {
        List<Integer> servers = new ArrayList<>();
        for (int port : ports) {
            lab.client(Packets.from(client, vip).tcp(clientPort, port, Packets.SYN, new byte[0]));
            lab.toServers().forEach(frame -> servers.add((int) frame[5]));
        }
        return servers;
    }

    private List<ConnectionEntry> templates() {
        return lab.engine.connections().stream().filter(ConnectionEntry::template).toList();
    }

    @Test
    void aServiceOfEveryPortKeepsAClientWithOneServerButLeavesOtherServicesAlone() {
        lab.service(Protocol.TCP, Lab.VIP, 0, 60, -1, Forwarding.DIRECT_ROUTING, SERVERS);
        lab.service(Protocol.TCP, Lab.VIP, 443, Forwarding.DIRECT_ROUTING, Lab.SERVER);
        assertThat(servers(Lab.CLIENT, Lab.VIP, 40000, 80, 81, 65535, 443)).containsExactly(12, 12, 12, 10);
        assertThat(servers("172.25.254.11", Lab.VIP, 40000, 80, 81)).containsExactly(11, 11);
        assertThat(templates()).hasSize(2)
                .allMatch(template -> template.virtualPort() == 0 && template.clientPort() == 0
                        && template.state().equals("NONE"));
    }

    @Test
    void anIpv6PrefixOfAnyLengthMakesClientsOne() {
        for (int length : new int[]{1, 63, 64, 65, 127, 128}) {
            lab.service(Protocol.TCP, Lab.VIP6, 1000 + length, 60, length, Forwarding.DIRECT_ROUTING, SERVERS6);
            int port = 1000 + length;
            boolean apart = servers("2001:db8:c::10", Lab.VIP6, 40000, port)
                    .equals(servers("2001:db8:c::11", Lab.VIP6, 40000, port));
            assertThat(apart).as("a prefix of %d bits", length).isEqualTo(length < 128);
        }
        assertThat(templates()).hasSize(7).anyMatch(template -> template.client().toString().equals("::")
                && template.virtualPort() == 1001);
    }

    @Test
    void noPacketIsTakenForATemplatesOwn() {
        lab.service(Protocol.UDP, Lab.VIP, 53, 60, -1, Forwarding.MASQUERADE, Lab.SERVER);
        lab.client(Packets.from(Lab.CLIENT, Lab.VIP).udp(0, 53, new byte[4]));
        lab.client(Packets.from(Lab.CLIENT, Lab.VIP).udp(0, 53, new byte[4]));
        assertThat(lab.toServers()).hasSize(2);
        assertThat(lab.engine.connections()).hasSize(2);
        assertThat(templates()).hasSize(1);
        assertThat(lab.services.total().read().connections()).isEqualTo(1);
    }

    @Test
    void aTemplateLivesAsLongAsItsConnectionsAndItsServersCountFollows() {
        lab.service(Protocol.TCP, Lab.VIP, 80, 5, -1, Forwarding.DIRECT_ROUTING, Lab.SERVER);
        RealServer server = lab.services.current().all().iterator().next().servers().getFirst();
        servers(Lab.CLIENT, Lab.VIP, 40000, 80);
        assertThat(server.persistentConnections()).isEqualTo(1);
        lab.pass(59);
        assertThat(templates()).hasSize(1);
        lab.pass(2);
        assertThat(lab.engine.connections()).as("the connection has ended, its template waits out its minute")
                .hasSize(1);
        lab.pass(10);
        assertThat(lab.engine.connections()).isEmpty();
        assertThat(server.persistentConnections()).isZero();
        assertThat(server.inactiveConnections()).isZero();
    }

    @Test
    void aTemplateOfARemovedServerIsRetiredAndCountedUntilItEnds() throws ServiceException {
        lab.service(Protocol.TCP, Lab.VIP, 80, 5, -1, Forwarding.DIRECT_ROUTING, SERVERS);
        ServiceKey key = Lab.key(Protocol.TCP, Lab.VIP, 80);
        assertThat(servers(Lab.CLIENT, Lab.VIP, 40000, 80)).containsExactly(12);
        lab.services.deleteServer(key, IpAddress.parse("192.168.0.12"), 80);
        assertThat(servers(Lab.CLIENT, Lab.VIP, 40001, 80)).doesNotContain(12).hasSize(1);
        assertThat(templates()).extracting(ConnectionEntry::virtualPort).containsExactlyInAnyOrder(80, 65535);
        lab.pass(200);
        assertThat(lab.engine.connections()).isEmpty();
    }

    @Test
    void withExpireNodestConnARemovedServersConnectionsAndTemplatesEndAtOnce() throws ServiceException {
        lab.service(Protocol.TCP, Lab.VIP, 80, 60, -1, Forwarding.DIRECT_ROUTING, SERVERS);
        ServiceKey key = Lab.key(Protocol.TCP, Lab.VIP, 80);
        servers(Lab.CLIENT, Lab.VIP, 40000, 80);
        servers("172.25.254.11", Lab.VIP, 40000, 80);
        servers("172.25.254.11", Lab.VIP, 40001, 80);
        lab.services.deleteServer(key, IpAddress.parse("192.168.0.12"), 80);
        lab.pass(0.1);
        lab.engine.settings(Settings.DEFAULT.with("expire_nodest_conn", "1"));
        lab.pass(0.1);
        assertThat(lab.engine.connections()).as("what was removed before it was on").hasSize(5);
        lab.services.deleteServer(key, IpAddress.parse("192.168.0.11"), 80);
        lab.pass(0.1);
        assertThat(lab.engine.connections()).isEmpty();
    }

    @Test
    void withExpireNodestConnTheConnectionsOfAServerThatIsRemovedAmongOtherChangesEndToo() throws ServiceException {
        lab.service(Protocol.TCP, Lab.VIP, 80, 60, -1, Forwarding.DIRECT_ROUTING, SERVERS);
        ServiceKey key = Lab.key(Protocol.TCP, Lab.VIP, 80);
        servers(Lab.CLIENT, Lab.VIP, 40000, 80);
        lab.engine.settings(Settings.DEFAULT.with("expire_nodest_conn", "1"));
        lab.services.atomically(() -> {
            for (String server : SERVERS) {
                lab.services.deleteServer(key, IpAddress.parse(server), 80);
            }
        });
        lab.pass(0.1);
        assertThat(lab.engine.connections()).isEmpty();
    }

    @Test
    void aControlledConnectionThatIsOverStaysWithItsServer() {
        lab.service(Protocol.TCP, Lab.VIP, 80, 60, -1, Forwarding.DIRECT_ROUTING, SERVERS);
        servers(Lab.CLIENT, Lab.VIP, 40000, 80);
        lab.client(Packets.from(Lab.CLIENT, Lab.VIP).tcp(40000, 80, Packets.RST, new byte[0]));
        lab.client(Packets.from(Lab.CLIENT, Lab.VIP).tcp(40000, 80, Packets.SYN, new byte[0]));
        assertThat(lab.services.total().read().connections()).isEqualTo(1);
    }

    @Test
    void whereTheTableHoldsNoMoreTheClientIsRefusedAndNothingLeaks() {
        try (Lab small = new Lab(new EngineOptions(3, 1, 0, true), 1500)) {
            small.service(Protocol.UDP, Lab.VIP, 80, 5, -1, Forwarding.DIRECT_ROUTING, Lab.SERVER);
            for (int client = 10; client < 13; client++) {
                small.client(Packets.from("172.25.254." + client, Lab.VIP).udp(40000, 80, new byte[1]));
            }
            assertThat(small.toServers()).hasSize(1);
            assertThat(small.engine.counters().dropped(DropReason.TABLE_FULL)).isEqualTo(2);
            small.pass(400);
            assertThat(small.engine.connections()).isEmpty();
            assertThat(small.services.current().all().iterator().next().servers().getFirst().persistentConnections())
                    .isZero();
        }
    }

    @Test
    void dataConnectionsOfFtpFollowItsControlConnection() {
        lab.service(Protocol.TCP, Lab.VIP, 21, 60, -1, Forwarding.DIRECT_ROUTING, SERVERS);
        assertThat(servers(Lab.CLIENT, Lab.VIP, 40000, 21, 2000, 20)).containsExactly(12, 12, 12);
        assertThat(servers(Lab.CLIENT, Lab.VIP, 40000, 1023)).as("a privileged port is no passive data port").isEmpty();
        assertThat(servers(Lab.CLIENT, Lab.VIP, 20, 21)).as("an active data connection is the server's own").isEmpty();
        assertThat(templates()).hasSize(1);
    }
}
