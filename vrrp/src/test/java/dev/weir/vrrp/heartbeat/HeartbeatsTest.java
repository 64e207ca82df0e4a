package dev.weir.vrrp.heartbeat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.conf.VrrpInstance;
import dev.weir.sys.NetworkNamespace;
import dev.weir.sys.Poller;
import dev.weir.vrrp.Configurations;
import dev.weir.vrrp.address.Interfaces;
import dev.weir.vrrp.machine.Event;
import dev.weir.vrrp.machine.Event.HeartbeatHeard;
import dev.weir.vrrp.machine.Heartbeat;
import dev.weir.vrrp.machine.State;
import dev.weir.vrrp.machine.Terms;
import dev.weir.wire.IpAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Two hosts with a second path, and what one hears of the other. */
@Tag("root")
class HeartbeatsTest {
    private NetworkNamespace one;
    private NetworkNamespace other;

    @BeforeEach
    void begin() {
        one = NetworkNamespace.create("beat1");
        other = NetworkNamespace.create("beat2");
        one.run("ip link add e1 type veth peer name e1 netns " + other.name());
        one.run("ip link set e1 up; ip addr add 10.1.0.1/24 dev e1; ip addr add fd01::1/64 dev e1 nodad");
        other.run("ip link set e1 up; ip addr add 10.1.0.2/24 dev e1; ip addr add fd01::2/64 dev e1 nodad");
    }

    @AfterEach
    void end() {
        one.close();
        other.close();
    }

    private static VrrpInstance instance(String name, int router, String peer, String... lines) {
        return Configurations.read("vrrp_instance " + name + " {\ninterface e0\nvirtual_router_id " + router
                + "\nvirtual_ipaddress {\n10.0.0.100\n}\nheartbeat {\npeer " + peer + "\n" + String.join("\n", lines)
                + "\n}\n}\n").instances().getFirst();
    }

    private static Heartbeat master(int router) {
        return new Heartbeat(State.MASTER, 100, IpAddress.parse("10.0.0.1"), Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                false, new Terms(router, 2, Duration.ofSeconds(1), 0, 0, false, 0));
    }

    private static void configure(NetworkNamespace host, Heartbeats heartbeats, VrrpInstance instance,
            Interfaces devices)
            throws Exception {
        host.inside(() -> {
            heartbeats.configure(List.of(instance), devices);
            return instance;
        });
    }

    /** Both speak three times, one after the other; what the second heard. */
    private List<Event> heard(VrrpInstance first, VrrpInstance second) throws Exception {
        List<Event> heard = new ArrayList<>();
        try (Heartbeats near = one.inside(Heartbeats::new);
                Heartbeats far = other.inside(Heartbeats::new);
                Interfaces nearDevices = one.inside(Interfaces::open);
                Interfaces farDevices = other.inside(Interfaces::open);
                Poller poller = new Poller(far.descriptor())) {
            configure(one, near, first, nearDevices);
            configure(other, far, second, farDevices);
            for (int i = 0; i < 3; i++) {
                far.send(second.name(), master(second.virtualRouterId()));
                near.receive(i, event -> {
                });
                near.send(first.name(), master(first.virtualRouterId()));
                poller.await(20_000_000);
                far.receive(i, heard::add);
            }
        }
        return heard;
    }

    @Test
    void aMasterIsHeardByItsNumber() throws Exception {
        assertThat(heard(instance("A", 51, "10.1.0.2", "secret k", "interface e1"),
                instance("B", 51, "10.1.0.1", "secret k", "interface e1")))
                .contains(new HeartbeatHeard("B", IpAddress.parse("10.1.0.1"), master(51)));
    }

    @Test
    void overIpv6Too() throws Exception {
        assertThat(heard(instance("A", 51, "fd01::2", "secret k", "port 4000"),
                instance("A", 51, "fd01::1", "secret k", "port 4000")))
                .contains(new HeartbeatHeard("A", IpAddress.parse("fd01::1"), master(51)));
    }

    @Test
    void whereTheNumberDiffersTheNameCounts() throws Exception {
        assertThat(heard(instance("A", 52, "10.1.0.2", "secret k"), instance("A", 51, "10.1.0.1", "secret k")))
                .contains(new HeartbeatHeard("A", IpAddress.parse("10.1.0.1"), master(52)));
    }

    @Test
    void anotherSecretIsNotHeard() throws Exception {
        assertThat(heard(instance("A", 51, "10.1.0.2", "secret k"), instance("A", 51, "10.1.0.1", "secret l")))
                .isEmpty();
    }

    @Test
    void whoIsNoPeerIsNotHeard() throws Exception {
        assertThat(heard(instance("A", 51, "10.1.0.2", "secret k"), instance("A", 51, "10.1.0.9", "secret k")))
                .isEmpty();
    }
}
