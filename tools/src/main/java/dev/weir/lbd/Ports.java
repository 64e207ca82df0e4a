package dev.weir.lbd;

import dev.weir.host.HostSide;
import dev.weir.lbd.Options.PortKind;
import dev.weir.port.PacketSocketPort;
import dev.weir.port.PcapLivePort;
import dev.weir.port.Port;
import dev.weir.port.XdpPort;
import dev.weir.route.Link;
import dev.weir.sys.Ethtool;
import dev.weir.sys.Umem;
import dev.weir.sys.XdpSocket;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One worker's ports: each interface opened by the kind that was asked for or that suits it, and the log says why. */
final class Ports implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Ports.class);
    /** Places in the receive rings of one interface, divided among its queues. */
    private static final int PLACES = 8192;
    private static final int MOST_PLACES = 2048;
    private static final int FEWEST_PLACES = 256;

    private final HostSide host;
    private final boolean busyPoll;
    private final List<Port> ports = new ArrayList<>();
    private final List<Port> handBack = new ArrayList<>();
    private @Nullable Umem umem;

    private Ports(HostSide host, boolean busyPoll) {
        this.host = host;
        this.busyPoll = busyPoll;
    }

    static Ports open(Options options, List<Link> links, HostSide host) throws IOException, RefusalException {
        Ports ports = new Ports(host, options.idle() == Idle.BUSY_POLL);
        try {
            List<PortChoice> choices = new ArrayList<>();
            int frames = 0;
            for (Link link : links) {
                Ethtool ethtool = Ethtool.of(link.name());
                PortChoice choice = choose(options.port(), link, ethtool);
                choices.add(choice);
                if (choice.kind() == PortKind.AF_XDP) {
                    sayWhatItNeeds(link, ethtool);
                    frames += XdpPort.framesFor(link.name(), sizes(ethtool));
                }
            }
            ports.umem = frames > 0 ? new Umem(frames) : null;
            for (int i = 0; i < links.size(); i++) {
                ports.open(links.get(i), choices.get(i), i, options.port() == PortKind.AUTO);
            }
            return ports;
        } catch (IOException | RefusalException e) {
            ports.close();
            throw e;
        }
    }

    private static PortChoice choose(PortKind asked, Link link, Ethtool ethtool) throws RefusalException {
        if (asked == PortKind.AUTO) {
            return PortChoice.of(link, ethtool);
        }
        if (asked == PortKind.AF_XDP && PortChoice.tooLarge(link).isPresent()) {
            throw new RefusalException(RefusalException.ENVIRONMENT, "--port af-xdp: " + link.name() + ": "
                    + PortChoice.tooLarge(link).get() + "; lower it (ip link set " + link.name() + " mtu "
                    + PortChoice.MOST_MTU + ") or use --port af-packet");
        }
        return new PortChoice(asked, "asked for by --port");
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
        ports.add(switch (kind) {
            case AF_XDP -> XdpPort.open(link.name(), memory(), new XdpPort.Settings(sizes(Ethtool.of(link.name())),
                    false, false, busyPoll), host.steering());
            case AF_PACKET -> PacketSocketPort.open(link.name(), PacketSocketPort.DEFAULT_SLOTS,
                    OptionalInt.of(host.socketFilter()));
            case PCAP -> PcapLivePort.open(link.name(), null);
            case AUTO -> throw new IllegalStateException("nothing was chosen for " + link.name());
        });
        handBack.add(kind == PortKind.PCAP ? host.handBackOfTaken().get(place) : host.handBackPorts().get(place));
    }

    private Umem memory() {
        if (umem == null) {
            throw new IllegalStateException("no interface was to have AF_XDP");
        }
        return umem;
    }

    /** In the order of the interfaces. */
    List<Port> ports() {
        return List.copyOf(ports);
    }

    /** For each port, where the host's frames go back. */
    List<Port> handBack() {
        return List.copyOf(handBack);
    }

    @Override
    public void close() {
        ports.forEach(Port::close);
        if (umem != null) {
            umem.close();
        }
    }
}
