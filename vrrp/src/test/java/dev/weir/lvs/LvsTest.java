package dev.weir.lvs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.bfd.SessionStates;
import dev.weir.conf.Configuration;
import dev.weir.conf.KeepalivedConf;
import dev.weir.conf.LocalHost;
import dev.weir.conf.VirtualServer.Service;
import dev.weir.lvs.Operator.ServerState;
import dev.weir.lvs.Operator.ServerStatus;
import dev.weir.lvs.Operator.ServiceStatus;
import dev.weir.notify.Fifos;
import dev.weir.notify.ScriptRunner;
import dev.weir.wire.IpAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Virtual servers with threads, checks and a server that are real, and a dataplane that notes what it is told. */
@Timeout(30)
class LvsTest {
    private final ScriptRunner runner = new ScriptRunner();
    private final Fifos fifos = new Fifos(runner);
    private final Noting dataplane = new Noting();
    private final int port;
    private final Lvs lvs;
    private ServerSocket server;

    /** Does as it is told. */
    private static final class Noting implements Balancer {
        private final Map<Service, Map<ServerAddress, PresentServer>> services = new LinkedHashMap<>();
        private long connections;

        @Override
        public synchronized List<Result> carryOut(List<Order> orders) {
            List<Result> results = new ArrayList<>();
            for (Order order : orders) {
                switch (order) {
                    case AddService add -> services.put(add.service(), new LinkedHashMap<>());
                    case DeleteService delete -> services.remove(delete.service());
                    case AddServer add -> servers(add.service()).put(add.server(), present(add.settings()));
                    case EditServer edit -> servers(edit.service()).put(edit.server(), present(edit.settings()));
                    case DeleteServer delete -> servers(delete.service()).remove(delete.server());
                    case EditService _,AddLocalAddress _,DeleteLocalAddress _,SetTimeouts _,Flush _ -> {
                    }
                }
                results.add(new Done());
            }
            return results;
        }

        private Map<ServerAddress, PresentServer> servers(Service service) {
            return services.getOrDefault(service, Map.of());
        }

        private PresentServer present(ServerSettings settings) {
            return new PresentServer(settings.weight(), connections, 0);
        }

        @Override
        public synchronized Map<Service, Present> present() {
            Map<Service, Present> all = new LinkedHashMap<>();
            services.forEach((service, servers) -> {
                Map<ServerAddress, PresentServer> now = new LinkedHashMap<>();
                servers.forEach((address, one) -> now.put(address,
                        new PresentServer(one.weight(), connections, 0)));
                all.put(service, new Present(now, Set.of()));
            });
            return all;
        }

        private synchronized void connections(long number) {
            connections = number;
        }
    }

    LvsTest() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        port = server.getLocalPort();
        lvs = Lvs.start(configuration(""), new Lvs.Surroundings(dataplane, runner, fifos, null, new SessionStates()));
    }

    private Configuration configuration(String more) {
        return KeepalivedConf
                .read("virtual_server 10.0.0.1 80 {\nlb_algo rr\nlb_kind NAT\nprotocol TCP\ndelay_loop 0.05\n"
                        + "warmup 0\nretry 1\ndelay_before_retry 0.05\nha_suspend\nreal_server 127.0.0.1 " + port
                        + " {\nTCP_CHECK {\n}\n}\n" + more + "}\n", "test", Path.of("/"), LocalHost.surroundings())
                .configuration();
    }

    @AfterEach
    void end() throws IOException {
        lvs.close();
        fifos.close();
        runner.close();
        server.close();
        assertThat(dataplane.present()).isEmpty();
    }

    private ServerStatus server() {
        return lvs.status().getFirst().servers().getFirst();
    }

    private void await(String what, Predicate<ServiceStatus> condition) throws InterruptedException {
        for (int i = 0; i < 1000; i++) {
            if (condition.test(lvs.status().getFirst())) {
                return;
            }
            Thread.sleep(10);
        }
        assertThat(lvs.status()).as(what).isNull();
    }

    /** From then on a single failure is not enough. */
    private void awaitSuccess() throws InterruptedException {
        await("a check that succeeded", service -> service.servers().getFirst().checks().getFirst().at() != null);
    }

    private void await(ServerState state) throws InterruptedException {
        await("a server that is " + state, service -> service.servers().getFirst().state() == state);
    }

    @Test
    void aServerThatRefusesLeavesAndReturns() throws IOException, InterruptedException {
        awaitSuccess();
        assertThat(server().weight()).isEqualTo(1);
        server.close();
        await(ServerState.DOWN);
        assertThat(server().why()).isEqualTo("TCP_CHECK: connection refused");
        assertThat(lvs.status().getFirst().quorate()).isFalse();
        assertThat(dataplane.present().values().iterator().next().servers()).isEmpty();
        server = new ServerSocket(port, 50, InetAddress.getLoopbackAddress());
        await(ServerState.UP);
        assertThat(dataplane.present().values().iterator().next().servers()).hasSize(1);
    }

    @Test
    void aReloadSaysWhatItDid() {
        assertThat(lvs.reload(configuration(""))).isEmpty();
        assertThat(lvs.reload(configuration("real_server 127.0.0.2 81 {\n}\n")))
                .containsExactly("add server 127.0.0.2:81 to [10.0.0.1]:tcp:80, NAT, weight 1");
        assertThat(lvs.status().getFirst().servers()).hasSize(2);
    }

    @Test
    void aServerDrainsByHandUntilItsConnectionsHaveEnded() throws InterruptedException {
        dataplane.connections(3);
        ServerPattern which = ServerPattern.parse("127.0.0.1");
        assertThat(lvs.drain(which, null).changed()).singleElement()
                .satisfies(change -> assertThat(change.what()).isEqualTo("draining"));
        assertThat(server().state()).isEqualTo(ServerState.DRAINING);
        assertThat(server().active()).isEqualTo(3);
        dataplane.connections(0);
        await(ServerState.DISABLED);
        assertThat(server().byHand()).isEqualTo("drain");
        lvs.enable(which);
        await(ServerState.UP);
        assertThat(lvs.drain(ServerPattern.parse("127.0.0.9"), null).problem()).contains("127.0.0.9");
    }

    @Test
    void underHaSuspendNobodyIsAskedForAnotherDirectorsAddress() throws IOException, InterruptedException {
        awaitSuccess();
        lvs.elsewhere(Set.of(IpAddress.parse("10.0.0.1")));
        await("a service at rest", ServiceStatus::suspended);
        server.close();
        Thread.sleep(300);
        assertThat(server().state()).isEqualTo(ServerState.UP);
        lvs.elsewhere(Set.of());
        await(ServerState.DOWN);
    }
}
