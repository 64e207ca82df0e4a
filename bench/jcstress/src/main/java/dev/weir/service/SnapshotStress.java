package dev.weir.service;

import dev.weir.wire.IpAddress;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;
import org.openjdk.jcstress.infra.results.Z_Result;

/** The control thread changes services while workers go by them. */
public final class SnapshotStress {
    private static final ServiceKey KEY = new ServiceKey.Address(Protocol.TCP, IpAddress.parse("192.0.2.80"), 80);

    private SnapshotStress() {
    }

    private static Services services() {
        Services services = new Services(2);
        try {
            services.addService(KEY, new VirtualService.Settings("rr", Set.of(), 0, -1, false, null));
        } catch (ServiceException e) {
            throw new IllegalStateException(e);
        }
        return services;
    }

    private static void add(Services services, int upper) {
        try {
            services.addServer(KEY, IpAddress.parse("10.0.0.10"), 80,
                    new RealServer.Settings(Forwarding.DIRECT_ROUTING, 1, upper, 0));
        } catch (ServiceException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<RealServer> servers(Services services) {
        VirtualService service = services.current().find(KEY);
        return service == null ? List.of() : service.servers();
    }

    /** A server that a worker finds in a snapshot is found by its number, too, by which connections name it. */
    @JCStressTest
    @Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "the snapshot before")
    @Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "the snapshot after, and its server by its number")
    @State
    public static class ServerByNumber {
        private final Services services = services();

        @Actor
        public void control() {
            add(services, 0);
        }

        @Actor
        public void worker(I_Result result) {
            List<RealServer> servers = servers(services);
            if (!servers.isEmpty()) {
                @Nullable
                RealServer byNumber = services.server(servers.getFirst().id());
                result.r1 = byNumber == servers.getFirst() && byNumber.present() ? 1 : 2;
            }
        }
    }

    /** Two workers, one of whose connections begins as the other's ends: a server without connections takes some. */
    @JCStressTest
    @Outcome(id = "false", expect = Expect.ACCEPTABLE, desc = "it takes connections")
    @State
    public static class Overload {
        private final RealServer server;

        public Overload() {
            Services services = services();
            add(services, 2);
            server = servers(services).getFirst();
            begin();
        }

        private void begin() {
            server.connectionsChanged(0, 1);
            server.bound();
        }

        private void end() {
            server.connectionsChanged(0, -1);
            server.unbound();
        }

        @Actor
        public void one() {
            begin();
            end();
        }

        @Actor
        public void other() {
            end();
        }

        @Arbiter
        public void afterwards(Z_Result result) {
            result.r1 = server.overloaded();
        }
    }
}
