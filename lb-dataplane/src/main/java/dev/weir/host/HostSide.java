package dev.weir.host;

import dev.weir.mark.MarkRules;
import dev.weir.port.Port;
import dev.weir.port.XdpPort;
import dev.weir.route.Link;
import dev.weir.route.MarkedDelivery;
import dev.weir.service.ServiceTable;
import dev.weir.sys.Bpf;
import dev.weir.sys.Guardian;
import dev.weir.sys.Guardian.By;
import dev.weir.wire.ClientHash;
import dev.weir.wire.IpAddress;
import dev.weir.wire.IpPrefix;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/**
 * Everything by which the host's own stack and the director share the interfaces: which frames are whose, the way back
 * for what was taken and is the host's, and the guardian that undoes it all should the daemon die.
 *
 * <pre>
 *   host = HostSide.open(interfaces)         nothing is taken yet
 *   port = PacketSocketPort.open(name, slots, OptionalInt.of(host.socketFilter()))
 *   host.update(services, rules, local, deliveries)        from now on; again after each change
 *   host.close()                             before the ports are closed
 * </pre>
 *
 * One thread at a time calls it; a hand-back port is the workers'.
 */
public final class HostSide implements AutoCloseable {
    private static final String GATEWAY = "of servers";

    private final TrafficControl traffic;
    private final Interception interception;
    private final Guardian guardian;
    private final MarkedPackets marked = new MarkedPackets();
    private final List<HandBackPort> handBack = new ArrayList<>();
    /** As they are now, in the order of their hand-back ports. */
    private final List<Link> interfaces = new ArrayList<>();
    private boolean gateway;

    private HostSide(TrafficControl traffic, Interception interception, Guardian guardian) {
        this.traffic = traffic;
        this.interception = interception;
        this.guardian = guardian;
    }

    /** @throws IOException where a capability (CAP_NET_ADMIN, CAP_BPF), /dev/net/tun or a program is missing */
    public static HostSide open(List<Link> interfaces) throws IOException {
        TrafficControl traffic = new TrafficControl();
        Interception interception;
        try {
            interception = new Interception(traffic);
        } catch (IOException e) {
            traffic.close();
            throw e;
        }
        Guardian guardian;
        try {
            guardian = Guardian.start();
        } catch (IOException e) {
            interception.close();
            traffic.close();
            throw e;
        }
        HostSide host = new HostSide(traffic, interception, guardian);
        try {
            for (Link link : interfaces) {
                host.add(link);
            }
            return host;
        } catch (IOException e) {
            host.close();
            throw e;
        }
    }

    private void add(Link link) throws IOException {
        handBack.add(HandBackPort.open(traffic, interception, link.index()));
        interfaces.add(link);
        intercept(link);
    }

    private void intercept(Link link) throws IOException {
        interception.attach(link.index(), (handle, ours) -> {
            guardian.willDo(By.TC, "filter del dev " + link.name() + " ingress protocol all pref "
                    + TrafficControl.PREFERENCE + " handle 0x" + Integer.toHexString(handle) + " bpf");
            if (ours) {
                guardian.willDo(By.CLSACT, link.name());
            }
        });
    }

    /** Undoes also what others put onto the host, for as long as this is open. */
    public Guardian guardian() {
        return guardian;
    }

    /** Removes the file should the daemon be killed; to be called before the file is made. Any thread. */
    public void guard(Path file) throws IOException {
        guardian.willDo(By.FILE, file.toAbsolutePath().toString());
    }

    /** The descriptor of the filter for every receiving socket: only Weir's frames pass. */
    public int socketFilter() {
        return interception.socketFilter();
    }

    /** For the sockets of several workers on one interface: to which of them a frame goes. The caller owns the program. */
    public Bpf.Program fanout(ClientHash hash) throws IOException {
        return interception.fanout(hash);
    }

    /** For AF_XDP ports: the program that redirects Weir's frames to them, and no others. */
    public XdpPort.Steering steering() {
        return interception::steering;
    }

    /** For each interface, in the order given, where the host's frames go back. */
    public List<HandBackPort> handBackPorts() {
        return List.copyOf(handBack);
    }

    /** The same for ports without the filter: of what comes there, only what was taken from the host goes back. */
    public List<Port> handBackOfTaken() {
        return handBack.stream().<Port>map(port -> new TakenOnly(port, interception)).toList();
    }

    /**
     * Takes what belongs to those services, and nothing else. Takes effect at once and without a gap.
     *
     * @param rules which packets are a firewall mark's
     * @param local whose addresses are the host's own, virtual ones included
     * @param deliveries what is delivered to the host by its mark, though its address is another's
     * @param resting virtual addresses that are another director's now: what is sent to them is the host's to route
     */
    public void update(ServiceTable services, MarkRules rules, Collection<IpPrefix> local,
            Collection<MarkedDelivery> deliveries, Set<IpAddress> resting) throws IOException {
        guardGateway(services);
        marked.update(rules, local, deliveries);
        interception.update(Matches.of(services, marked, local, resting));
        marked.retain(services);
    }

    /** The host of a dead gateway would forward what servers send as it is: the guardian takes its time then. */
    private void guardGateway(ServiceTable services) throws IOException {
        boolean now = services.masquerades() || !services.sourceNats().isEmpty();
        if (now != gateway) {
            if (now) {
                guardian.willDo(By.GATEWAY, GATEWAY);
            } else {
                guardian.undone(By.GATEWAY, GATEWAY);
            }
            gateway = now;
        }
    }

    /** For health checks by the path of clients: what comes to them goes to {@code device}. To be closed before this. */
    public CheckPorts checkPorts(CheckDevice device) {
        return interception.checkPorts(device.interfaceIndex());
    }

    /** Whether some frames are taken for connections only: {@link #update} lets them go when those have ended. */
    public boolean remembersMarked() {
        return marked.remembers();
    }

    /**
     * Takes interfaces over again that were removed and came back, with their name and another index.
     *
     * @param links all links of the host now
     */
    public void follow(Collection<Link> links) throws IOException {
        for (int i = 0; i < interfaces.size(); i++) {
            Link before = interfaces.get(i);
            for (Link now : links) {
                if (now.name().equals(before.name()) && now.index() != before.index()) {
                    interception.detach(before.index());
                    handBack.get(i).redirect(traffic, interception, now.index());
                    interfaces.set(i, now);
                    intercept(now);
                }
            }
        }
    }

    /** Leaves the host as it was. Where something refuses to go, the guardian tries once more. */
    @Override
    public void close() throws IOException {
        boolean clean = false;
        try {
            interception.close();
            clean = true;
        } finally {
            handBack.forEach(HandBackPort::close);
            traffic.close();
            guardian.leave(clean);
        }
    }
}
