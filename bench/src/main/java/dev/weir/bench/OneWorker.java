package dev.weir.bench;

import dev.weir.engine.EngineOptions;
import dev.weir.engine.Engines;
import dev.weir.engine.WorkerPorts;
import dev.weir.port.MemoryPort;
import dev.weir.port.Port;
import dev.weir.route.StaticRoutes;
import dev.weir.service.Services;
import dev.weir.wire.IpAddress;
import java.util.List;

/** A director of one worker between {@link Frames}' clients and servers, 192.168.0.1 to 192.168.0.254. */
final class OneWorker {
    private OneWorker() {
    }

    static Engines director(Services services, LoopPort clients, LoopPort servers, int connections, long now) {
        StaticRoutes routes = new StaticRoutes().link(2, "eth0", Frames.ETH0, 1500).link(3, "eth1", Frames.ETH1, 1500)
                .address("eth0", IpAddress.parse("10.0.0.1"), 8).address("eth1", IpAddress.parse("192.168.0.254"), 24)
                .route(IpAddress.parse("10.1.0.0"), 16, IpAddress.parse("10.0.0.9"), "eth0")
                .neighbour(IpAddress.parse("10.0.0.9"), "eth0", 0x0200_0000_0c09L);
        for (int i = 1; i < 254; i++) {
            routes.neighbour(IpAddress.v4(0xc0a8_0000 + i), "eth1", 0x0200_0000_0500L + i);
        }
        List<Port> handBack = List.of(new MemoryPort("host0", 4, Frames.ETH0),
                new MemoryPort("host1", 5, Frames.ETH1));
        return new Engines(services, routes, List.of(new WorkerPorts(List.of(clients, servers), handBack)),
                new EngineOptions(connections, 7, 0, true), now);
    }
}
