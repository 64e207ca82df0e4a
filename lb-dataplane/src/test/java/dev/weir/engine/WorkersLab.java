package dev.weir.engine;

import dev.weir.port.MemoryPort;
import dev.weir.port.Port;
import dev.weir.route.StaticRoutes;
import dev.weir.service.Forwarding;
import dev.weir.service.Protocol;
import dev.weir.service.RealServer;
import dev.weir.service.ServiceException;
import dev.weir.service.ServiceKey;
import dev.weir.service.Services;
import dev.weir.service.VirtualService;
import dev.weir.wire.Frame;
import dev.weir.wire.IpAddress;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A director in memory with any number of workers, each with its own ports on the same two interfaces: clients
 * 172.25.254.0/24 behind eth0, servers 192.168.0.10 and on behind eth1. One thread plays all workers.
 */
final class WorkersLab implements AutoCloseable {
    private static final int NEIGHBOURS = 40;
    final List<List<MemoryPort>> ports = new ArrayList<>();
    private final List<List<MemoryPort>> hosts = new ArrayList<>();
    final Services services;
    final Engines engines;
    private final Frame[] burst = new Frame[64];
    long now = 1_000_000_000L;

    WorkersLab(int workers, int connections) {
        this(workers, connections, true);
    }

    WorkersLab(int workers, int connections, boolean byFlow) {
        StaticRoutes routes = new StaticRoutes().link(2, "eth0", Lab.ETH0, 1500).link(3, "eth1", Lab.ETH1, 1500)
                .address("eth0", IpAddress.parse("172.25.254.100"), 24).address("eth0", IpAddress.parse(Lab.VIP), 32)
                .address("eth1", IpAddress.parse("192.168.0.100"), 24)
                .address("eth1", IpAddress.parse("2001:db8:5::64"), 64)
                .neighbour(IpAddress.parse(Lab.SERVER6), "eth1", 0x02_00_00_00_05_0aL);
        for (int i = 10; i < 10 + NEIGHBOURS; i++) {
            routes.neighbour(IpAddress.parse("172.25.254." + i), "eth0", 0x02_00_00_00_0c_00L + i);
            routes.neighbour(IpAddress.parse("192.168.0." + i), "eth1", 0x02_00_00_00_05_00L + i);
        }
        services = new Services(workers);
        List<WorkerPorts> all = new ArrayList<>();
        for (int i = 0; i < workers; i++) {
            ports.add(List.of(new MemoryPort("eth0", 2, Lab.ETH0), new MemoryPort("eth1", 3, Lab.ETH1)));
            hosts.add(List.of(new MemoryPort("host0", 4, Lab.ETH0), new MemoryPort("host1", 5, Lab.ETH1)));
            all.add(new WorkerPorts(List.<Port>copyOf(ports.get(i)), List.<Port>copyOf(hosts.get(i))));
        }
        engines = new Engines(services, routes, all, new EngineOptions(connections, 42, 0, true, byFlow), now);
        for (int i = 0; i < burst.length; i++) {
            burst[i] = new Frame();
        }
    }

    WorkersLab service(Protocol protocol, int port, int persistence, int netmask, Forwarding forwarding, int servers)
            throws ServiceException {
        ServiceKey key = Lab.key(protocol, Lab.VIP, port);
        services.addService(key, new VirtualService.Settings("rr", Set.of(), persistence, netmask, false, null));
        for (int i = 0; i < servers; i++) {
            services.addServer(key, IpAddress.parse("192.168.0." + (10 + i)), port,
                    new RealServer.Settings(forwarding, 1, 0, 0));
        }
        return this;
    }

    /** A frame comes to a worker; all of them do what there is to do. What left is returned, in text. */
    List<String> arrives(int worker, boolean atServers, byte[] frame) {
        comes(worker, atServers, frame);
        work();
        return sent();
    }

    /** A frame comes to a worker, who has yet to look. */
    void comes(int worker, boolean atServers, byte[] frame) {
        byte[] addressed = frame.clone();
        addressed[5] = (byte) (atServers ? 2 : 1);
        ports.get(worker).get(atServers ? 1 : 0).put(addressed);
    }

    /** One worker looks once at all that it receives on; the others stand still. */
    void look(int worker) {
        for (Port port : engines.receiving(worker)) {
            int count = port.receive(burst);
            if (count > 0) {
                engines.engine(worker).process(burst, count, now);
                port.release();
            }
        }
    }

    /**
     * What a worker's thread does: SYNs of random clients come to its port, and what others pass on is received, until
     * nobody sends any more.
     *
     * @param sending how many threads still send
     */
    void work(int worker, Random random, int syns, AtomicInteger sending) {
        Frame[] own = new Frame[burst.length];
        for (int i = 0; i < own.length; i++) {
            own[i] = new Frame();
        }
        MemoryPort eth0 = ports.get(worker).getFirst();
        int left = syns;
        boolean sends = true;
        boolean busy = true;
        while (busy) {
            busy = sending.get() > 0;
            for (int i = 0; i < own.length && left > 0; i++, left--) {
                eth0.put(Packets.from("172.25.254." + (10 + random.nextInt(NEIGHBOURS)), Lab.VIP)
                        .tcp(20000 + random.nextInt(200), 443, Packets.SYN, new byte[0]));
            }
            for (Port port : engines.receiving(worker)) {
                int count = port.receive(own);
                if (count > 0) {
                    engines.engine(worker).process(own, count, now);
                    port.release();
                }
                busy |= count > 0;
            }
            busy |= engines.hasArrivals(worker) || sends;
            if (left == 0 && sends) {
                sends = false;
                sending.decrementAndGet();
            }
        }
    }

    private void work() {
        boolean any = true;
        while (any) {
            any = false;
            for (int worker = 0; worker < engines.workers(); worker++) {
                look(worker);
            }
            for (int worker = 0; worker < engines.workers(); worker++) {
                any |= engines.hasArrivals(worker);
            }
        }
    }

    List<byte[]> frames = new ArrayList<>();

    List<String> sent() {
        List<String> sent = new ArrayList<>();
        frames = new ArrayList<>();
        for (int place = 0; place < 2; place++) {
            for (int worker = 0; worker < engines.workers(); worker++) {
                for (MemoryPort.Copy copy : ports.get(worker).get(place).takeSent()) {
                    frames.add(copy.frame());
                    sent.add("eth" + place + " " + text(copy.frame()));
                }
                for (MemoryPort.Copy copy : hosts.get(worker).get(place).takeSent()) {
                    sent.add("host" + place + " " + text(copy.frame()));
                }
            }
        }
        return sent;
    }

    /** Without what workers number for themselves: the identification of headers that they make, and so its checksum. */
    private static String text(byte[] frame) {
        byte[] copy = frame.clone();
        boolean own = copy[14 + 9] == 4 || copy[14 + 9] == 1;
        for (int at : own ? new int[]{18, 19, 24, 25} : new int[0]) {
            copy[at] = 0;
        }
        return HexFormat.of().formatHex(copy);
    }

    /** Lets time pass in steps of a tenth of a second. */
    List<String> pass(double seconds) {
        for (int i = 0; i < seconds * 10; i++) {
            now += 100_000_000L;
            for (int worker = 0; worker < engines.workers(); worker++) {
                engines.engine(worker).tick(now);
            }
        }
        return sent();
    }

    /** All that can be counted or listed, in an order of its own. */
    List<String> state() {
        List<String> state = new ArrayList<>();
        engines.connections().forEach(connection -> state.add(connection.toString()));
        state.sort(null);
        FrameCounters counters = engines.counters();
        state.add("received " + counters.received() + " forwarded " + counters.forwarded() + " handed back "
                + counters.handedBack() + " waiting " + engines.waiting() + " made " + counters.made());
        for (DropReason reason : DropReason.values()) {
            state.add(reason + " " + counters.dropped(reason));
        }
        state.add("connections " + engines.connectionCount() + " total " + services.total().read());
        for (VirtualService service : services.current().all()) {
            state.add(service.key() + " " + service.counters().read());
            for (RealServer server : service.servers()) {
                state.add(server.address() + " " + server.counters().read() + " " + server.activeConnections() + " "
                        + server.inactiveConnections() + " " + server.persistentConnections());
            }
        }
        return state;
    }

    @Override
    public void close() {
        engines.close();
    }
}
