package dev.weir.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.mark.MarkRule;
import dev.weir.mark.MarkRules;
import dev.weir.mark.Match;
import dev.weir.mark.PortRange;
import dev.weir.mark.Target;
import dev.weir.route.Route;
import dev.weir.route.RoutingRule;
import dev.weir.service.Forwarding;
import dev.weir.service.RealServer;
import dev.weir.service.ServiceException;
import dev.weir.service.ServiceKey;
import dev.weir.service.VirtualService;
import dev.weir.wire.IpAddress;
import dev.weir.wire.IpPrefix;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A transparent cache: what goes to port 80 of anybody beyond eth1 has mark 1, which a rule delivers to the director. */
class BypassTest {
    private static final ServiceKey.Mark KEY = new ServiceKey.Mark(1, true);
    private static final ServiceKey.Mark KEY6 = new ServiceKey.Mark(1, false);
    private static final String ORIGIN = "198.51.100.7";
    private static final String ORIGIN6 = "2001:db8:f::7";
    private static final int GATEWAY = 1;
    private static final int CACHE = 10;
    private final Lab lab = new Lab();

    @BeforeEach
    void stand() throws ServiceException {
        lab.routes.route(IpAddress.parse("198.51.100.0"), 24, IpAddress.parse("192.168.0.1"), "eth1")
                .route(IpAddress.parse("2001:db8:f::"), 48, IpAddress.parse("2001:db8:5::1"), "eth1")
                .neighbour(IpAddress.parse("192.168.0.1"), "eth1", 0x02_00_00_00_05_01L)
                .neighbour(IpAddress.parse("2001:db8:5::1"), "eth1", 0x02_00_00_00_05_01L);
        List<MarkRule> marking = new ArrayList<>();
        for (boolean v4 : new boolean[]{true, false}) {
            marking.add(new MarkRule(v4, List.of(new Match.Protocol(Packets.TCP, false),
                    new Match.Ports(Match.PortSide.DESTINATION, List.of(new PortRange(80, 80)), false)),
                    Target.SetMark.set(1, -1)));
        }
        lab.engine.markRules(new MarkRules(marking));
        for (ServiceKey.Mark key : List.of(KEY, KEY6)) {
            lab.services.addService(key, new VirtualService.Settings("rr", Set.of(), 0, -1, false, null));
            lab.services.addServer(key, IpAddress.parse(key.v4() ? Lab.SERVER : Lab.SERVER6), 0,
                    new RealServer.Settings(Forwarding.DIRECT_ROUTING, 1, 0, 0));
        }
        deliver(new RoutingRule(true, 100, 1, -1, 100), new RoutingRule(false, 100, 1, -1, 100));
    }

    @AfterEach
    void close() {
        lab.close();
    }

    private void deliver(RoutingRule... rules) {
        List<RoutingRule> all = new ArrayList<>(RoutingRule.USUAL);
        all.addAll(List.of(rules));
        all.sort(Comparator.comparingLong(RoutingRule::priority));
        lab.routes.policy(all, List.of(
                new Route(100, Route.Type.LOCAL, IpPrefix.ALL_V4.address(), 0, 0, 0, null, List.of()),
                new Route(100, Route.Type.LOCAL, IpPrefix.ALL_V6.address(), 0, 0, 0, null, List.of())));
    }

    private void bypass(String value) {
        lab.engine.settings(Settings.DEFAULT.with("cache_bypass", value));
        lab.pass(0.1);
    }

    private void noCache() throws ServiceException {
        lab.services.deleteServer(KEY, IpAddress.parse(Lab.SERVER), 0);
        lab.services.deleteServer(KEY6, IpAddress.parse(Lab.SERVER6), 0);
    }

    /** The last bytes of the MAC addresses that requests of both families went to. */
    private List<Integer> ask(int sourcePort, int port, int flags) {
        lab.client(Packets.from(Lab.CLIENT, ORIGIN).tcp(sourcePort, port, flags, new byte[0]));
        lab.client(Packets.from(Lab.CLIENT6, ORIGIN6).tcp(sourcePort, port, flags, new byte[0]));
        return lab.toServers().stream().map(frame -> (int) frame[5]).toList();
    }

    @Test
    void cachesHaveWhatIsMarkedAndTheHostAllElse() {
        assertThat(ask(40000, 80, Packets.SYN)).containsExactly(CACHE, CACHE);
        assertThat(ask(40000, 81, Packets.SYN)).isEmpty();
        assertThat(lab.toHost()).hasSize(2);
    }

    @Test
    void withoutARuleThatDeliversItWhatIsMarkedIsTheHosts() {
        deliver();
        assertThat(ask(40000, 80, Packets.SYN)).isEmpty();
        deliver(new RoutingRule(true, 40000, 1, -1, 100), new RoutingRule(false, 40000, 1, -1, 100));
        assertThat(ask(40001, 80, Packets.SYN)).as("table main, whose rule stands before, has routes").isEmpty();
        deliver(new RoutingRule(true, 100, 2, -1, 100), new RoutingRule(false, 100, 3, 2, 100));
        assertThat(ask(40002, 80, Packets.SYN)).as("rules of other marks").isEmpty();
        assertThat(lab.toHost()).hasSize(6);
    }

    @Test
    void withNoCacheLeftRequestsPassToTheirOriginAsTheyCame() throws ServiceException {
        noCache();
        bypass("1");
        byte[] frame = Packets.from(Lab.CLIENT, ORIGIN).tcp(40000, 80, Packets.SYN, new byte[0]);
        lab.client(frame);
        byte[] sent = lab.toServers().getFirst();
        assertThat(sent[5]).isEqualTo((byte) GATEWAY);
        assertThat(Packets.part(sent, 26, sent.length)).as("addresses, ports and payload")
                .isEqualTo(Packets.part(frame, 26, frame.length));
        assertThat(ask(40001, 80, Packets.SYN)).containsExactly(GATEWAY, GATEWAY);
        assertThat(ask(40001, 80, Packets.ACK)).containsExactly(GATEWAY, GATEWAY);
        assertThat(lab.engine.connections()).hasSize(3).allMatch(entry -> entry.serverPort() == 0);
        assertThat(lab.toHost()).isEmpty();
    }

    @Test
    void aBypassOutlivesTheReturnOfTheCache() throws ServiceException {
        noCache();
        bypass("1");
        ask(40000, 80, Packets.SYN);
        lab.services.addServer(KEY, IpAddress.parse(Lab.SERVER), 0,
                new RealServer.Settings(Forwarding.DIRECT_ROUTING, 1, 0, 0));
        assertThat(ask(40000, 80, Packets.ACK)).containsExactly(GATEWAY, GATEWAY);
        assertThat(ask(40001, 80, Packets.SYN)).containsExactly(CACHE, GATEWAY);
    }

    @Test
    void withoutCacheBypassNobodyHasThem() throws ServiceException {
        noCache();
        bypass("0");
        assertThat(ask(40000, 80, Packets.SYN)).isEmpty();
        assertThat(lab.engine.counters().dropped(DropReason.NO_SERVER)).isEqualTo(2);
        assertThat(lab.toHost()).isEmpty();
    }

    @Test
    void theDirectorsOwnAddressesAreNeverBypassed() throws ServiceException {
        noCache();
        bypass("1");
        lab.client(Packets.from(Lab.CLIENT, Lab.VIP).tcp(40000, 80, Packets.SYN, new byte[0]));
        assertThat(lab.toServers()).isEmpty();
        assertThat(lab.toClients()).as("port unreachable").hasSize(1);
    }
}
