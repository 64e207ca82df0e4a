package dev.weir.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.route.NextHop.Kind;
import dev.weir.sys.NetworkNamespace;
import dev.weir.wire.IpAddress;
import dev.weir.wire.IpPrefix;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Against the kernel of this machine: a director's namespace with a peer on one veth. */
@Tag("root")
class NetlinkMirrorTest {
    private NetworkNamespace director;
    private NetworkNamespace peer;
    private NetlinkMirror mirror;

    @BeforeEach
    void begin() throws Exception {
        director = NetworkNamespace.create("mirror");
        peer = NetworkNamespace.create("peer");
        director.run("ip link add eth0 type veth peer name eth0 netns " + peer.name());
        director.run("ip link set eth0 address 02:00:00:00:00:01 addrgenmode none; ip addr add 192.0.2.1/24 dev eth0");
        director.run("ip addr add 2001:db8::1/64 dev eth0 nodad; ip addr add fe80::1/64 dev eth0 nodad; "
                + "ip link set eth0 up");
        peer.run("ip link set eth0 address 02:00:00:00:00:02; ip addr add 192.0.2.2/24 dev eth0");
        peer.run("ip addr add 2001:db8::2/64 dev eth0 nodad; ip link set eth0 up");
        director.run("ip route add default via 192.0.2.2; ip -6 route add default via 2001:db8::2");
        mirror = director.inside(NetlinkMirror::open);
    }

    @AfterEach
    void end() {
        mirror.close();
        director.close();
        peer.close();
    }

    @Test
    void what_is_there_at_the_start_is_known_at_once() {
        assertThat(lookup("192.0.2.1").kind()).isEqualTo(Kind.LOCAL);
        assertThat(lookup("2001:db8::1").kind()).isEqualTo(Kind.LOCAL);
        assertThat(lookup("192.0.2.255").kind()).isEqualTo(Kind.UNREACHABLE);
        assertThat(lookup("198.51.100.1").source()).isEqualTo(IpAddress.parse("192.0.2.1"));
        assertThat(lookup("2001:db8:1::1").source()).isEqualTo(IpAddress.parse("2001:db8::1"));
        assertThat(neighbour("198.51.100.1").address()).isEqualTo(IpAddress.parse("192.0.2.2"));
        assertThat(neighbour("2001:db8:1::1").address()).isEqualTo(IpAddress.parse("2001:db8::2"));
    }

    @Test
    void the_kernel_resolves_neighbours_that_are_asked_for() throws Exception {
        for (String destination : new String[]{"198.51.100.1", "2001:db8:1::1", "192.0.2.2"}) {
            Neighbour neighbour = neighbour(destination);
            mirror.solicit(neighbour);
            await("resolved " + destination, () -> neighbour.hardwareAddress() == 0x020000000002L);
        }
        Neighbour nobody = neighbour("192.0.2.77");
        mirror.solicit(nobody);
        await("failed", nobody::failed);
        peer.run("ip addr add 192.0.2.77/24 dev eth0");
        await("asked again", () -> {
            mirror.solicit(nobody);
            return nobody.hardwareAddress() == 0x020000000002L;
        });
    }

    @Test
    void a_neighbour_with_another_mac_address_is_noticed_without_traffic_of_the_host() throws Exception {
        Neighbour neighbour = neighbour("192.0.2.2");
        mirror.solicit(neighbour);
        await("resolved", () -> neighbour.hardwareAddress() == 0x020000000002L);
        int generation = mirror.generation();
        peer.run("sysctl -qw net.ipv4.conf.eth0.arp_notify=0; ip link set eth0 address 02:00:00:00:00:99");
        director.run("ip neigh change 192.0.2.2 dev eth0 nud stale");
        await("the new address", () -> {
            mirror.solicit(neighbour);
            return neighbour.hardwareAddress() == 0x020000000099L;
        });
        assertThat(mirror.generation()).isEqualTo(generation);
    }

    @Test
    void routes_addresses_and_links_are_followed() throws Exception {
        AtomicInteger changes = new AtomicInteger();
        mirror.onChange(changes::incrementAndGet);
        director.run("ip route add 10.1.0.0/16 via 192.0.2.9 mtu 1300");
        await("route", () -> lookup("10.1.0.1").mtu() == 1300);
        director.run("ip route replace 10.1.0.0/16 nexthop via 192.0.2.8 nexthop via 192.0.2.9 weight 2");
        await("two hops", () -> lookup("10.1.0.1").mtu() == 1500);
        director.run("ip route add blackhole 10.1.2.0/24");
        await("blackhole", () -> lookup("10.1.2.1").kind() == Kind.UNREACHABLE);
        director.run("ip route add 10.2.0.0/16 via inet6 fe80::99 dev eth0");
        await("IPv6 gateway", () -> neighbour("10.2.0.1").address().equals(IpAddress.parse("fe80::99")));
        director.run("ip addr add 203.0.113.5/32 dev eth0; ip addr add 2001:db8::5/128 dev eth0 nodad");
        await("address",
                () -> lookup("203.0.113.5").kind() == Kind.LOCAL && lookup("2001:db8::5").kind() == Kind.LOCAL);
        director.run("ip addr del 203.0.113.5/32 dev eth0; ip link set eth0 mtu 1400");
        await("no address", () -> lookup("203.0.113.5").kind() == Kind.FORWARD && lookup("203.0.113.5").mtu() == 1400);
        director.run("ip route add local 10.99.0.0/16 dev lo; ip -6 route add local 2001:db8:99::/64 dev lo");
        await("local", () -> lookup("10.99.3.4").kind() == Kind.LOCAL && lookup("2001:db8:99::4").kind() == Kind.LOCAL);
        assertThat(mirror.localPrefixes()).extracting(IpPrefix::toString).contains("10.99.0.0/16", "2001:db8:99::/64",
                "127.0.0.0/8", "192.0.2.1/32", "2001:db8::1/128").doesNotContain("192.0.2.0/24");
        director.run("ip link set eth0 down");
        await("link down", () -> lookup("198.51.100.1").kind() == Kind.UNREACHABLE);
        assertThat(changes.get()).isGreaterThanOrEqualTo(8);
    }

    @Test
    void rules_of_a_mark_and_their_tables_are_followed() throws Exception {
        director.run("ip route add local default dev lo table 100; ip -6 route add local default dev lo table 1000");
        director.run("ip rule add fwmark 0x12/0xf2 lookup 100; ip -6 rule add fwmark 66 lookup 1000 pref 77");
        await("delivered", () -> delivered(0x1a, "198.51.100.1") && delivered(66, "2001:db8:1::1"));
        assertThat(delivered(0x18, "198.51.100.1")).isFalse();
        assertThat(delivered(66, "198.51.100.1")).isFalse();
        assertThat(delivered(0, "2001:db8:1::1")).isFalse();
        assertThat(mirror.markedDeliveries()).containsExactlyInAnyOrder(
                new MarkedDelivery(0x12, 0xf2, IpPrefix.ALL_V4), new MarkedDelivery(66, -1, IpPrefix.ALL_V6));
        assertThat(mirror.localPrefixes()).doesNotContain(IpPrefix.ALL_V4, IpPrefix.ALL_V6);
        director.run("ip rule add fwmark 0x12 lookup 101 pref 9; ip route add 198.51.100.0/24 via 192.0.2.2 table 101");
        await("routed away", () -> !delivered(0x12, "198.51.100.1") && delivered(0x12, "198.51.101.1"));
        director.run("ip rule add not fwmark 5 lookup 100 pref 8; ip rule add from 192.0.2.0/24 lookup 100 pref 7; "
                + "ip rule del pref 9");
        await("that rule gone", () -> delivered(0x12, "198.51.100.1"));
        assertThat(delivered(0, "198.51.100.1")).as("rules not followed").isFalse();
        director.run("ip -6 route flush table 1000; ip rule del fwmark 0x12/0xf2");
        await("gone", () -> !delivered(66, "2001:db8:1::1") && !delivered(0x12, "198.51.100.1"));
        assertThat(mirror.markedDeliveries()).isEmpty();
    }

    private boolean delivered(int mark, String destination) {
        IpAddress address = IpAddress.parse(destination);
        return mirror.lookup(mark, address.high(), address.low()).kind() == Kind.LOCAL;
    }

    private NextHop lookup(String destination) {
        IpAddress address = IpAddress.parse(destination);
        return mirror.lookup(address.high(), address.low());
    }

    private Neighbour neighbour(String destination) {
        return Objects.requireNonNull(lookup(destination).neighbour(), destination);
    }

    private static void await(String what, BooleanSupplier reached) throws InterruptedException {
        long end = System.nanoTime() + 15_000_000_000L;
        while (!reached.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waiting for: " + what).isLessThan(end);
            Thread.sleep(5);
        }
    }
}
