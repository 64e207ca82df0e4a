package dev.weir.lbd;

import dev.weir.check.VipPath;
import dev.weir.conf.VirtualServer.AtAddress;
import dev.weir.conf.VirtualServer.RealServer;
import dev.weir.conf.VirtualServer.Service;
import dev.weir.engine.CheckEnds;
import dev.weir.engine.CheckPath;
import dev.weir.engine.CheckWay;
import dev.weir.host.CheckDevice;
import dev.weir.host.CheckPorts;
import dev.weir.host.HostSide;
import dev.weir.port.PacketSendPort;
import dev.weir.port.Port;
import dev.weir.route.Link;
import dev.weir.route.NextHop;
import dev.weir.route.Routes;
import dev.weir.service.Forwarding;
import dev.weir.sys.Poller;
import dev.weir.wire.Frame;
import dev.weir.wire.IpAddress;
import dev.weir.wire.IpPrefix;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Ways by which health checks go as clients' packets do. The device, the thread and the sockets behind them are there from
 * the first way on, and end with {@link #close}.
 */
final class VipPaths implements VipPath, AutoCloseable {
    /** Between what else hosts have of link-local addresses; and private ones of which nobody else thinks. */
    static final List<IpPrefix> NETWORKS = List.of(new IpPrefix(IpAddress.parse("169.254.64.0"), 18),
            new IpPrefix(IpAddress.parse("fd77:6569:7263:6b00::"), 64));
    private static final int MOST_WAYS = 1 << 20;

    private final HostSide host;
    private final Routes routes;
    private final List<Link> links;
    private final List<IpPrefix> networks;
    private final Consumer<Throwable> died;
    private final int most;
    private final BitSet used = new BitSet();
    private @Nullable Running running;

    /**
     * @param links    the interfaces opened
     * @param networks of each family one: {@link #NETWORKS}, or others that no host has
     * @param died     told in the thread of the checks' path of what ended it
     */
    VipPaths(HostSide host, Routes routes, List<Link> links, List<IpPrefix> networks, Consumer<Throwable> died) {
        this.host = host;
        this.routes = routes;
        this.links = List.copyOf(links);
        this.networks = List.copyOf(networks);
        // The first address is the device's own, an IPv4 network's last nobody's.
        most = networks.stream().mapToInt(network -> 128 - network.mappedLength()).min().stream()
                .map(bits -> bits >= 20 ? MOST_WAYS : (1 << bits) - 3).sum();
        this.died = died;
    }

    /** What there is from the first way on. */
    private static final class Running {
        private final CheckDevice device;
        private final CheckPorts ends;
        private final CheckPath path;
        private final List<Port> ports;
        private final Poller poller;
        private final WorkerLoop loop;
        private final Thread thread;

        Running(CheckDevice device, CheckPorts ends, CheckPath path, List<Port> ports, Consumer<Throwable> died)
                throws IOException {
            this.device = device;
            this.ends = ends;
            this.path = path;
            this.ports = ports;
            poller = new Poller();
            List<Port> looked = new ArrayList<>(ports);
            looked.addFirst(device);
            loop = new WorkerLoop(new WorkerLoop.Stage() {
                @Override
                public void process(Frame[] burst, int count, long now) {
                    path.process(burst, count, now);
                }

                @Override
                public void tick(long now) {
                    path.tick(now);
                }
            }, looked, poller, Idle.BLOCK, Idle.Processor.SHARED, died);
            thread = Thread.ofPlatform().name("check path").daemon().start(loop);
        }

        void close() throws IOException {
            loop.stop();
            try {
                thread.join(Duration.ofSeconds(5));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            poller.close();
            try {
                ends.close();
            } finally {
                path.close();
                ports.forEach(Port::close);
                device.close();
            }
        }
    }

    @Override
    public Way open(Service service, RealServer server) throws IOException {
        if (!(service instanceof AtAddress at)) {
            throw new IOException("check_path vip: " + service.name()
                    + " has no address to ask at; leave check_path out for it");
        }
        try {
            return open(at.address(), at.port() != 0 ? at.port() : server.port(), server.address(), server.port(),
                    ServiceOrders.forwarding(server.method()));
        } catch (ServiceOrders.BadOrderException e) {
            throw new IOException("check_path vip: " + e.getMessage(), e);
        }
    }

    /** @param serverPort 0: that of the packet */
    Way open(IpAddress virtual, int port, IpAddress server, int serverPort, Forwarding forwarding) throws IOException {
        if (routes.lookup(server.high(), server.low()).kind() == NextHop.Kind.LOCAL) {
            return new LocalWay(server, serverPort == 0 ? port : serverPort, virtual);
        }
        Running now = running();
        int number = take();
        boolean v4 = forwarding.translates() ? server.isV4() : virtual.isV4();
        CheckWay way = new CheckWay(standIn(v4, number), virtual, port, server, serverPort, forwarding);
        try {
            if (forwarding instanceof Forwarding.Tunnel tunnel) {
                now.ends.follow(tunnel, virtual.isV4(), server);
            }
        } catch (IOException e) {
            give(number);
            throw e;
        }
        now.path.add(way);
        return new Through(now, number, way);
    }

    private synchronized Running running() throws IOException {
        if (running == null) {
            running = start();
        }
        return running;
    }

    private Running start() throws IOException {
        CheckDevice device = CheckDevice.open(networks);
        List<Port> ports = new ArrayList<>();
        try {
            for (Link link : links) {
                ports.add(PacketSendPort.open(link.name()));
            }
            CheckPorts ends = host.checkPorts(device);
            CheckPath path = new CheckPath(routes, device, ports, new CheckEnds(CheckPorts.FIRST, ends::keep),
                    System.nanoTime());
            return new Running(device, ends, path, ports, died);
        } catch (IOException e) {
            ports.forEach(Port::close);
            device.close();
            throw e;
        }
    }

    private synchronized int take() throws IOException {
        int number = used.nextClearBit(0);
        if (number >= most) {
            throw new IOException("check_path vip: " + most + " checks have it, and no more can in the networks "
                    + networks + "; lbd --check-networks sets larger ones");
        }
        used.set(number);
        return number;
    }

    private synchronized void give(int number) {
        used.clear(number);
    }

    private IpAddress own(boolean v4) {
        return CheckDevice.own(networks.get(networks.getFirst().isV4() == v4 ? 0 : 1));
    }

    private IpAddress standIn(boolean v4, int number) {
        IpAddress own = own(v4);
        return new IpAddress(own.high(), own.low() + 1 + number);
    }

    private final class Through implements Way {
        private final Running running;
        private final int number;
        private final CheckWay way;
        private boolean closed;

        Through(Running running, int number, CheckWay way) {
            this.running = running;
            this.number = number;
            this.way = way;
        }

        @Override
        public String device() {
            return running.device.name();
        }

        @Override
        public IpAddress source() {
            return own(way.standIn().isV4());
        }

        @Override
        public IpAddress destination() {
            return way.standIn();
        }

        @Override
        public IpAddress virtual() {
            return way.virtual();
        }

        @Override
        public int port() {
            return way.port();
        }

        @Override
        public String seen() {
            return way.seen();
        }

        @Override
        public synchronized void close() {
            if (closed) {
                return;
            }
            closed = true;
            running.path.remove(way);
            if (way.forwarding() instanceof Forwarding.Tunnel tunnel) {
                running.ends.leave(tunnel, way.virtual().isV4(), way.server());
            }
            give(number);
        }
    }

    /** The server is the director itself, where no packet leaves for it: what listens there is asked at its own address. */
    private record LocalWay(IpAddress server, int port, IpAddress virtual) implements Way {
        @Override
        public String device() {
            return "lo";
        }

        @Override
        public IpAddress source() {
            return server;
        }

        @Override
        public IpAddress destination() {
            return server;
        }

        @Override
        public String seen() {
            return "the server is the director itself, asked at " + server;
        }

        @Override
        public void close() {
        }
    }

    @Override
    public synchronized void close() throws IOException {
        if (running != null) {
            running.close();
            running = null;
        }
    }
}
