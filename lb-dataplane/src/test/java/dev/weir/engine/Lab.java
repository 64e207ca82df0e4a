package dev.weir.engine;

import dev.weir.port.MemoryPort;
import dev.weir.port.Offload;
import dev.weir.route.StaticRoutes;
import dev.weir.service.ClientAddress;
import dev.weir.service.Forwarding;
import dev.weir.service.Protocol;
import dev.weir.service.RealServer;
import dev.weir.service.ServiceException;
import dev.weir.service.ServiceKey;
import dev.weir.service.Services;
import dev.weir.service.VirtualService;
import dev.weir.wire.Frame;
import dev.weir.wire.IpAddress;
import java.util.List;
import java.util.Set;

/**
 * A director in memory: clients 172.25.254.10.. and 2001:db8:c::10.. behind eth0, servers 192.168.0.10.. and
 * 2001:db8:5::a.. behind eth1, service addresses 172.25.254.200 and 2001:db8:c::200. Time stands still unless moved.
 */
final class Lab implements AutoCloseable {
    static final String VIP = "172.25.254.200";
    static final String CLIENT = "172.25.254.10";
    static final String SERVER = "192.168.0.10";
    static final String VIP6 = "2001:db8:c::200";
    static final String CLIENT6 = "2001:db8:c::10";
    static final String SERVER6 = "2001:db8:5::a";
    static final long ETH0 = 0x02_00_00_00_00_01L;
    static final long ETH1 = 0x02_00_00_00_00_02L;

    final MemoryPort eth0 = new MemoryPort("eth0", 2, ETH0);
    final MemoryPort eth1 = new MemoryPort("eth1", 3, ETH1);
    final MemoryPort host0 = new MemoryPort("host0", 4, ETH0);
    final MemoryPort host1 = new MemoryPort("host1", 5, ETH1);
    final Services services = new Services();
    final StaticRoutes routes = new StaticRoutes();
    final Engines engine;
    private final Engine worker;
    private final Frame[] burst = new Frame[64];
    long now = 1_000_000_000L;

    Lab() {
        this(new EngineOptions(1 << 12, 42, 0, true), 1500);
    }

    Lab(EngineOptions options, int serverMtu) {
        routes.link(2, "eth0", ETH0, 1500).link(3, "eth1", ETH1, serverMtu);
        routes.address("eth0", IpAddress.parse("172.25.254.100"), 24).address("eth0", IpAddress.parse(VIP), 32)
                .address("eth0", IpAddress.parse("2001:db8:c::64"), 64).address("eth0", IpAddress.parse(VIP6), 128)
                .address("eth1", IpAddress.parse("192.168.0.100"), 24)
                .address("eth1", IpAddress.parse("2001:db8:5::64"), 64);
        routes.neighbour(IpAddress.parse(CLIENT), "eth0", 0x02_00_00_00_0c_0aL)
                .neighbour(IpAddress.parse(CLIENT6), "eth0", 0x02_00_00_00_0c_10L)
                .neighbour(IpAddress.parse(SERVER), "eth1", 0x02_00_00_00_05_0aL)
                .neighbour(IpAddress.parse(SERVER6), "eth1", 0x02_00_00_00_05_0aL);
        engine = new Engines(services, routes,
                List.of(new WorkerPorts(List.of(eth0, eth1), List.of(host0, host1))), options, now);
        worker = engine.engine(0);
        for (int i = 0; i < burst.length; i++) {
            burst[i] = new Frame();
        }
    }

    static ServiceKey.Address key(Protocol protocol, String address, int port) {
        return new ServiceKey.Address(protocol, IpAddress.parse(address), port);
    }

    Lab service(Protocol protocol, String address, int port, Forwarding forwarding, String... servers) {
        return service(protocol, address, port, 0, -1, forwarding, servers);
    }

    /** A service under FULLNAT on TCP port 80, with one server and the local address that it answers to. */
    Lab fullNat(String vip, ClientAddress clientAddress, String server, String local) {
        try {
            routes.address("eth1", IpAddress.parse(local), IpAddress.parse(local).isV4() ? 32 : 128);
            ServiceKey key = key(Protocol.TCP, vip, 80);
            services.addService(key,
                    new VirtualService.Settings("rr", Set.of(), 0, -1, false, null, clientAddress));
            services.addServer(key, IpAddress.parse(server), 80,
                    new RealServer.Settings(Forwarding.FULL_NAT, 1, 0, 0));
            services.addLocalAddress(key, IpAddress.parse(local));
            return this;
        } catch (ServiceException e) {
            throw new AssertionError(e);
        }
    }

    /** A persistent service: see {@link VirtualService.Settings} for the timeout and the netmask. */
    Lab service(Protocol protocol, String address, int port, int persistence, int netmask, Forwarding forwarding,
            String... servers) {
        try {
            ServiceKey key = key(protocol, address, port);
            services.addService(key, new VirtualService.Settings("rr", Set.of(), persistence, netmask, false, null));
            for (String server : servers) {
                int serverPort = forwarding instanceof Forwarding.Masquerade ? port + 8000 : port;
                services.addServer(key, IpAddress.parse(server), serverPort,
                        new RealServer.Settings(forwarding, 1, 0, 0));
            }
            return this;
        } catch (ServiceException e) {
            throw new AssertionError(e);
        }
    }

    /** A frame from the client's side. */
    Lab client(byte[] frame) {
        return client(frame, Offload.NONE);
    }

    Lab client(byte[] frame, Offload offload) {
        eth0.put(frame, offload);
        return run();
    }

    /** A frame from the servers' side. */
    Lab server(byte[] frame) {
        return server(frame, Offload.NONE);
    }

    Lab server(byte[] frame, Offload offload) {
        byte[] addressed = frame.clone();
        addressed[5] = 2;
        eth1.put(addressed, offload);
        return run();
    }

    Lab run() {
        for (MemoryPort port : List.of(eth0, eth1)) {
            int count = port.receive(burst);
            worker.process(burst, count, now);
            port.release();
        }
        return this;
    }

    /** Lets time pass in steps of a tenth of a second. */
    Lab pass(double seconds) {
        for (int i = 0; i < seconds * 10; i++) {
            now += 100_000_000L;
            worker.tick(now);
        }
        return this;
    }

    List<byte[]> toServers() {
        return eth1.takeSent().stream().map(MemoryPort.Copy::frame).toList();
    }

    List<byte[]> toClients() {
        return eth0.takeSent().stream().map(MemoryPort.Copy::frame).toList();
    }

    List<byte[]> toHost() {
        return host0.takeSent().stream().map(MemoryPort.Copy::frame).toList();
    }

    long accountedFor() {
        FrameCounters counters = engine.counters();
        return counters.forwarded() + counters.handedBack() + counters.dropped() + engine.waiting();
    }

    @Override
    public void close() {
        engine.close();
    }
}
