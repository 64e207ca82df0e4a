package dev.weir.engine;

import dev.weir.mark.MarkClassifier;
import dev.weir.service.ServiceTable;
import dev.weir.service.SourceNat;
import dev.weir.service.VirtualService;
import dev.weir.wire.Frame;
import dev.weir.wire.Packet;
import dev.weir.wire.Transport;
import org.jspecify.annotations.Nullable;

/** Which service a packet is for, where no connection says it already (ip_vs_service_find). Belongs to one worker. */
final class ServiceLookup {
    static final int FTP_DATA = 20;
    private static final int FIRST_UNPRIVILEGED_PORT = 1024;
    private static final int EVERY_PORT = 0;

    private final PortTable ports;
    private final Hops hops;
    private ServiceTable table;
    private MarkClassifier marks;

    ServiceLookup(PortTable ports, Hops hops, ServiceTable table, MarkClassifier marks) {
        this.ports = ports;
        this.hops = hops;
        this.table = table;
        this.marks = marks;
    }

    /** Before each burst. */
    void begin(ServiceTable table, MarkClassifier marks) {
        this.table = table;
        this.marks = marks;
    }

    /**
     * By its firewall mark; else by its port; else FTP's service, whose data connections may be to any port; else the
     * service of every port.
     *
     * @param came   the packet that came, whose mark it is
     * @param packet the packet that begins a connection: the same, or what an ICMP error quotes
     */
    @Nullable
    VirtualService find(Frame frame, Packet came, Packet packet) {
        if (table.hasMarks(came.v4())) {
            VirtualService marked = marked(frame, came);
            if (marked != null) {
                return marked;
            }
        }
        return find(table, packet.protocol(), packet.destinationHigh(), packet.destinationLow(),
                packet.destinationPort());
    }

    /** The rule of a packet with which a host behind the director begins; null where there is none. */
    @Nullable
    SourceNat sourceNat(Packet packet) {
        return hops.isLocal(packet.destinationHigh(), packet.destinationLow())
                ? null
                : table.sourceNat(packet.sourceHigh(), packet.sourceLow(), packet.destinationHigh(),
                        packet.destinationLow());
    }

    /**
     * The same of a connection that another director made.
     *
     * @param mark its service's firewall mark; 0: its service has an address
     */
    static @Nullable VirtualService find(ServiceTable table, int mark, boolean v4, int protocol, long high, long low,
            int port) {
        VirtualService marked = mark == 0 ? null : table.find(mark, v4);
        return marked != null ? marked : find(table, protocol, high, low, port);
    }

    private static @Nullable VirtualService find(ServiceTable table, int protocol, long high, long low, int port) {
        VirtualService service = table.find(protocol, high, low, port);
        if (service == null && protocol == Transport.TCP && (port == FTP_DATA || port >= FIRST_UNPRIVILEGED_PORT)) {
            service = table.find(protocol, high, low, Persistence.FTP);
        }
        return service != null ? service : table.find(protocol, high, low, EVERY_PORT);
    }

    /**
     * IPVS sees only what is delivered to the host itself, be it by its mark (ip rule): a marked packet for somebody else
     * is routed on.
     */
    private @Nullable VirtualService marked(Frame frame, Packet packet) {
        int mark = marks.markOf(packet, ports.place(frame.port()));
        VirtualService service = mark == 0 ? null : table.find(mark, packet.v4());
        return service != null && hops.isLocal(mark, packet.destinationHigh(), packet.destinationLow())
                ? service
                : null;
    }
}
