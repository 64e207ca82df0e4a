package dev.weir.lbd;

import dev.weir.engine.WorkerPorts;
import dev.weir.host.HostSide;
import dev.weir.lbd.Options.PortKind;
import dev.weir.port.PacketSendPort;
import dev.weir.port.PacketSocketPort;
import dev.weir.port.PcapLivePort;
import dev.weir.port.Port;
import dev.weir.port.XdpPort;
import dev.weir.port.XdpProgram;
import dev.weir.route.Link;
import dev.weir.sys.Bpf;
import dev.weir.sys.Ethtool;
import dev.weir.sys.FanoutRings;
import dev.weir.sys.Umem;
import dev.weir.sys.XdpSocket;
import dev.weir.wire.ClientHash;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All workers' ports: each interface opened by the kind that was asked for or that suits it, and the log says why. What an
 * AF_PACKET port receives is shared out among the workers by the kernel. Of AF_XDP each receive queue is one worker's, in
 * turn, beginning with another at each interface; an interface with pcap is received on by one. Workers that receive
 * nothing of an interface send by AF_PACKET there.
 */
final class Ports implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Ports.class);
    /** Places in the receive rings of one interface, divided among its queues. */
    private static final int PLACES = 8192;
    private static final int MOST_PLACES = 2048;
    private static final int FEWEST_PLACES = 256;
    private final HostSide host;
    private final boolean busyPoll;
    private final Bpf.@Nullable Program fanout;
    private final List<Worker> workers = new ArrayList<>();
    /** What the ports of several workers share, to be closed after them. */
    private final List<AutoCloseable> shared = new ArrayList<>();

    /** What one worker has, in the order of the interfaces. */
    private static final class Worker {
        private final List<Port> ports = new ArrayList<>();
        private final List<Port> handBack = new ArrayList<>();
        private @Nullable Umem umem;
    }

    private Ports(HostSide host, ClientHash hash, boolean busyPoll) throws IOException {
        this.host = host;
        this.busyPoll = busyPoll;
        fanout = hash.workers() == 1 ? null : host.fanout(hash);
        for (int i = 0; i < hash.workers(); i++) {
            workers.add(new Worker());
        }
    }

    /** @param hash by which frames belong to workers */
    static Ports open(Options options, List<Link> links, HostSide host, ClientHash hash)
            throws IOException {
        Ports ports = new Ports(host, hash, options.idle() == Idle.BUSY_POLL);
        try {
            List<PortChoice> choices = new ArrayList<>();
            int[] frames = new int[hash.workers()];
            for (int i = 0; i < links.size(); i++) {
                Link link = links.get(i);
                Ethtool ethtool = Ethtool.of(link.name());
                PortChoice choice = choose(options.port(), link, ethtool);
                choices.add(choice);
                if (choice.kind() == PortKind.AF_XDP) {
                    sayWhatItNeeds(link, ethtool);
                    for (int worker = 0; worker < frames.length; worker++) {
                        frames[worker] += XdpPort.Share.of(worker, frames.length, i).of(ethtool.receiveQueues())
                                * sizes(ethtool).frames();
                    }
                }
            }
            for (int worker = 0; worker < frames.length; worker++) {
                ports.workers.get(worker).umem = frames[worker] > 0 ? new Umem(frames[worker]) : null;
            }
            for (int i = 0; i < links.size(); i++) {
                ports.open(links.get(i), choices.get(i), i, options.port() == PortKind.AUTO);
            }
            return ports;
        } catch (IOException e) {
            ports.close();
            throw e;
        }
    }

    private static PortChoice choose(PortKind asked, Link link, Ethtool ethtool) {
        return asked == PortKind.AUTO
                ? PortChoice.of(link, ethtool)
                : new PortChoice(asked, "asked for by --port");
    }

    /** What TCP and UDP over AF_XDP need of the other end cannot be seen from here, so it is said. */
    private static void sayWhatItNeeds(Link link, Ethtool ethtool) {
        PortChoice.unfinished(link, ethtool).ifPresent(_ -> LOG.warn("{} ({}): over AF_XDP each sender must finish its "
                + "checksums (at the other end: ethtool -K DEVICE tx off), or servers and clients drop what it sends",
                link.name(), ethtool.driver()));
        if (ethtool.takesTags()) {
            LOG.warn(
                    "{}: VLAN tags that the interface takes out of frames are lost over AF_XDP; if tagged frames come: "
                            + "ethtool -K {} rxvlan off",
                    link.name(), link.name());
        }
    }

    private static XdpSocket.Sizes sizes(Ethtool ethtool) {
        int places = Integer.highestOneBit(PLACES / ethtool.receiveQueues());
        int receive = Math.clamp(places, FEWEST_PLACES, MOST_PLACES);
        return new XdpSocket.Sizes(receive, receive);
    }

    private void open(Link link, PortChoice choice, int place, boolean mayFallBack) throws IOException {
        PortKind kind = choice.kind();
        try {
            add(link, kind, place);
            LOG.info("{}: port {}: {}", link.name(), kind.text(), choice.reason());
        } catch (IOException e) {
            if (!mayFallBack || kind == PortKind.PCAP) {
                throw e;
            }
            PortKind next = kind == PortKind.AF_XDP ? PortKind.AF_PACKET : PortKind.PCAP;
            open(link, new PortChoice(next, kind.text() + " is not to be had: " + e.getMessage()), place, true);
        }
    }

    private void add(Link link, PortKind kind, int place) throws IOException {
        List<Port> made = new ArrayList<>();
        Opening opening = opening(link, kind, place);
        try {
            for (int worker = 0; worker < workers.size(); worker++) {
                made.add(opening.way().open(worker));
            }
        } catch (IOException e) {
            made.forEach(Port::close);
            close(opening.shared());
            throw e;
        }
        shared.add(opening.shared());
        for (int worker = 0; worker < workers.size(); worker++) {
            workers.get(worker).ports.add(made.get(worker));
            workers.get(worker).handBack.add(
                    kind == PortKind.PCAP ? host.handBackOfTaken().get(place) : host.handBackPorts().get(place));
        }
    }

    /**
     * How the workers' ports on one interface are opened.
     *
     * @param shared what they share, to be closed after them
     */
    private record Opening(Way way, AutoCloseable shared) {
        interface Way {
            Port open(int worker) throws IOException;
        }

        /** They share nothing. */
        Opening(Way way) {
            this(way, () -> {
            });
        }
    }

    private Opening opening(Link link, PortKind kind, int place) throws IOException {
        String name = link.name();
        return switch (kind) {
            case AF_XDP -> byQueues(name, Ethtool.of(name), place);
            case AF_PACKET -> fanout == null
                    ? new Opening(_ -> PacketSocketPort.open(name, PacketSocketPort.DEFAULT_SLOTS,
                            OptionalInt.of(host.socketFilter())))
                    : byFanout(name, fanout);
            case PCAP -> new Opening(worker -> worker == place % workers.size()
                    ? PcapLivePort.open(name, null)
                    : PacketSendPort.open(name));
            case AUTO -> throw new IllegalStateException("nothing was chosen for " + name);
        };
    }

    private Opening byQueues(String name, Ethtool ethtool, int place) {
        XdpPort.Settings settings = new XdpPort.Settings(sizes(ethtool), false, busyPoll);
        XdpProgram program = new XdpProgram(host.steering(), false);
        return new Opening(worker -> {
            XdpPort.Share share = XdpPort.Share.of(worker, workers.size(), place);
            return share.of(ethtool.receiveQueues()) > 0
                    ? XdpPort.open(name, memory(worker), settings, program, share)
                    : PacketSendPort.open(name);
        }, program);
    }

    private Opening byFanout(String name, Bpf.Program fanout) {
        FanoutRings rings = new FanoutRings(workers.size(), PacketSocketPort.DEFAULT_SLOTS, host.socketFilter(),
                fanout.descriptor());
        return new Opening(worker -> PacketSocketPort.open(name, rings, worker), rings);
    }

    private static void close(AutoCloseable closing) {
        try {
            closing.close();
        } catch (Exception e) {
            throw new IllegalStateException("closing a descriptor cannot fail", e);
        }
    }

    private Umem memory(int worker) {
        Umem umem = workers.get(worker).umem;
        if (umem == null) {
            throw new IllegalStateException("no interface of worker " + worker + " was to have AF_XDP");
        }
        return umem;
    }

    /** In the order of the interfaces. */
    List<WorkerPorts> workers() {
        return workers.stream().map(worker -> new WorkerPorts(worker.ports, worker.handBack)).toList();
    }

    @Override
    public void close() {
        for (Worker worker : workers) {
            worker.ports.forEach(Port::close);
        }
        shared.forEach(Ports::close);
        for (Worker worker : workers) {
            if (worker.umem != null) {
                worker.umem.close();
            }
        }
        if (fanout != null) {
            fanout.close();
        }
    }
}
