package dev.weir.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.host.Match.Kind;
import dev.weir.mark.MarkRule;
import dev.weir.mark.MarkRules;
import dev.weir.mark.Match.PortSide;
import dev.weir.mark.Match.Side;
import dev.weir.mark.PortRange;
import dev.weir.mark.Target;
import dev.weir.route.MarkedDelivery;
import dev.weir.service.Forwarding;
import dev.weir.service.Forwarding.Tunnel;
import dev.weir.service.Forwarding.TunnelChecksum;
import dev.weir.service.Forwarding.TunnelType;
import dev.weir.service.Protocol;
import dev.weir.service.RealServer;
import dev.weir.service.ServiceException;
import dev.weir.service.ServiceKey;
import dev.weir.service.Services;
import dev.weir.service.SourceNat;
import dev.weir.service.VirtualService;
import dev.weir.wire.IpAddress;
import dev.weir.wire.IpPrefix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MatchesTest {
    private static final IpAddress VIP = IpAddress.parse("192.0.2.80");
    private static final IpAddress VIP6 = IpAddress.parse("2001:db8::80");
    private static final IpAddress SERVER = IpAddress.parse("10.0.0.10");
    private static final IpAddress HOST = IpAddress.parse("192.0.2.1");
    private static final dev.weir.mark.Match.Protocol TCP = new dev.weir.mark.Match.Protocol(6, false);
    private final Services services = new Services();
    private final MarkedPackets marked = new MarkedPackets();
    private List<MarkedDelivery> deliveries = List.of();

    @Test
    void a_masqueraded_service_takes_its_packets_and_its_servers() throws Exception {
        add(new ServiceKey.Address(Protocol.TCP, VIP, 80), SERVER, 8080, Forwarding.MASQUERADE);
        assertThat(Matches.of(services.current(), marked, List.of(IpPrefix.host(HOST), IpPrefix.host(VIP)),
                Set.of()))
                .containsExactlyInAnyOrder(
                        new Match(Kind.SERVICE, 6, VIP, 80), new Match(Kind.VIRTUAL_ADDRESS, 0, VIP, 0),
                        new Match(Kind.SERVER, 6, SERVER, 8080), new Match(Kind.HOST_ADDRESS, 0, HOST, 0),
                        new Match(Kind.HOST_ADDRESS, 0, VIP, 0));
    }

    @Test
    void what_is_sent_to_an_address_of_another_director_is_the_hosts_to_route_and_servers_replies_are_not()
            throws Exception {
        add(new ServiceKey.Address(Protocol.TCP, VIP, 80), SERVER, 8080, Forwarding.MASQUERADE);
        add(new ServiceKey.Address(Protocol.TCP, VIP, 21), SERVER, 21, Forwarding.MASQUERADE);
        assertThat(Matches.of(services.current(), marked, List.of(IpPrefix.host(HOST)), Set.of(VIP)))
                .containsExactlyInAnyOrder(
                        new Match(Kind.SERVER, 6, SERVER, 8080), new Match(Kind.SERVER, 6, SERVER, 21),
                        new Match(Kind.SERVER, 6, SERVER, 20), new Match(Kind.FTP_SERVER, 6, SERVER, 0),
                        new Match(Kind.HOST_ADDRESS, 0, HOST, 0));
    }

    @Test
    void a_removed_service_and_its_server_are_taken_while_connections_lead_there() throws Exception {
        ServiceKey key = new ServiceKey.Address(Protocol.TCP, VIP, 80);
        add(key, SERVER, 8080, Forwarding.MASQUERADE);
        Set<Match> before = all();
        RealServer server = server(key);
        server.connectionsChanged(1, 0);
        services.deleteService(key);
        assertThat(all()).isEqualTo(before);
        server.connectionsChanged(-1, 0);
        services.forgetRemoved();
        assertThat(all()).isEmpty();
    }

    @Test
    void a_removed_server_of_a_mark_is_taken_while_connections_lead_there() throws Exception {
        ServiceKey key = new ServiceKey.Mark(66, true);
        add(key, SERVER, 0, Forwarding.MASQUERADE);
        server(key).connectionsChanged(0, 1);
        services.deleteServer(key, SERVER, 0);
        assertThat(servers()).contains(new Match(Kind.SERVER, 6, SERVER, 0), new Match(Kind.SERVER, 17, SERVER, 0));
    }

    @Test
    void a_service_of_every_port_takes_every_port_of_its_servers() throws Exception {
        add(new ServiceKey.Address(Protocol.UDP, VIP, 0), SERVER, 53, Forwarding.MASQUERADE);
        assertThat(servers()).containsExactly(new Match(Kind.SERVER, 17, SERVER, 0));
    }

    @Test
    void a_server_that_answers_by_itself_is_not_taken() throws Exception {
        add(new ServiceKey.Address(Protocol.TCP, VIP, 80), SERVER, 80, Forwarding.DIRECT_ROUTING);
        assertThat(servers()).isEmpty();
    }

    @Test
    void a_tunnelled_server_is_known_by_its_outer_protocol() throws Exception {
        add(new ServiceKey.Address(Protocol.TCP, VIP, 80), SERVER, 80, Forwarding.IPIP);
        add(new ServiceKey.Address(Protocol.TCP, VIP6, 80), SERVER, 80, Forwarding.IPIP);
        add(new ServiceKey.Address(Protocol.TCP, VIP, 81), SERVER, 80,
                new Tunnel(TunnelType.GUE, 5555, TunnelChecksum.NONE));
        add(new ServiceKey.Address(Protocol.TCP, VIP, 82), SERVER, 80,
                new Tunnel(TunnelType.GRE, 0, TunnelChecksum.NONE));
        assertThat(servers()).containsExactlyInAnyOrder(new Match(Kind.SERVER, 4, SERVER, 0),
                new Match(Kind.SERVER, 41, SERVER, 0), new Match(Kind.SERVER, 17, SERVER, 5555),
                new Match(Kind.SERVER, 47, SERVER, 0));
    }

    @Test
    void under_fullnat_servers_of_the_other_family_are_taken_and_what_they_send_to_a_local_address() throws Exception {
        IpAddress local = IpAddress.parse("10.0.0.101");
        ServiceKey key = new ServiceKey.Address(Protocol.TCP, VIP6, 80);
        add(key, SERVER, 8080, Forwarding.FULL_NAT);
        services.addLocalAddress(key, local);
        assertThat(Matches.of(services.current(), marked, List.of(IpPrefix.host(HOST), IpPrefix.host(local)),
                Set.of()))
                .containsExactlyInAnyOrder(
                        new Match(Kind.SERVICE, 6, VIP6, 80), new Match(Kind.VIRTUAL_ADDRESS, 0, VIP6, 0),
                        new Match(Kind.SERVER, 6, SERVER, 8080), new Match(Kind.HOST_ADDRESS, 0, HOST, 0));
        assertThat(services.current().servesV4()).as("answers are IPv4").isTrue();
        services.deleteServer(key, SERVER, 8080);
        assertThat(services.current().servesV4()).isFalse();
    }

    @Test
    void masqueraded_ftp_takes_the_ports_that_its_data_connections_may_have() throws Exception {
        add(new ServiceKey.Address(Protocol.TCP, VIP, 21), SERVER, 2121, Forwarding.MASQUERADE);
        assertThat(all()).containsExactlyInAnyOrder(
                new Match(Kind.SERVICE, 6, VIP, 21), new Match(Kind.FTP_SERVICE, 6, VIP, 0),
                new Match(Kind.VIRTUAL_ADDRESS, 0, VIP, 0), new Match(Kind.SERVER, 6, SERVER, 2121),
                new Match(Kind.SERVER, 6, SERVER, 2120), new Match(Kind.FTP_SERVER, 6, SERVER, 0));
    }

    @Test
    void ftp_under_fullnat_takes_them_too() throws Exception {
        add(new ServiceKey.Address(Protocol.TCP, VIP, 21), SERVER, 21, Forwarding.FULL_NAT);
        assertThat(all()).contains(new Match(Kind.FTP_SERVICE, 6, VIP, 0), new Match(Kind.SERVER, 6, SERVER, 20),
                new Match(Kind.FTP_SERVER, 6, SERVER, 0));
    }

    @Test
    void what_begins_outward_is_taken_with_its_pings_and_what_comes_to_the_addresses_it_leaves_from() throws Exception {
        IpPrefix inside = IpPrefix.parse("10.9.0.0/16");
        services.sourceNats(List.of(new SourceNat(inside, IpPrefix.ALL_V4, List.of(HOST))));
        assertThat(all()).containsExactlyInAnyOrder(
                new Match(Kind.OUTWARD, 6, inside, 0), new Match(Kind.OUTWARD, 17, inside, 0),
                new Match(Kind.OUTWARD, 1, inside, 0), new Match(Kind.SERVICE, 6, HOST, 0),
                new Match(Kind.SERVICE, 17, HOST, 0), new Match(Kind.SERVICE, 1, HOST, 0),
                new Match(Kind.VIRTUAL_ADDRESS, 0, HOST, 0));
    }

    @Test
    void direct_routed_ftp_has_data_connections_only_where_it_is_persistent() throws Exception {
        add(new ServiceKey.Address(Protocol.TCP, VIP, 21), SERVER, 21, Forwarding.DIRECT_ROUTING);
        assertThat(all()).noneMatch(match -> match.kind() == Kind.FTP_SERVICE);
        services.editService(new ServiceKey.Address(Protocol.TCP, VIP, 21),
                new VirtualService.Settings("rr", Set.of(), 300, -1, false, null));
        assertThat(all()).contains(new Match(Kind.FTP_SERVICE, 6, VIP, 0))
                .noneMatch(match -> match.kind() == Kind.FTP_SERVER);
    }

    @Test
    void a_firewall_mark_takes_what_rules_mark_so_for_the_host() throws Exception {
        add(new ServiceKey.Mark(66, true), SERVER, 0, Forwarding.MASQUERADE);
        MarkRules rules = rules(marks(66, to(VIP, 32), TCP, ports(80, 80, 443, 443)),
                marks(66, to(SERVER, 32), TCP, ports(80, 80)), marks(5, to(VIP, 32), TCP, ports(25, 25)));
        assertThat(matches(rules, VIP)).containsExactlyInAnyOrder(
                new Match(Kind.SERVICE, 6, VIP, 80), new Match(Kind.SERVICE, 6, VIP, 443),
                new Match(Kind.VIRTUAL_ADDRESS, 0, VIP, 0), new Match(Kind.SERVER, 6, SERVER, 80),
                new Match(Kind.SERVER, 6, SERVER, 443));
    }

    @Test
    void a_server_of_a_mark_with_a_port_of_its_own_may_answer_from_that() throws Exception {
        add(new ServiceKey.Mark(66, true), SERVER, 8080, Forwarding.MASQUERADE);
        assertThat(matches(rules(marks(66, to(VIP, 32), TCP, ports(80, 80))), VIP))
                .contains(new Match(Kind.SERVER, 6, SERVER, 8080), new Match(Kind.SERVER, 6, SERVER, 80));
    }

    @Test
    void a_rule_without_a_destination_takes_what_is_for_the_host_whatever_its_address() throws Exception {
        add(new ServiceKey.Mark(66, true), SERVER, 0, Forwarding.DIRECT_ROUTING);
        assertThat(matches(rules(marks(66, new dev.weir.mark.Match.Protocol(17, true), not(to(VIP, 32)))), VIP))
                .containsExactlyInAnyOrder(new Match(Kind.SERVICE, 6, IpPrefix.ALL_V4, 0),
                        new Match(Kind.SERVICE, 132, IpPrefix.ALL_V4, 0),
                        new Match(Kind.VIRTUAL_ADDRESS, 0, IpPrefix.ALL_V4, 0));
    }

    @Test
    void the_longest_destination_counts_and_a_mask_with_holes_does_not() throws Exception {
        add(new ServiceKey.Mark(66, true), SERVER, 0, Forwarding.DIRECT_ROUTING);
        IpPrefix net = new IpPrefix(VIP, 24);
        assertThat(matches(rules(marks(66, to(VIP, 16), to(VIP, 24), TCP, new dev.weir.mark.Match.Address(
                Side.DESTINATION, VIP, IpAddress.parse("255.0.255.255"), false))), VIP))
                .containsExactlyInAnyOrder(new Match(Kind.SERVICE, 6, net, 0),
                        new Match(Kind.VIRTUAL_ADDRESS, 0, net, 0));
    }

    @Test
    void rules_of_the_other_family_and_of_other_marks_take_nothing() throws Exception {
        add(new ServiceKey.Mark(66, false), SERVER, 0, Forwarding.IPIP);
        assertThat(matches(rules(marks(66, to(VIP, 32), TCP), new MarkRule(false, List.of(TCP),
                Target.SetMark.set(0x43, 0xff))), VIP)).isEmpty();
    }

    @Test
    void a_rule_that_changes_some_bits_takes_what_may_end_with_the_mark() throws Exception {
        add(new ServiceKey.Mark(0x142, true), SERVER, 0, Forwarding.DIRECT_ROUTING);
        MarkRule some = new MarkRule(true, List.of(to(VIP, 32), TCP, ports(80, 80)), Target.SetMark.or(0x100));
        MarkRule others = new MarkRule(true, List.of(to(VIP, 32), TCP, ports(81, 81)), Target.SetMark.or(0x200));
        MarkRule whole = marks(0x42, to(VIP, 32), TCP, ports(82, 82));
        assertThat(matches(rules(some, others, whole), VIP)).containsExactlyInAnyOrder(
                new Match(Kind.SERVICE, 6, VIP, 80), new Match(Kind.VIRTUAL_ADDRESS, 0, VIP, 0));
    }

    @Test
    void many_ports_are_every_port() throws Exception {
        add(new ServiceKey.Mark(66, true), SERVER, 0, Forwarding.DIRECT_ROUTING);
        assertThat(matches(rules(marks(66, to(VIP, 32), TCP, ports(1024, 65535))), VIP))
                .contains(new Match(Kind.SERVICE, 6, VIP, 0));
        assertThat(matches(rules(marks(66, to(VIP, 32), TCP, ports(8000, 8999))), VIP)).hasSize(1001);
    }

    @Test
    void what_a_rule_marked_stays_while_connections_of_it_do() throws Exception {
        ServiceKey.Mark key = new ServiceKey.Mark(66, true);
        add(key, SERVER, 0, Forwarding.DIRECT_ROUTING);
        MarkRules before = rules(marks(66, to(VIP, 32), TCP, ports(80, 80)));
        RealServer server = Objects.requireNonNull(services.current().find(key)).servers().getFirst();
        Set<Match> then = matches(before, VIP);
        server.connectionsChanged(0, 1);
        assertThat(matches(MarkRules.NONE, VIP)).isEqualTo(then).hasSize(2);
        assertThat(marked.remembers()).isTrue();
        server.connectionsChanged(0, -1);
        assertThat(matches(MarkRules.NONE, VIP)).isEmpty();
        assertThat(marked.remembers()).isFalse();
        server.connectionsChanged(0, 1);
        assertThat(matches(MarkRules.NONE, VIP)).as("once let go").isEmpty();
    }

    @Test
    void what_policy_routing_delivers_by_its_mark_is_taken_whose_ever_it_is() throws Exception {
        add(new ServiceKey.Mark(66, true), SERVER, 0, Forwarding.MASQUERADE);
        MarkRules web = rules(marks(66, TCP, ports(80, 80)));
        deliveries = List.of(delivered(66, -1, IpPrefix.ALL_V4));
        assertThat(matches(web)).contains(new Match(Kind.DELIVERED_SERVICE, 6, IpPrefix.ALL_V4, 80),
                new Match(Kind.DELIVERED_ADDRESS, 0, IpPrefix.ALL_V4, 0), new Match(Kind.SERVER, 6, SERVER, 80));
        deliveries = List.of(delivered(0x42, 0x40, new IpPrefix(VIP, 24)));
        assertThat(deliveredServices(web)).containsExactly(
                new Match(Kind.DELIVERED_SERVICE, 6, new IpPrefix(VIP, 24), 80));
        assertThat(deliveredServices(rules(marks(66, to(VIP, 16), TCP, ports(80, 80)), marks(66, to(VIP, 32), TCP))))
                .containsExactlyInAnyOrder(new Match(Kind.DELIVERED_SERVICE, 6, new IpPrefix(VIP, 24), 80),
                        new Match(Kind.DELIVERED_SERVICE, 6, VIP, 0));
        assertThat(deliveredServices(rules(marks(66, to(SERVER, 24), TCP)))).as("another prefix").isEmpty();
        for (MarkedDelivery other : List.of(delivered(65, -1, IpPrefix.ALL_V4), delivered(66, -1, IpPrefix.ALL_V6))) {
            deliveries = List.of(other);
            assertThat(deliveredServices(web)).as("%s", other).isEmpty();
        }
    }

    @Test
    void a_prefix_within_one_that_is_delivered_is_delivered_too() throws Exception {
        add(new ServiceKey.Mark(66, true), SERVER, 0, Forwarding.DIRECT_ROUTING);
        add(new ServiceKey.Mark(67, true), SERVER, 0, Forwarding.DIRECT_ROUTING);
        deliveries = List.of(delivered(66, -1, IpPrefix.ALL_V4));
        IpPrefix net = new IpPrefix(VIP, 24);
        assertThat(matches(rules(marks(66, TCP, ports(80, 80)), marks(67, to(VIP, 24), TCP, ports(80, 81)))))
                .contains(new Match(Kind.DELIVERED_SERVICE, 6, net, 80), new Match(Kind.DELIVERED_ADDRESS, 0, net, 0))
                .contains(new Match(Kind.SERVICE, 6, net, 81))
                .doesNotContain(new Match(Kind.DELIVERED_SERVICE, 6, net, 81));
    }

    private Set<Match> deliveredServices(MarkRules rules) {
        Set<Match> matches = matches(rules);
        matches.removeIf(match -> match.kind() != Kind.DELIVERED_SERVICE);
        return matches;
    }

    private static MarkedDelivery delivered(int mark, int mask, IpPrefix prefix) {
        return new MarkedDelivery(mark, mask, prefix);
    }

    private Set<Match> matches(MarkRules rules, IpAddress... local) {
        List<IpPrefix> prefixes = Arrays.stream(local).map(IpPrefix::host).toList();
        marked.update(rules, prefixes, deliveries);
        Set<Match> matches = Matches.of(services.current(), marked, prefixes, Set.of());
        matches.removeIf(match -> match.kind() == Kind.HOST_ADDRESS);
        return matches;
    }

    private static MarkRules rules(MarkRule... rules) {
        return new MarkRules(List.of(rules));
    }

    private static MarkRule marks(int mark, dev.weir.mark.Match... matches) {
        return new MarkRule(true, List.of(matches), Target.SetMark.set(mark, -1));
    }

    private static dev.weir.mark.Match.Address to(IpAddress address, int length) {
        return new dev.weir.mark.Match.Address(Side.DESTINATION, address,
                dev.weir.mark.Match.Address.mask(address.isV4(), length), false);
    }

    private static dev.weir.mark.Match.Address not(dev.weir.mark.Match.Address match) {
        return new dev.weir.mark.Match.Address(match.side(), match.address(), match.mask(), true);
    }

    private static dev.weir.mark.Match.Ports ports(int... firstAndLast) {
        List<PortRange> ranges = new ArrayList<>();
        for (int i = 0; i < firstAndLast.length; i += 2) {
            ranges.add(new PortRange(firstAndLast[i], firstAndLast[i + 1]));
        }
        return new dev.weir.mark.Match.Ports(PortSide.DESTINATION, ranges, false);
    }

    private Set<Match> all() {
        return Matches.of(services.current(), marked, List.of(), Set.of());
    }

    private RealServer server(ServiceKey key) {
        return Objects.requireNonNull(services.current().find(key)).servers().getFirst();
    }

    private List<Match> servers() {
        return all().stream().filter(match -> match.kind() == Kind.SERVER).toList();
    }

    private void add(ServiceKey key, IpAddress server, int port, Forwarding forwarding) throws ServiceException {
        services.addService(key, new VirtualService.Settings("rr", Set.of(), 0, key.v4() ? 32 : 128, false, null));
        services.addServer(key, server, port, new RealServer.Settings(forwarding, 1, 0, 0));
    }
}
