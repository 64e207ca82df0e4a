package dev.weir.bfd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.sys.NetworkNamespace;
import dev.weir.vrrp.Configurations;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Neighbours by addresses that each link may have, on hosts with two links: the interface says which. keepalived 2.2.7 takes
 * no interface, so both are Weir's.
 */
@Tag("root")
@Timeout(60)
class BfdOfOneLinkTest {
    private static final long PATIENCE_SECONDS = 20;

    private final SessionStates states = new SessionStates();
    private final BlockingQueue<Boolean> told = new LinkedBlockingQueue<>();
    private NetworkNamespace one;
    private NetworkNamespace other;

    @BeforeEach
    void begin() {
        NetworkNamespace.requireRoot();
        one = NetworkNamespace.create("bfd-one");
        other = NetworkNamespace.create("bfd-other");
        link("e0");
        link("e1");
        states.follow((_, up) -> told.add(up));
    }

    private void link(String name) {
        NetworkNamespace.shell("ip -n " + one.name() + " link add " + name + " type veth peer name " + name + " netns "
                + other.name());
        address(one, name, 1);
        address(other, name, 2);
    }

    private static void address(NetworkNamespace host, String device, int number) {
        host.run("ip link set " + device + " up; ip addr add fe80::" + number + "/64 dev " + device + " nodad");
    }

    @AfterEach
    void end() {
        one.close();
        other.close();
    }

    private Bfd start(NetworkNamespace host, SessionStates follows, String neighbour, String settings)
            throws Exception {
        Bfd bfd = host.inside(() -> new Bfd(follows));
        bfd.configure(Configurations.read("bfd_instance B {\nneighbor_ip " + neighbour
                + "\n@weir interface e1\nmin_rx 50\nmin_tx 50\nmultiplier 10\n" + settings + "}\n").bfds());
        return bfd;
    }

    private void becomes(boolean up) throws InterruptedException {
        Boolean next = told.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        while (next != null && next != up) {
            next = told.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
        assertThat(next).as("the session is %s in time", up ? "up" : "down").isNotNull();
    }

    @Test
    void theyFindEachOtherByTheInterface() throws Exception {
        try (Bfd _ = start(one, states, "fe80::2", "source_ip fe80::1\n");
                Bfd _ = start(other, new SessionStates(), "fe80::1", "")) {
            becomes(true);
        }
    }

    @Test
    void anInterfaceThatIsMadeAnewIsFoundAgain() throws Exception {
        try (Bfd _ = start(one, states, "fe80::2", ""); Bfd _ = start(other, new SessionStates(), "fe80::1", "")) {
            becomes(true);
            one.run("ip link del e1");
            becomes(false);
            link("e1");
            becomes(true);
        }
    }
}
