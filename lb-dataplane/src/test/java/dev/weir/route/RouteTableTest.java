package dev.weir.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.route.NextHop.Kind;
import dev.weir.wire.IpAddress;
import dev.weir.wire.IpPrefix;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RouteTableTest {
    private static final long MAC = 0x020000000c02L;
    private final StaticRoutes routes = new StaticRoutes()
            .link(2, "eth0", 0x020000000001L, 1500).link(3, "eth1", 0x020000000002L, 1400)
            .address("eth0", ip("172.25.254.100"), 24).address("eth0", ip("2001:db8:c::64"), 64)
            .address("eth1", ip("192.168.0.100"), 24).address("eth1", ip("2001:db8:5::64"), 64)
            .address("eth1", ip("fe80::1"), 64)
            .route(ip("0.0.0.0"), 0, ip("172.25.254.2"), "eth0")
            .route(ip("::"), 0, ip("2001:db8:c::2"), "eth0")
            .route(ip("10.10.0.0"), 16, ip("192.168.0.1"), "eth1")
            .local(ip("10.99.0.0"), 16).local(ip("2001:db8:99::"), 64)
            .neighbour(ip("172.25.254.2"), "eth0", MAC);

    @Test
    void a_destination_on_the_subnet_is_its_own_neighbour() {
        NextHop hop = lookup("192.168.0.10");
        assertThat(hop.kind()).isEqualTo(Kind.FORWARD);
        assertThat(hop.interfaceIndex()).isEqualTo(3);
        assertThat(hop.mtu()).isEqualTo(1400);
        assertThat(hop.source()).isEqualTo(ip("192.168.0.100"));
        assertThat(neighbour(hop).address()).isEqualTo(ip("192.168.0.10"));
        assertThat(neighbour(hop).hardwareAddress()).isEqualTo(Neighbour.UNRESOLVED);
        assertThat(neighbour(lookup("2001:db8:5::10")).address()).isEqualTo(ip("2001:db8:5::10"));
    }

    @Test
    void what_is_beyond_goes_to_the_gateway_of_the_longest_prefix() {
        assertThat(neighbour(lookup("8.8.8.8")).hardwareAddress()).isEqualTo(MAC);
        assertThat(lookup("8.8.8.8").source()).isEqualTo(ip("172.25.254.100"));
        assertThat(neighbour(lookup("10.10.3.4")).address()).isEqualTo(ip("192.168.0.1"));
        assertThat(neighbour(lookup("10.11.3.4")).address()).isEqualTo(ip("172.25.254.2"));
        assertThat(neighbour(lookup("2001:db8:7::1")).address()).isEqualTo(ip("2001:db8:c::2"));
        assertThat(lookup("2001:db8:7::1").source()).isEqualTo(ip("2001:db8:c::64"));
    }

    @Test
    void addresses_and_local_prefixes_are_the_hosts_own() {
        for (String own : List.of("172.25.254.100", "192.168.0.100", "10.99.7.7", "2001:db8:c::64", "2001:db8:99::5")) {
            assertThat(lookup(own).kind()).as(own).isEqualTo(Kind.LOCAL);
            assertThat(lookup(own).source()).as(own).isEqualTo(ip(own));
        }
        assertThat(lookup("2001:db8:c::64").interfaceIndex()).isEqualTo(2);
        assertThat(lookup("2001:db8:99::5").interfaceIndex()).as("no interface bears it").isZero();
    }

    @Test
    void the_smaller_metric_wins_and_among_equals_the_first() {
        routes.route(metric("10.20.0.0", "192.168.0.3", 100)).route(metric("10.20.0.0", "192.168.0.4", 50))
                .route(metric("10.20.0.0", "192.168.0.5", 50));
        assertThat(neighbour(lookup("10.20.1.1")).address()).isEqualTo(ip("192.168.0.4"));
    }

    @Test
    void unreachable_routes_and_no_route_are_unreachable() {
        routes.route(new Route(RoutingRule.MAIN, Route.Type.UNREACHABLE, ip("10.10.5.0"), 24, 0, 0, null, List.of()));
        assertThat(lookup("10.10.5.1").kind()).isEqualTo(Kind.UNREACHABLE);
        assertThat(lookup("10.10.4.1").kind()).isEqualTo(Kind.FORWARD);
        NextHop nowhere = new StaticRoutes().lookup(0, ip("8.8.8.8").low());
        assertThat(nowhere.kind()).isEqualTo(Kind.UNREACHABLE);
        assertThat(nowhere.source()).isEqualTo(IpAddress.ANY_V4);
    }

    @Test
    void rules_are_asked_by_their_priority_until_a_table_has_a_route() {
        List<RoutingRule> rules = new ArrayList<>(RoutingRule.USUAL);
        rules.add(0, new RoutingRule(true, 50, 0x10, 0xf0, 101));
        rules.add(1, new RoutingRule(true, 60, 0x11, -1, 102));
        rules.add(new RoutingRule(true, 40000, 0x20, -1, 102));
        rules.add(0, new RoutingRule(false, 50, 0x11, -1, 102));
        routes.policy(rules, List.of(local(102, "0.0.0.0", 0), local(102, "::", 0), local(103, "8.0.0.0", 8),
                new Route(101, Route.Type.THROW, ip("8.8.0.0"), 16, 0, 0, null, List.of()),
                new Route(101, Route.Type.UNREACHABLE, ip("8.0.0.0"), 8, 0, 0, null, List.of())));
        assertThat(lookup(0x11, "8.8.8.8")).isEqualTo(Kind.LOCAL);
        assertThat(lookup(0x12, "8.8.8.8")).as("thrown, and no other rule").isEqualTo(Kind.FORWARD);
        assertThat(lookup(0x11, "8.9.8.8")).isEqualTo(Kind.UNREACHABLE);
        assertThat(lookup(0x11, "9.9.9.9")).isEqualTo(Kind.LOCAL);
        assertThat(lookup(0x20, "9.9.9.9")).as("main has a default route").isEqualTo(Kind.FORWARD);
        assertThat(lookup(0, "8.8.8.8")).isEqualTo(Kind.FORWARD);
        assertThat(lookup(0x11, "2001:db8:7::1")).isEqualTo(Kind.LOCAL);
        assertThat(lookup(0x12, "2001:db8:7::1")).isEqualTo(Kind.FORWARD);
        for (int mark : List.of(0, 0x11, 0x12, 0x20)) {
            for (String address : List.of("8.8.8.8", "8.9.8.8", "9.9.9.9", "172.25.254.100", "2001:db8:7::1")) {
                assertThat(routes.isLocal(mark, ip(address).high(), ip(address).low())).as("%s %x", address, mark)
                        .isEqualTo(lookup(mark, address) == Kind.LOCAL);
            }
        }
    }

    @Test
    void a_rule_for_all_packets_makes_its_local_routes_the_hosts_own_and_one_of_a_mark_does_not() {
        RouteTable table = new RouteTable();
        List<Route> all = List.of(local(102, "10.2.0.0", 16), local(103, "10.3.0.0", 16), local(104, "10.4.0.0", 16));
        table.replace(List.of(), List.of(), all,
                List.of(new RoutingRule(true, 1, 0, 0, 102), new RoutingRule(true, 2, 5, 7, 103)));
        assertThat(table.localPrefixes()).containsExactly(new IpPrefix(ip("10.2.0.0"), 16));
        assertThat(table.markedDeliveries())
                .containsExactly(new MarkedDelivery(5, 7, new IpPrefix(ip("10.3.0.0"), 16)));
    }

    private static Route local(int table, String prefix, int length) {
        return new Route(table, Route.Type.LOCAL, ip(prefix), length, 0, 0, null, List.of());
    }

    private Kind lookup(int mark, String destination) {
        return routes.lookup(mark, ip(destination).high(), ip(destination).low()).kind();
    }

    @Test
    void a_route_may_set_mtu_and_source() {
        routes.route(new Route(RoutingRule.MAIN, Route.Type.UNICAST, ip("10.30.0.0"), 16, 0, 1280,
                ip("10.99.0.1"), List.of(new Route.Hop(ip("192.168.0.1"), 3, 1))));
        assertThat(lookup("10.30.0.1").mtu()).isEqualTo(1280);
        assertThat(lookup("10.30.0.1").source()).isEqualTo(ip("10.99.0.1"));
    }

    @Test
    void an_ipv4_route_may_have_an_ipv6_gateway() {
        routes.route(ip("10.40.0.0"), 16, ip("fe80::9"), "eth1");
        NextHop hop = lookup("10.40.0.1");
        assertThat(neighbour(hop).address()).isEqualTo(ip("fe80::9"));
        assertThat(hop.source()).isEqualTo(ip("192.168.0.100"));
    }

    @Test
    void several_hops_share_destinations_by_weight_and_one_destination_keeps_its_hop() {
        routes.route(new Route(RoutingRule.MAIN, Route.Type.UNICAST, ip("10.50.0.0"), 16, 0, 0, null,
                List.of(new Route.Hop(ip("192.168.0.1"), 3, 1), new Route.Hop(ip("192.168.0.2"), 3, 3))));
        int second = 0;
        for (int i = 0; i < 4000; i++) {
            IpAddress destination = IpAddress.v4(0x0a320000 + i);
            NextHop hop = routes.lookup(0, destination.low());
            assertThat(routes.lookup(0, destination.low())).isSameAs(hop);
            second += neighbour(hop).address().equals(ip("192.168.0.2")) ? 1 : 0;
        }
        assertThat(second).isBetween(2800, 3200);
    }

    @Test
    void a_link_local_destination_gets_a_link_local_source() {
        assertThat(lookup("fe80::77").source()).isEqualTo(ip("fe80::1"));
    }

    @Test
    void a_route_over_a_link_that_is_down_is_no_route() {
        routes.link(new Link(3, "eth1", 0x020000000002L, 1400, false, Link.ETHERNET, "", 0, 0));
        assertThat(neighbour(lookup("192.168.0.10")).address()).isEqualTo(ip("172.25.254.2"));
    }

    @Test
    void a_neighbour_changes_under_a_next_hop_without_a_new_generation() {
        NextHop hop = lookup("8.8.8.8");
        int before = routes.generation();
        routes.neighbour(ip("172.25.254.2"), "eth0", 0x020000000c99L);
        assertThat(routes.generation()).isEqualTo(before);
        assertThat(neighbour(hop).hardwareAddress()).isEqualTo(0x020000000c99L);
        routes.neighbourLost(ip("172.25.254.2"), "eth0", true);
        assertThat(neighbour(hop).failed()).isTrue();
        assertThat(neighbour(hop).hardwareAddress()).isEqualTo(Neighbour.UNRESOLVED);
    }

    @Test
    void a_route_change_makes_a_new_generation_and_keeps_the_neighbours() {
        NextHop before = lookup("8.8.8.8");
        int generation = routes.generation();
        routes.route(ip("10.60.0.0"), 16, ip("192.168.0.1"), "eth1");
        assertThat(routes.generation()).isNotEqualTo(generation);
        assertThat(lookup("8.8.8.8")).isNotSameAs(before);
        assertThat(neighbour(lookup("8.8.8.8"))).isSameAs(neighbour(before));
    }

    @Test
    void replacing_with_the_same_changes_nothing() {
        RouteTable table = new RouteTable();
        List<Link> links = List.of(Link.ethernet(1, "eth0", MAC, 1500));
        List<Route> all = List.of(Route.via(ip("10.0.0.0"), 8, null, 1));
        assertThat(table.replace(links, List.of(), all, RoutingRule.USUAL)).isTrue();
        int generation = table.generation();
        assertThat(table.replace(List.copyOf(links), List.of(), List.copyOf(all), RoutingRule.USUAL)).isFalse();
        assertThat(table.generation()).isEqualTo(generation);
    }

    @Test
    void destinations_behind_a_gateway_share_their_next_hop() {
        NextHop hop = lookup("8.8.8.8");
        for (int i = 0; i < 2 * RecentNextHops.REMEMBERED; i++) {
            assertThat(routes.lookup(0, IpAddress.v4(0x20000000 + i).low())).isSameAs(hop);
        }
        assertThat(lookup("2001:db8:7::1")).isSameAs(lookup("2001:db8:8::2"));
        routes.link(4, "eth2", 0x020000000003L, 1500);
        assertThat(lookup("8.8.8.8")).as("of another generation").isEqualTo(hop).isNotSameAs(hop);
    }

    @Test
    void routes_that_differ_in_their_prefixes_only_share_their_next_hop() {
        routes.route(ip("10.60.0.0"), 16, ip("192.168.0.9"), "eth1").route(ip("10.70.0.0"), 24, ip("192.168.0.9"),
                "eth1");
        assertThat(lookup("10.60.1.1")).isSameAs(lookup("10.70.0.1")).isNotEqualTo(lookup("10.10.3.4"));
    }

    @Test
    void an_ipv6_destination_behind_a_gateway_has_the_source_that_is_nearest_to_it() {
        routes.address("eth0", ip("2001:db9::64"), 32);
        assertThat(lookup("2001:db9:7::1").kind()).isEqualTo(Kind.FORWARD);
        routes.route(ip("2001:db9:7::"), 48, ip("2001:db8:c::2"), "eth0");
        assertThat(lookup("2001:db9:7::1").source()).isEqualTo(ip("2001:db9::64"));
        assertThat(lookup("2001:db8:7::1").source()).isEqualTo(ip("2001:db8:c::64"));
    }

    @Test
    void a_host_without_addresses_has_the_unspecified_source_of_the_destinations_family() {
        StaticRoutes bare = new StaticRoutes();
        assertThat(bare.lookup(0, ip("8.8.8.8").low()).source()).isEqualTo(IpAddress.ANY_V4);
        assertThat(bare.lookup(ip("2001:db8::1").high(), 1).source()).isEqualTo(IpAddress.ANY_V6);
        assertThat(bare.lookup(0, ip("9.9.9.9").low()).source()).isEqualTo(IpAddress.ANY_V4);
    }

    @Test
    void next_hops_on_the_link_are_remembered_and_their_number_is_bounded() {
        routes.route(ip("32.0.0.0"), 3, null, "eth1");
        NextHop kept = lookup("192.168.0.77");
        assertThat(lookup("192.168.0.77")).isSameAs(kept);
        for (int i = 0; i < 4 * RecentNextHops.REMEMBERED; i++) {
            routes.lookup(0, IpAddress.v4(0x20000000 + i).low());
        }
        assertThat(lookup("192.168.0.77")).isEqualTo(kept).isNotSameAs(kept);
    }

    @Test
    void what_is_local_has_a_local_next_hop() {
        for (String address : List.of("172.25.254.100", "192.168.0.10", "8.8.8.8", "10.99.1.1", "2001:db8:99::7",
                "2001:db8:7::1", "0.0.0.0")) {
            assertThat(routes.isLocal(0, ip(address).high(), ip(address).low())).as(address)
                    .isEqualTo(lookup(address).kind() == Kind.LOCAL);
        }
    }

    @Test
    void solicitations_are_recorded() {
        Neighbour neighbour = neighbour(lookup("192.168.0.10"));
        routes.solicit(neighbour);
        assertThat(routes.solicited()).containsExactly(neighbour);
        assertThat(routes.solicited()).isEmpty();
    }

    @Test
    void a_link_that_is_not_there_is_refused_by_name() {
        assertThatThrownBy(() -> routes.address("eth7", ip("10.0.0.1"), 8)).hasMessageContaining("eth7")
                .hasMessageContaining("eth0");
    }

    private static Route metric(String prefix, String gateway, long metric) {
        return new Route(RoutingRule.MAIN, Route.Type.UNICAST, ip(prefix), 16, metric, 0, null,
                List.of(new Route.Hop(ip(gateway), 3, 1)));
    }

    private NextHop lookup(String destination) {
        return routes.lookup(ip(destination).high(), ip(destination).low());
    }

    private static Neighbour neighbour(NextHop hop) {
        Neighbour neighbour = hop.neighbour();
        assertThat(neighbour).isNotNull();
        return java.util.Objects.requireNonNull(neighbour);
    }

    private static IpAddress ip(String text) {
        return IpAddress.parse(text);
    }
}
