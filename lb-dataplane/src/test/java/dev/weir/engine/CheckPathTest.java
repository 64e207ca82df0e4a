package dev.weir.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.port.MemoryPort;
import dev.weir.route.StaticRoutes;
import dev.weir.service.Forwarding;
import dev.weir.service.Forwarding.Tunnel;
import dev.weir.service.Forwarding.TunnelChecksum;
import dev.weir.service.Forwarding.TunnelType;
import dev.weir.wire.Frame;
import dev.weir.wire.IpAddress;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Health checks by the path of clients: what leaves for a server, and what of its answers the checker gets. */
class CheckPathTest {
    private static final String CHECKER = "169.254.64.1";
    private static final String STAND_IN = "169.254.64.2";
    private static final String CHECKER6 = "fd77::1";
    private static final String STAND_IN6 = "fd77::2";
    private static final String DIP = "192.168.0.100";
    private static final String DIP6 = "2001:db8:5::64";
    private static final String SERVER = "192.168.0.10";
    private static final String SERVER6 = "2001:db8:5::a";
    private static final String VIP = "172.25.254.200";
    private static final String VIP6 = "2001:db8:c::200";
    private static final int FIRST = 61440;

    private final MemoryPort device = new MemoryPort("weirchk0", 9, Lab.ETH0);
    private final MemoryPort eth1 = new MemoryPort("eth1", 3, Lab.ETH1);
    private final StaticRoutes routes = new StaticRoutes();
    private final Set<Integer> taken = new HashSet<>();
    private final CheckPath path;
    private final Frame[] burst = {new Frame(), new Frame(), new Frame(), new Frame()};
    private long now = 1_000_000_000L;

    CheckPathTest() {
        routes.link(3, "eth1", Lab.ETH1, 1500).address("eth1", IpAddress.parse(DIP), 24)
                .address("eth1", IpAddress.parse(DIP6), 64).address("eth1", IpAddress.parse(VIP), 32)
                .address("eth1", IpAddress.parse(VIP6), 128)
                .neighbour(IpAddress.parse(SERVER), "eth1", 0x02_00_00_00_05_0aL)
                .neighbour(IpAddress.parse(SERVER6), "eth1", 0x02_00_00_00_05_0aL);
        path = new CheckPath(routes, device, List.of(eth1),
                new CheckEnds(FIRST, (_, _, port) -> !taken.contains(port)), now);
    }

    @AfterEach
    void close() {
        path.close();
    }

    private static CheckWay way(String standIn, String vip, String server, Forwarding forwarding) {
        return new CheckWay(IpAddress.parse(standIn), IpAddress.parse(vip),
                80, IpAddress.parse(server), 8080, forwarding);
    }

    private CheckWay opened(String standIn, String vip, String server, Forwarding forwarding) {
        CheckWay way = way(standIn, vip, server, forwarding);
        path.add(way);
        return way;
    }

    private void comes(byte[] frame) {
        device.put(frame);
        path.process(burst, device.receive(burst), now);
        device.release();
    }

    private static byte[] syn() {
        return Packets.from(CHECKER, STAND_IN).tcp(40000, 80, Packets.SYN, new byte[0]);
    }

    private static byte[] syn6() {
        return Packets.from(CHECKER6, STAND_IN6).tcp(40000, 80, Packets.SYN, new byte[0]);
    }

    private byte[] sent() {
        List<MemoryPort.Copy> sent = eth1.takeSent();
        assertThat(sent).hasSize(1);
        return sent.getFirst().frame();
    }

    private byte[] answered() {
        List<MemoryPort.Copy> answers = device.takeSent();
        assertThat(answers).hasSize(1);
        return answers.getFirst().frame();
    }

    private static byte[] ip(byte[] frame) {
        return Arrays.copyOfRange(frame, 14, frame.length);
    }

    @Test
    void masqueradedServerIsAskedAtItsOwnAddressAndPortFromTheDirectors() {
        CheckWay way = opened(STAND_IN, VIP, SERVER, Forwarding.MASQUERADE);
        comes(syn());
        assertThat(ip(sent())).isEqualTo(
                ip(Packets.from(DIP, SERVER).ttl(63).tcp(FIRST, 8080, Packets.SYN, new byte[0])));
        assertThat(way.seen()).isEqualTo("sent to 192.168.0.10 by NAT, and nothing came back");
        comes(Packets.from(SERVER, DIP).tcp(8080, FIRST, Packets.SYN | Packets.ACK, new byte[0]));
        assertThat(ip(answered())).isEqualTo(
                ip(Packets.from(STAND_IN, CHECKER).tcp(80, 40000, Packets.SYN | Packets.ACK, new byte[0])));
        assertThat(way.seen()).isEqualTo("192.168.0.10 answered, as 192.168.0.10 port 8080");
    }

    @Test
    void underFullNatAServerOfTheOtherFamilyIsAskedInItsOwn() {
        CheckWay way = opened(STAND_IN, VIP6, SERVER, Forwarding.FULL_NAT);
        comes(syn());
        assertThat(ip(sent())).isEqualTo(
                ip(Packets.from(DIP, SERVER).ttl(63).tcp(FIRST, 8080, Packets.SYN, new byte[0])));
        comes(Packets.from(SERVER, DIP).tcp(8080, FIRST, Packets.SYN | Packets.ACK, new byte[0]));
        assertThat(ip(answered())).isEqualTo(
                ip(Packets.from(STAND_IN, CHECKER).tcp(80, 40000, Packets.SYN | Packets.ACK, new byte[0])));
        assertThat(way.seen()).isEqualTo("192.168.0.10 answered, as 192.168.0.10 port 8080");
    }

    @Test
    void directRoutingLeavesTheVirtualAddressAndAnswersComeFromThere() {
        CheckWay way = opened(STAND_IN6, VIP6, SERVER6, Forwarding.DIRECT_ROUTING);
        comes(syn6());
        byte[] frame = sent();
        assertThat(frame).startsWith(2, 0, 0, 0, 5, 0x0a, 2, 0, 0, 0, 0, 2);
        assertThat(ip(frame)).isEqualTo(
                ip(Packets.from(DIP6, VIP6).ttl(63).tcp(FIRST, 80, Packets.SYN, new byte[0])));
        comes(Packets.from(VIP6, DIP6).tcp(80, FIRST, Packets.RST | Packets.ACK, new byte[0]));
        assertThat(ip(answered())).isEqualTo(
                ip(Packets.from(STAND_IN6, CHECKER6).tcp(80, 40000, Packets.RST | Packets.ACK, new byte[0])));
        assertThat(way.seen()).isEqualTo("2001:db8:5::a reset it, as 2001:db8:c::200 port 80");
    }

    @Test
    void tunnelWrapsWhatGoesToTheVirtualAddress() {
        opened(STAND_IN, VIP, SERVER, Forwarding.IPIP);
        comes(syn());
        byte[] frame = sent();
        assertThat(frame[14 + 9]).isEqualTo((byte) 4);
        assertThat(Arrays.copyOfRange(frame, 14 + 20, frame.length)).isEqualTo(
                ip(Packets.from(DIP, VIP).ttl(63).tcp(FIRST, 80, Packets.SYN, new byte[0])));
    }

    @Test
    void serverThatDoesNotUnpackIsNamedWithItsIcmpError() {
        for (Forwarding forwarding : List.of(Forwarding.IPIP, new Tunnel(TunnelType.GRE, 0, TunnelChecksum.CHECKSUM),
                new Tunnel(TunnelType.GUE, 6080, TunnelChecksum.NONE))) {
            CheckWay way = opened(STAND_IN, VIP, SERVER, forwarding);
            comes(syn());
            byte[] quoted = ip(sent());
            comes(Packets.from(SERVER, DIP).icmp(3, 2, 0, quoted));
            assertThat(way.seen()).as("%s", forwarding).isEqualTo("ICMP protocol unreachable from 192.168.0.10");
            path.remove(way);
            now += 2_000_000_000L;
            path.tick(now);
        }
    }

    @Test
    void packetThatAServerRoutesOnIsNoAnswer() {
        CheckWay way = opened(STAND_IN, VIP, SERVER, Forwarding.DIRECT_ROUTING);
        comes(syn());
        comes(Packets.from(DIP, VIP).ttl(62).tcp(FIRST, 80, Packets.SYN, new byte[0]));
        assertThat(device.takeSent()).isEmpty();
        assertThat(way.seen()).isEqualTo("it came back from MAC 02:00:00:00:0c:0a: 192.168.0.10 routed it on, "
                + "for 172.25.254.200 is not its address");
    }

    @Test
    void answerFromAnotherAddressIsNone() {
        CheckWay way = opened(STAND_IN, VIP, SERVER, Forwarding.DIRECT_ROUTING);
        comes(syn());
        comes(Packets.from(SERVER, DIP).tcp(80, FIRST, Packets.SYN | Packets.ACK, new byte[0]));
        assertThat(device.takeSent()).isEmpty();
        assertThat(way.seen()).isEqualTo(
                "an answer came from 192.168.0.10 port 80, not from 172.25.254.200 port 80");
    }

    @Test
    void serverWithoutNeighbourOrRouteIsSaidToBeSo() {
        routes.neighbourLost(IpAddress.parse(SERVER), "eth1", false);
        CheckWay silent = opened(STAND_IN, VIP, SERVER, Forwarding.MASQUERADE);
        comes(syn());
        assertThat(silent.seen()).isEqualTo("192.168.0.10 does not answer ARP");
        CheckWay unreachable = opened(STAND_IN, VIP, "10.9.9.9", Forwarding.MASQUERADE);
        comes(Packets.from(CHECKER, STAND_IN).tcp(40001, 80, Packets.SYN, new byte[0]));
        assertThat(unreachable.seen()).isEqualTo("no route to 10.9.9.9");
        CheckWay own = opened(STAND_IN, VIP, DIP, Forwarding.MASQUERADE);
        comes(Packets.from(CHECKER, STAND_IN).tcp(40002, 80, Packets.SYN, new byte[0]));
        assertThat(own.seen()).isEqualTo("192.168.0.100 is the director itself");
    }

    @Test
    void twoServersOfOneServiceAreToldApartByTheDirectorsPort() {
        opened(STAND_IN, VIP, SERVER, Forwarding.DIRECT_ROUTING);
        routes.neighbour(IpAddress.parse("192.168.0.20"), "eth1", 0x02_00_00_00_05_14L);
        opened("169.254.64.3", VIP, "192.168.0.20", Forwarding.DIRECT_ROUTING);
        comes(syn());
        comes(Packets.from(CHECKER, "169.254.64.3").tcp(40000, 80, Packets.SYN, new byte[0]));
        eth1.takeSent();
        comes(Packets.from(VIP, DIP).tcp(80, FIRST + 1, Packets.SYN | Packets.ACK, new byte[0]));
        assertThat(ip(answered())).isEqualTo(ip(
                Packets.from("169.254.64.3", CHECKER).tcp(80, 40000, Packets.SYN | Packets.ACK, new byte[0])));
    }

    @Test
    void portsThatTheHostHasAreLeftToItAndUsedOnesRestBeforeTheyAreUsedAgain() {
        taken.add(FIRST);
        CheckWay way = opened(STAND_IN, VIP, SERVER, Forwarding.MASQUERADE);
        comes(syn());
        assertThat(ip(sent())).isEqualTo(
                ip(Packets.from(DIP, SERVER).ttl(63).tcp(FIRST + 1, 8080, Packets.SYN, new byte[0])));
        comes(Packets.from(CHECKER, STAND_IN).tcp(40000, 80, Packets.RST, new byte[0]));
        eth1.takeSent();
        now += 3_000_000_000L;
        path.tick(now);
        comes(syn());
        assertThat(ip(sent())).isEqualTo(
                ip(Packets.from(DIP, SERVER).ttl(63).tcp(FIRST + 2, 8080, Packets.SYN, new byte[0])));
        now += 130_000_000_000L;
        path.tick(now);
        comes(syn());
        assertThat(ip(sent())).isEqualTo(
                ip(Packets.from(DIP, SERVER).ttl(63).tcp(FIRST + 1, 8080, Packets.SYN, new byte[0])));
        path.remove(way);
        comes(Packets.from(CHECKER, STAND_IN).tcp(40000, 80, Packets.ACK, new byte[0]));
        assertThat(eth1.takeSent()).isEmpty();
    }

    @Test
    void portOfAConnectionThatNobodyAnswersIsFreeSoonerThanOfOneThatGoesOn() {
        opened(STAND_IN, VIP, SERVER, Forwarding.MASQUERADE);
        comes(syn());
        comes(Packets.from(CHECKER, STAND_IN).tcp(40001, 80, Packets.SYN, new byte[0]));
        comes(Packets.from(SERVER, DIP).tcp(8080, FIRST + 1, Packets.SYN | Packets.ACK, new byte[0]));
        eth1.takeSent();
        device.takeSent();
        now += 6_000_000_000L;
        path.tick(now);
        comes(Packets.from(SERVER, DIP).tcp(8080, FIRST, Packets.SYN | Packets.ACK, new byte[0]));
        assertThat(device.takeSent()).isEmpty();
        comes(Packets.from(SERVER, DIP).tcp(8080, FIRST + 1, Packets.ACK, new byte[]{1}));
        assertThat(device.takeSent()).hasSize(1);
        comes(Packets.from(CHECKER, STAND_IN).tcp(40001, 80, Packets.FIN | Packets.ACK, new byte[0]));
        now += 6_000_000_000L;
        path.tick(now);
        comes(Packets.from(SERVER, DIP).tcp(8080, FIRST + 1, Packets.ACK, new byte[]{1}));
        assertThat(device.takeSent()).isEmpty();
    }

    @Test
    void noPortIsLeftWhereAllAreTaken() {
        for (int port = FIRST; port < 65536; port++) {
            taken.add(port);
        }
        CheckWay way = opened(STAND_IN, VIP, SERVER, Forwarding.MASQUERADE);
        comes(syn());
        assertThat(eth1.takeSent()).isEmpty();
        assertThat(way.seen()).isEqualTo("no port of 192.168.0.100 is free for a check");
    }

    @Test
    void datagramsGoAndComeLikeSegments() {
        opened(STAND_IN6, VIP6, SERVER6, Forwarding.MASQUERADE);
        comes(Packets.from(CHECKER6, STAND_IN6).udp(40000, 80, new byte[]{1, 2, 3}));
        assertThat(ip(sent())).isEqualTo(
                ip(Packets.from(DIP6, SERVER6).ttl(63).udp(FIRST, 8080, new byte[]{1, 2, 3})));
        comes(Packets.from(SERVER6, DIP6).udp(8080, FIRST, new byte[]{4, 5}));
        assertThat(ip(answered())).isEqualTo(
                ip(Packets.from(STAND_IN6, CHECKER6).udp(80, 40000, new byte[]{4, 5})));
    }

    @Test
    void directorWithoutAnotherAddressCannotAskThoseThatBearTheVirtualOne() {
        CheckWay way = opened(STAND_IN, DIP, SERVER, Forwarding.DIRECT_ROUTING);
        comes(syn());
        assertThat(eth1.takeSent()).isEmpty();
        assertThat(way.seen()).isEqualTo("the director has no address that 192.168.0.10 could answer to");
    }
}
