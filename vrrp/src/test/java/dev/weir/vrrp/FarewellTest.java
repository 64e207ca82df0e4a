package dev.weir.vrrp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.conf.Configuration;
import dev.weir.notify.Fifos;
import dev.weir.notify.ScriptRunner;
import dev.weir.sys.NetworkNamespace;
import dev.weir.vrrp.address.UndoLog;
import dev.weir.vrrp.machine.State;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A master that is stopped answers until the next one does. */
@Tag("root")
@Timeout(60)
class FarewellTest {
    /** For which it waits where nobody takes over, with what it gives the next one to announce its addresses. */
    private static final Duration SKEW = Duration.ofSeconds(1);

    private final BlockingQueue<Entered> entered = new LinkedBlockingQueue<>();
    private NetworkNamespace host;

    /** @param worked how long the VRRP thread has had a processor since its beginning */
    private record Entered(State state, Duration worked) {
    }

    private final class Recorder extends NoDataplane {
        @Override
        public void entered(String instance, State state) {
            entered.add(new Entered(state,
                    Duration.ofNanos(ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime())));
        }
    }

    @BeforeEach
    void begin() {
        host = NetworkNamespace.create("farewell");
        host.run("ip link add e0 type veth peer name e1; ip link set e0 up; ip link set e1 up; "
                + "ip addr add 10.0.0.1/24 dev e0");
    }

    @AfterEach
    void end() {
        host.close();
    }

    private Duration until(State state) throws InterruptedException {
        Entered next;
        do {
            next = entered.poll(20, TimeUnit.SECONDS);
            assertThat(next).as("enters %s", state).isNotNull();
        } while (next.state() != state);
        return next.worked();
    }

    /** It runs before all others, who are to forward meanwhile. */
    @Test
    void whileItWaitsForTheNextMasterItSleepsWhateverHappensOnTheHost() throws Exception {
        Configuration configuration = Configurations.read("""
                vrrp_instance A {
                    interface e0
                    version 3
                    advert_int 0.9
                    virtual_router_id 51
                    virtual_ipaddress {
                        10.0.1.1/24
                    }
                }
                """);
        try (ScriptRunner runner = new ScriptRunner(); Fifos fifos = new Fifos(runner)) {
            Vrrp vrrp = host.inside(() -> Vrrp.start(configuration, new Vrrp.Surroundings(runner, fifos,
                    UndoLog.NOBODY, new Recorder(), _ -> entered.add(new Entered(State.INIT, Duration.ZERO)),
                    false)));
            Duration before = until(State.MASTER);
            Thread ending = Thread.ofPlatform().start(vrrp::close);
            while (ending.isAlive()) {
                host.run("ip addr add 10.0.2.1/24 dev e0; ip addr del 10.0.2.1/24 dev e0");
            }
            assertThat(until(State.STOP).minus(before)).isLessThan(SKEW.dividedBy(2));
        }
    }
}
