package dev.weir.vrrp.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.conf.KeepalivedConf;
import dev.weir.conf.LocalHost;
import dev.weir.conf.VrrpInstance;
import dev.weir.sys.NetworkNamespace;
import dev.weir.sys.Poller;
import dev.weir.vrrp.address.Owner;
import dev.weir.vrrp.address.UndoLog;
import dev.weir.wire.Bytes;
import dev.weir.wire.IpAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Two hosts with one link, and what goes from one's sockets to the other's. */
@Tag("root")
class TransportTest {
    private static final long SECOND = 1_000_000_000;
    private NetworkNamespace one;
    private NetworkNamespace other;

    @BeforeEach
    void begin() {
        one = NetworkNamespace.create("one");
        other = NetworkNamespace.create("other");
        link();
    }

    private void link() {
        one.run("ip link add e0 type veth peer name e0 netns " + other.name());
        up(one, 1);
        up(other, 2);
    }

    private static void up(NetworkNamespace host, int number) {
        host.run("ip link set e0 up; ip addr add 10.0.0." + number + "/24 dev e0; ip addr add fd00::" + number
                + "/64 dev e0 nodad; ip addr add fe80::" + number + "/64 dev e0 nodad");
    }

    @AfterEach
    void end() {
        one.close();
        other.close();
    }

    private record Heard(String device, IpAddress source, IpAddress destination, int ttl, String bytes) {
    }

    private static List<VrrpInstance> instances(int own, int peer) {
        String file = """
                vrrp_instance four { interface e0
                    virtual_router_id 51
                    virtual_ipaddress { 10.0.0.100 } }
                vrrp_instance six { interface e0
                    virtual_router_id 52
                    virtual_ipaddress { fe80::100 } }
                vrrp_instance unicast { interface e0
                    virtual_router_id 53
                    unicast_src_ip 10.0.0.%d
                    unicast_peer { 10.0.0.%d }
                    unicast_ttl 7
                    virtual_ipaddress { 10.0.0.101 } }
                vrrp_instance sixcast { interface e0
                    virtual_router_id 54
                    unicast_src_ip fd00::%d
                    unicast_peer { fd00::%d }
                    unicast_ttl 9
                    virtual_ipaddress { fe80::101 } }
                """.formatted(own, peer, own, peer);
        return KeepalivedConf.read(file, "test", Path.of("/"),
                LocalHost.surroundings()).configuration().instances();
    }

    @Test
    void packets_of_each_kind_arrive_and_those_of_other_routers_do_not() throws Exception {
        List<VrrpInstance> here = instances(2, 1);
        other.inside(() -> {
            try (Owner owner = Owner.open(UndoLog.NOBODY);
                    Transport transport = new Transport();
                    Poller poller = new Poller(transport.descriptor())) {
                transport.configure(here, owner.interfaces());
                one.inside(() -> {
                    sendAll(51);
                    return true;
                });
                List<Heard> heard = new ArrayList<>();
                long end = System.nanoTime() + 5 * SECOND;
                while (heard.size() < 4 && System.nanoTime() < end) {
                    poller.await(SECOND);
                    transport.receive(packet -> heard.add(heard(packet)));
                }
                assertThat(heard).containsExactlyInAnyOrder(
                        new Heard("e0", IpAddress.parse("10.0.0.1"), IpAddress.parse("224.0.0.18"), 255, "2133"),
                        new Heard("e0", IpAddress.parse("fe80::1"), IpAddress.parse("ff02::12"), 255, "3134"),
                        new Heard("e0", IpAddress.parse("10.0.0.1"), IpAddress.parse("10.0.0.2"), 7, "2135"),
                        new Heard("e0", IpAddress.parse("fd00::1"), IpAddress.parse("fd00::2"), 9, "3136"));
            }
            return true;
        });
    }

    @Test
    void an_interface_that_is_made_anew_is_found_again() throws Exception {
        List<VrrpInstance> here = instances(2, 1).subList(0, 2);
        other.inside(() -> {
            try (Owner owner = Owner.open(UndoLog.NOBODY);
                    Transport transport = new Transport();
                    Poller poller = new Poller(transport.descriptor())) {
                transport.configure(here, owner.interfaces());
                other.run("ip link del e0; ip link add d8 type veth peer name d9");
                link();
                owner.follow(0);
                transport.configure(here, owner.interfaces());
                one.inside(() -> {
                    sendAll(51);
                    return true;
                });
                List<Heard> heard = new ArrayList<>();
                long end = System.nanoTime() + 5 * SECOND;
                while (heard.size() < 2 && System.nanoTime() < end) {
                    poller.await(SECOND);
                    transport.receive(packet -> heard.add(heard(packet)));
                }
                assertThat(heard).extracting(Heard::bytes).containsExactlyInAnyOrder("2133", "3134");
            }
            return true;
        });
    }

    /** A raw socket is bound to a VRF as to any interface; the kernel says which packets are the VRF's. */
    @Test
    void an_instance_in_a_vrf_hears_what_comes_by_that_alone() throws Exception {
        one.run("ip link add e1 type veth peer name e1 netns " + other.name() + "; ip link set e1 up");
        other.run("ip link set e1 up; for i in all e0 e1; do sysctl -q net.ipv4.conf.$i.rp_filter=0; done");
        other.inside(() -> {
            try (Owner owner = Owner.open(UndoLog.NOBODY);
                    Transport transport = new Transport();
                    Poller poller = new Poller(transport.descriptor())) {
                transport.configure(List.of(inVrf("e0", 55, 2, 1), inVrf("e1", 56, 2, 1)), owner.interfaces());
                one.inside(() -> {
                    sendInVrfs(inVrf("e0", 56, 1, 2), inVrf("e1", 55, 1, 2), inVrf("e0", 55, 1, 2),
                            inVrf("e1", 56, 1, 2));
                    return true;
                });
                List<Heard> heard = new ArrayList<>();
                long end = System.nanoTime() + 5 * SECOND;
                while (heard.size() < 2 && System.nanoTime() < end) {
                    poller.await(SECOND);
                    transport.receive(packet -> heard.add(heard(packet)));
                }
                assertThat(heard).extracting(each -> each.device() + " " + each.bytes())
                        .containsExactlyInAnyOrder("e0 2137", "e1 2138");
            }
            return true;
        });
    }

    private static VrrpInstance inVrf(String vrf, int router, int own, int peer) {
        return KeepalivedConf.read("""
                vrrp_instance %s-%d {
                    vrf %s
                    virtual_router_id %d
                    unicast_src_ip 10.0.0.%d
                    unicast_peer {
                        10.0.0.%d
                    }
                    virtual_ipaddress {
                        10.0.0.101 dev %s
                    }
                }
                """.formatted(vrf, router, vrf, router, own, peer, vrf), "test", Path.of("/"),
                LocalHost.surroundings()).configuration().instances().getFirst();
    }

    private static void sendInVrfs(VrrpInstance... instances) throws Exception {
        try (Arena arena = Arena.ofConfined();
                Owner owner = Owner.open(UndoLog.NOBODY);
                Transport transport = new Transport()) {
            transport.configure(List.of(instances), owner.interfaces());
            for (VrrpInstance instance : instances) {
                send(transport, instance, "10.0.0.1", "10.0.0.2",
                        four(255, 0x0a000002, instance.virtualRouterId(), arena));
            }
        }
    }

    private static void sendAll(int router) throws Exception {
        List<VrrpInstance> there = instances(1, 2);
        try (Arena arena = Arena.ofConfined();
                Owner owner = Owner.open(UndoLog.NOBODY);
                Transport transport = new Transport()) {
            transport.configure(there, owner.interfaces());
            for (int wrong = 0; wrong < 2; wrong++) {
                int add = wrong * 100;
                send(transport, there.get(0), "10.0.0.1", "224.0.0.18", four(255, 224 << 24 | 18, router + add, arena));
                send(transport, there.get(1), "fe80::1", "ff02::12", message(0x31, router + 1 + add, arena));
                send(transport, there.get(2), "10.0.0.1", "10.0.0.2", four(7, 0x0a000002, router + 2 + add, arena));
                send(transport, there.get(3), "fd00::1", "fd00::2", message(0x31, router + 3 + add, arena));
            }
        }
    }

    private static void send(Transport transport, VrrpInstance instance, String from, String to,
            MemorySegment packet) {
        assertThat(transport.send(instance, IpAddress.parse(from), IpAddress.parse(to), packet, packet.byteSize()))
                .as(instance.name()).isTrue();
    }

    private static MemorySegment message(int version, int router, Arena arena) {
        return arena.allocateFrom(ValueLayout.JAVA_BYTE, (byte) version, (byte) router);
    }

    private static MemorySegment four(int ttl, int to, int router, Arena arena) {
        MemorySegment packet = arena.allocate(22, 8);
        Bytes.u16(packet, 0, 0x45c0);
        Bytes.u8(packet, 8, ttl);
        Bytes.u8(packet, 9, 112);
        Bytes.i32(packet, 12, 0x0a000001);
        Bytes.i32(packet, 16, to);
        Bytes.u8(packet, 20, 0x21);
        Bytes.u8(packet, 21, router);
        return packet;
    }

    private static Heard heard(Transport.Packet packet) {
        byte[] bytes = packet.bytes().toArray(ValueLayout.JAVA_BYTE);
        int header = packet.source().isV4() ? 20 : 0;
        return new Heard(packet.device(), packet.source(), packet.destination(), packet.ttl(),
                HexFormat.of().formatHex(bytes, header, bytes.length));
    }
}
