package dev.weir.vrrp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.conf.Configuration;
import dev.weir.notify.Fifos;
import dev.weir.notify.ScriptRunner;
import dev.weir.sys.NetworkNamespace;
import dev.weir.vrrp.address.UndoLog;
import dev.weir.vrrp.machine.State;
import dev.weir.wire.IpAddress;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The host never has a virtual address of which the dataplane does not know: its stack would reset clients' connections. At
 * each call it is looked what the host has at that moment.
 */
@Tag("root")
@Timeout(60)
class HandoverOrderTest {
    private static final String BALANCED = "10.0.1.";

    private final BlockingQueue<Moment> moments = new LinkedBlockingQueue<>();
    private final Set<String> known = new HashSet<>();
    private NetworkNamespace host;

    /** A call, with what the host had of virtual addresses, and what the dataplane takes from before it until after it. */
    private record Moment(String call, Set<String> owned, Set<String> onHost, Set<String> taken) {
    }

    @BeforeEach
    void begin() {
        host = NetworkNamespace.create("handover");
        host.run("ip link add e0 type veth peer name e1; ip link set e0 up; ip link set e1 up; "
                + "ip addr add 10.0.0.1/24 dev e0");
    }

    @AfterEach
    void end() {
        host.close();
    }

    private static Configuration configuration(String more) {
        return Configurations.read("""
                vrrp_instance A {
                    interface e0
                    version 3
                    advert_int 0.3
                    virtual_router_id 51
                    virtual_ipaddress {
                        10.0.1.1/24
                        %s
                    }
                    virtual_ipaddress_excluded {
                        10.0.1.2/24
                    }
                }
                vrrp_instance B {
                    interface e0
                    version 3
                    advert_int 0.3
                    virtual_router_id 52
                    virtual_ipaddress {
                        10.0.1.3/24
                    }
                }
                vrrp_sync_group G {
                    group {
                        A
                        B
                    }
                }
                """.formatted(more));
    }

    private final class Recorder implements Vrrp.Forwarding {
        @Override
        public void taking(Set<IpAddress> virtual, Set<IpAddress> owned) {
            record("taking", owned);
        }

        @Override
        public void changed(Set<IpAddress> virtual, Set<IpAddress> owned) {
            record("changed", owned);
        }

        private void record(String call, Set<IpAddress> owned) {
            Set<String> now = owned.stream().map(IpAddress::toString).collect(Collectors.toSet());
            moments.add(new Moment(call, now, onHost(), Set.copyOf(known)));
            known.clear();
            known.addAll(now);
        }

        @Override
        public void entered(String instance, State state) {
            moments.add(new Moment(instance + " " + state, Set.copyOf(known), onHost(), Set.copyOf(known)));
        }
    }

    private Set<String> onHost() {
        return Arrays.stream(host.run("ip -o -4 addr show dev e0").split("\\s+"))
                .filter(word -> word.startsWith(BALANCED) && word.endsWith("/24"))
                .map(word -> word.substring(0, word.length() - 3)).collect(Collectors.toSet());
    }

    /** All until such a call, each of which is right. */
    private void until(String call, String... owned) throws InterruptedException {
        Set<String> wanted = Stream.of(owned).map(last -> BALANCED + last).collect(Collectors.toSet());
        Moment moment;
        do {
            moment = moments.poll(20, TimeUnit.SECONDS);
            assertThat(moment).as("%s with %s", call, wanted).isNotNull();
            assertThat(moment.taken()).as("%s", moment).containsAll(moment.onHost());
        } while (!moment.call().equals(call) || !moment.owned().equals(wanted));
        if (call.equals("changed")) {
            assertThat(moment.onHost()).as("%s", moment).isEqualTo(moment.owned());
        }
    }

    @Test
    void theDataplaneTakesAddressesBeforeTheHostHasThemAndLeavesThemAfterwards() throws Exception {
        try (ScriptRunner runner = new ScriptRunner(); Fifos fifos = new Fifos(runner)) {
            Vrrp.Surroundings surroundings = new Vrrp.Surroundings(runner, fifos, UndoLog.NOBODY, new Recorder(),
                    died -> moments.add(new Moment("died: " + died, Set.of(), Set.of("died"), Set.of())), false);
            try (Vrrp vrrp = host.inside(() -> Vrrp.start(configuration(""), surroundings))) {
                until("taking", "1", "2", "3");
                until("B MASTER", "1", "2", "3");
                until("changed", "1", "2", "3");
                vrrp.reload(configuration("10.0.1.4/24"));
                until("taking", "1", "2", "3", "4");
                until("changed", "1", "2", "3", "4");
                host.run("ip link set e1 down");
                until("B FAULT", "1", "2", "3", "4");
                until("changed");
                host.run("ip link set e1 up");
                until("taking", "1", "2", "3", "4");
                until("changed", "1", "2", "3", "4");
                vrrp.reload(configuration(""));
                until("changed", "1", "2", "3");
            }
            until("B STOP", "1", "2", "3");
            until("changed");
            assertThat(List.copyOf(moments)).isEmpty();
        }
    }
}
