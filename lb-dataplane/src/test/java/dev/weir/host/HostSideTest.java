package dev.weir.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.mark.MarkRules;
import dev.weir.port.PacketSocketPort;
import dev.weir.port.Port;
import dev.weir.port.XdpPort;
import dev.weir.port.XdpProgram;
import dev.weir.route.NetlinkMirror;
import dev.weir.service.Forwarding;
import dev.weir.service.Protocol;
import dev.weir.service.RealServer;
import dev.weir.service.ServiceKey;
import dev.weir.service.Services;
import dev.weir.service.VirtualService;
import dev.weir.sys.NetworkNamespace;
import dev.weir.sys.Umem;
import dev.weir.sys.XdpSocket;
import dev.weir.wire.Frame;
import dev.weir.wire.IpAddress;
import dev.weir.wire.IpPrefix;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A client, a director that bears the virtual addresses and a server, with strict reverse path filtering and veth
 * offloads as they come. The "worker" of these tests finds everything it gets to be the host's.
 */
@Tag("root")
class HostSideTest {
    private static final String VIP = "198.51.100.80";
    private static final String VIP6 = "2001:db8:c::80";
    private static final String SERVER = "10.0.0.10";
    private static final String SERVER6 = "2001:db8:5::10";
    private static final int STREAM = 3_000_000;

    private final AtomicLong handedBack = new AtomicLong();
    private final List<AutoCloseable> open = new ArrayList<>();
    private NetworkNamespace client;
    private NetworkNamespace director;
    private NetworkNamespace server;
    private @Nullable HostSide host;
    private volatile boolean working = true;
    private @Nullable Thread worker;

    @BeforeEach
    void begin() throws Exception {
        client = NetworkNamespace.create("client");
        director = NetworkNamespace.create("director");
        server = NetworkNamespace.create("server");
        director.run("ip link add c0 type veth peer name eth0 netns " + client.name());
        director.run("ip link add s0 type veth peer name eth0 netns " + server.name());
        director.run("sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 "
                + "net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.c0.rp_filter=1 net.ipv4.conf.s0.rp_filter=1");
        addresses(director, "c0", "198.51.100.1/24", "2001:db8:c::1/64", VIP + "/32", VIP6 + "/128");
        addresses(director, "s0", "10.0.0.1/24", "2001:db8:5::1/64");
        addresses(client, "eth0", "198.51.100.7/24", "2001:db8:c::7/64");
        addresses(server, "eth0", SERVER + "/24", SERVER6 + "/64");
        client.run("ip route add default via 198.51.100.1; ip -6 route add default via 2001:db8:c::1");
        server.run("ip route add default via 10.0.0.1; ip -6 route add default via 2001:db8:5::1");
    }

    @AfterEach
    void end() throws Exception {
        working = false;
        if (worker != null) {
            worker.join();
        }
        try {
            for (AutoCloseable resource : open) {
                resource.close();
            }
        } finally {
            for (NetworkNamespace namespace : new NetworkNamespace[]{client, director, server}) {
                namespace.close();
            }
        }
    }

    @Test
    void the_host_does_not_see_what_is_balanced_and_sees_all_else() throws Exception {
        start(false);
        for (String vip : List.of(VIP, VIP6)) {
            assertThatThrownBy(() -> stream(client, director, vip, 80)).isInstanceOf(SocketTimeoutException.class);
            stream(client, director, vip, 8022);
            client.run("ping -c 2 -i 0.2 -W 2 -s 4000 " + vip);
        }
        host().update(new Services().current(), MarkRules.NONE, List.of(), List.of(), Set.of());
        stream(client, director, VIP, 80);
    }

    @ParameterizedTest
    @ValueSource(strings = {VIP, VIP6})
    void a_stream_that_was_taken_and_handed_back_arrives_whole_with_its_offloads(String vip) throws Exception {
        start(true);
        stream(client, director, vip, 80);
        assertThat(handedBack.get()).isPositive();
    }

    @Test
    void what_af_xdp_took_and_is_the_hosts_comes_back_to_it_once() throws Exception {
        client.run("ethtool -K eth0 tx off");
        start(true, host -> {
            Umem umem = new Umem(2 * XdpSocket.Sizes.DEFAULT.frames());
            List<Port> ports = new ArrayList<>();
            for (String name : List.of("c0", "s0")) {
                ports.add(XdpPort.open(name, umem, XdpPort.Settings.DEFAULT,
                        new XdpProgram(host.steering(), false), XdpPort.Share.ALL));
            }
            return ports;
        });
        stream(client, director, VIP, 80);
        assertThat(handedBack.get()).isPositive().isLessThan(STREAM / 100);
        client.run("ping -c 2 -i 0.2 -W 2 -s 4000 " + VIP);
    }

    @ParameterizedTest
    @ValueSource(strings = {SERVER, SERVER6})
    void a_client_that_talks_to_a_server_through_the_director_is_forwarded_by_the_host(String address)
            throws Exception {
        start(true);
        stream(client, server, address, 8080);
        assertThat(handedBack.get()).as("the server's packets").isPositive();
    }

    @ParameterizedTest
    @ValueSource(strings = {SERVER, SERVER6})
    void the_directors_own_check_of_a_server_is_never_taken(String address) throws Exception {
        start(true);
        stream(director, server, address, 8080);
        assertThat(handedBack.get()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {VIP, VIP6})
    void fragments_of_the_hosts_own_datagrams_come_back_to_it(String vip) throws Exception {
        start(true);
        try (DatagramSocket listening = director.inside(() -> new DatagramSocket(9999))) {
            listening.setSoTimeout(5000);
            byte[] sent = new byte[9000];
            new Random(1).nextBytes(sent);
            client.inside(() -> {
                try (DatagramSocket socket = new DatagramSocket()) {
                    socket.send(new DatagramPacket(sent, sent.length, InetAddress.ofLiteral(vip), 9999));
                }
                return true;
            });
            DatagramPacket got = new DatagramPacket(new byte[10000], 10000);
            listening.receive(got);
            assertThat(Arrays.copyOf(got.getData(), got.getLength())).isEqualTo(sent);
        }
        assertThat(handedBack.get()).isGreaterThanOrEqualTo(6);
    }

    @Test
    void closing_leaves_the_host_as_it_was_and_others_filters_alone() throws Exception {
        director.run("tc qdisc add dev s0 clsact; tc filter add dev s0 ingress pref 7 bpf bytecode \"1,6 0 0 0\" "
                + "flowid 1:1");
        String before = traces();
        start(false);
        assertThat(traces()).contains("weir_ingress").contains("weir0").contains("weir1");
        assertThat(director.run("tc filter show dev s0 ingress")).contains("pref 7");
        stopHost();
        assertThat(traces()).isEqualTo(before);
    }

    @Test
    void what_a_director_that_died_left_is_replaced() throws Exception {
        start(false);
        director.inside(() -> {
            try (HostSide second = HostSide.open(named(Set.of("c0")))) {
                assertThat(second.handBackPorts()).hasSize(1);
                assertThat(director.run("tc filter show dev c0 ingress")).containsOnlyOnce("handle 0x");
            }
            return true;
        });
        assertThat(director.run("tc qdisc show dev c0")).doesNotContain("clsact");
    }

    @Test
    void an_interface_that_was_made_anew_is_taken_over_again() throws Exception {
        start(false);
        director.run("ip link del c0; ip link add name c0 index 4242 type veth peer name eth0 netns " + client.name());
        addresses(director, "c0", "198.51.100.1/24", "2001:db8:c::1/64", VIP + "/32", VIP6 + "/128");
        addresses(client, "eth0", "198.51.100.7/24", "2001:db8:c::7/64");
        client.run("ip route add default via 198.51.100.1");
        stream(client, director, VIP, 80);

        host().follow(director.inside(() -> named(Set.of("c0", "s0"))));
        assertThat(director.run("tc filter show dev c0 ingress")).contains(Interception.NAME);
        assertThatThrownBy(() -> stream(client, director, VIP, 80)).isInstanceOf(SocketTimeoutException.class);
        stream(client, director, VIP, 8022);
        stopHost();
        assertThat(director.run("tc qdisc show dev c0")).doesNotContain("clsact");
    }

    private interface Opener {
        List<Port> open(HostSide host) throws IOException;
    }

    private void start(boolean handBack) throws Exception {
        start(handBack, opened -> {
            List<Port> ports = new ArrayList<>();
            for (String name : List.of("c0", "s0")) {
                ports.add(PacketSocketPort.open(name, 510, OptionalInt.of(opened.socketFilter())));
            }
            return ports;
        });
    }

    private void start(boolean handBack, Opener opener) throws Exception {
        director.inside(() -> {
            HostSide opened = HostSide.open(named(Set.of("c0", "s0")));
            host = opened;
            open.add(opened);
            List<Port> ports = opener.open(opened);
            open.addAll(ports);
            worker = Thread.ofPlatform().start(() -> work(ports, handBack ? opened.handBackPorts() : List.of()));
            return true;
        });
        Services services = new Services();
        for (String[] pair : new String[][]{{VIP, SERVER}, {VIP6, SERVER6}}) {
            ServiceKey key = new ServiceKey.Address(Protocol.TCP, IpAddress.parse(pair[0]), 80);
            services.addService(key, new VirtualService.Settings("rr", Set.of(), 0, pair[0].equals(VIP) ? 32 : 128,
                    false, null));
            services.addServer(key, IpAddress.parse(pair[1]), 8080,
                    new RealServer.Settings(Forwarding.MASQUERADE, 1, 0, 0));
            // No server, but fragments of UDP may be its.
            services.addService(new ServiceKey.Address(Protocol.UDP, IpAddress.parse(pair[0]), 53),
                    new VirtualService.Settings("rr", Set.of(), 0, -1, false, null));
        }
        host().update(services.current(), MarkRules.NONE,
                List.of("198.51.100.1", "10.0.0.1", VIP, "2001:db8:c::1", "2001:db8:5::1", VIP6)
                        .stream().map(IpAddress::parse).map(IpPrefix::host).toList(),
                List.of(), Set.of());
    }

    private HostSide host() {
        return Objects.requireNonNull(host);
    }

    private void stopHost() throws Exception {
        open.remove(host());
        host().close();
    }

    private static List<dev.weir.route.Link> named(Set<String> names) throws Exception {
        try (NetlinkMirror mirror = NetlinkMirror.open()) {
            return mirror.links().stream().filter(link -> names.contains(link.name())).toList();
        }
    }

    private void work(List<Port> ports, List<HandBackPort> handBack) {
        Frame[] burst = new Frame[64];
        Arrays.setAll(burst, i -> new Frame());
        while (working) {
            for (int i = 0; i < ports.size(); i++) {
                int count = ports.get(i).receive(burst);
                for (int j = 0; !handBack.isEmpty() && j < count; j++) {
                    handBack.get(i).transmit(burst[j]);
                    handedBack.incrementAndGet();
                }
                ports.get(i).release();
            }
            Thread.onSpinWait();
        }
    }

    private String traces() {
        return director.run("for i in c0 s0; do tc qdisc show dev $i; tc filter show dev $i ingress; done; "
                + "ip -br link | sed \"s/ .*//\"").replaceAll("id \\d+", "id");
    }

    private static void addresses(NetworkNamespace namespace, String link, String... addresses) {
        namespace.run("ip link set " + link + " up");
        for (String address : addresses) {
            namespace.run("ip addr add " + address + " dev " + link + (address.contains(":") ? " nodad" : ""));
        }
    }

    /** Many bytes there and as many back, all of them checked. */
    private static void stream(NetworkNamespace from, NetworkNamespace to, String address, int port) throws Exception {
        byte[] bytes = new byte[STREAM];
        new Random(2).nextBytes(bytes);
        try (ServerSocket listening = to.inside(() -> new ServerSocket(port))) {
            CompletableFuture<byte[]> got = CompletableFuture.supplyAsync(() -> {
                try (Socket accepted = listening.accept()) {
                    byte[] all = accepted.getInputStream().readNBytes(STREAM);
                    accepted.getOutputStream().write(all);
                    return all;
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            byte[] echoed = from.inside(() -> {
                try (Socket socket = new Socket()) {
                    socket.connect(new InetSocketAddress(InetAddress.ofLiteral(address), port), 2500);
                    socket.setSoTimeout(10_000);
                    socket.getOutputStream().write(bytes);
                    return socket.getInputStream().readNBytes(STREAM);
                }
            });
            assertThat(Arrays.equals(got.get(), bytes)).as("bytes there").isTrue();
            assertThat(Arrays.equals(echoed, bytes)).as("bytes back").isTrue();
        }
    }
}
