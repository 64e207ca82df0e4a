package dev.weir.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.mark.MarkRules;
import dev.weir.port.PacketSocketPort;
import dev.weir.route.Link;
import dev.weir.route.NetlinkMirror;
import dev.weir.service.Protocol;
import dev.weir.service.ServiceKey;
import dev.weir.service.Services;
import dev.weir.service.VirtualService;
import dev.weir.sys.NetworkNamespace;
import dev.weir.wire.Frame;
import dev.weir.wire.IpAddress;
import dev.weir.wire.IpPrefix;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A director takes a virtual address over: what is sent to it is Weir's before the host has the address, and until after the host
 * has it no more. A client asks all the while, with a new SYN as soon as it gives up the one before; the host, which nobody
 * listens on, would reset each that it saw.
 */
@Tag("root")
class VirtualAddressComesTest {
    private static final String VIP = "198.51.100.80";
    private static final String VIP6 = "2001:db8:c::80";
    private static final int PORT = 80;
    private static final int PATIENCE_MS = 5;
    private static final int TIMES = 5;

    private final Services services = new Services();
    private final AtomicLong taken = new AtomicLong();
    private final AtomicInteger asked = new AtomicInteger();
    private final AtomicInteger refused = new AtomicInteger();
    private NetworkNamespace client;
    private NetworkNamespace director;
    private @Nullable HostSide host;
    private volatile boolean working = true;
    private @Nullable Thread worker;
    private @Nullable Future<?> asking;

    @BeforeEach
    void begin() throws Exception {
        client = NetworkNamespace.create("asks");
        director = NetworkNamespace.create("takes");
        director.run("ip link add c0 type veth peer name eth0 netns " + client.name());
        director.run(
                "ip addr add 198.51.100.1/24 dev c0; ip addr add 2001:db8:c::1/64 dev c0 nodad; ip link set c0 up");
        client.run("ip addr add 198.51.100.7/24 dev eth0; ip addr add 2001:db8:c::7/64 dev eth0 nodad; "
                + "ip link set eth0 up");
        // As if it had been announced.
        String mac = director.run("cat /sys/class/net/c0/address").strip();
        client.run("for i in " + VIP + " " + VIP6 + "; do ip neigh replace $i lladdr " + mac + " dev eth0; done");
        for (String vip : List.of(VIP, VIP6)) {
            services.addService(new ServiceKey.Address(Protocol.TCP, IpAddress.parse(vip), PORT),
                    new VirtualService.Settings("rr", Set.of(), 0, vip.equals(VIP) ? 32 : 128, false, null));
        }
        worker = director.inside(() -> {
            HostSide opened = HostSide.open(links());
            host = opened;
            PacketSocketPort port = PacketSocketPort.open("c0", 510, OptionalInt.of(opened.socketFilter()));
            return Thread.ofPlatform().start(() -> work(port));
        });
    }

    @AfterEach
    void end() throws Exception {
        working = false;
        try {
            if (asking != null) {
                asking.get();
            }
            if (worker != null) {
                worker.join();
            }
            if (host != null) {
                host.close();
            }
        } finally {
            client.close();
            director.close();
        }
    }

    private static List<Link> links() throws IOException {
        try (NetlinkMirror mirror = NetlinkMirror.open()) {
            return mirror.links().stream().filter(link -> link.name().equals("c0")).toList();
        }
    }

    /** What a worker does with packets of no connection after a takeover: nothing. */
    private void work(PacketSocketPort port) {
        Frame[] burst = new Frame[64];
        Arrays.setAll(burst, i -> new Frame());
        try (port) {
            while (working) {
                taken.addAndGet(port.receive(burst));
                port.release();
                Thread.onSpinWait();
            }
        }
    }

    private void ask(String vip) {
        FutureTask<?> task = new FutureTask<>(() -> client.inside(() -> {
            InetSocketAddress to = new InetSocketAddress(InetAddress.ofLiteral(vip), PORT);
            while (working) {
                try (Socket socket = new Socket()) {
                    socket.connect(to, PATIENCE_MS);
                    throw new AssertionError("somebody listens");
                } catch (ConnectException e) {
                    refused.incrementAndGet();
                } catch (SocketTimeoutException e) {
                    asked.incrementAndGet();
                }
            }
            return true;
        }));
        asking = task;
        Thread.ofPlatform().start(task);
    }

    /** Until a client has asked that many times more, and waited in vain or been refused. */
    private void askedAgain(int times) {
        int before = asked.get() + refused.get();
        while (asked.get() + refused.get() < before + times) {
            Thread.onSpinWait();
            assertThat(Objects.requireNonNull(asking).isDone()).as("asking goes on").isFalse();
        }
    }

    private void rest(Set<IpAddress> resting) throws IOException {
        Objects.requireNonNull(host).update(services.current(), MarkRules.NONE,
                List.of("198.51.100.1", "2001:db8:c::1", VIP, VIP6).stream()
                        .map(address -> IpPrefix.host(IpAddress.parse(address))).toList(),
                List.of(), resting);
    }

    @ParameterizedTest
    @ValueSource(strings = {VIP, VIP6})
    void noFrameReachesTheHostWhileTheAddressComesAndGoes(String vip) throws Exception {
        Set<IpAddress> others = Set.of(IpAddress.parse(vip));
        String address = vip + (vip.equals(VIP) ? "/32 dev c0" : "/128 dev c0 nodad");
        rest(others);
        ask(vip);
        askedAgain(5);
        for (int i = 0; i < TIMES; i++) {
            long before = taken.get();
            rest(Set.of());
            director.run("ip addr add " + address);
            askedAgain(40);
            assertThat(taken.get() - before).as("SYNs that Weir took").isGreaterThan(30);
            director.run("ip addr del " + address);
            rest(others);
            askedAgain(5);
        }
        assertThat(refused.get()).as("resets").isZero();
        director.run("ip addr add " + address);
        askedAgain(40);
        assertThat(refused.get()).as("resets, where the address came first").isGreaterThan(30);
    }
}
