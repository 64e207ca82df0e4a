package dev.weir.engine;

import dev.weir.connection.Connections;
import dev.weir.service.RealServer;
import dev.weir.service.ServiceKey;
import dev.weir.service.VirtualService;
import dev.weir.wire.IpAddress;
import dev.weir.wire.Packet;
import dev.weir.wire.SipCallId;
import dev.weir.wire.Transport;
import org.jspecify.annotations.Nullable;

/**
 * Templates: what keeps a client, or a network of clients, with its server (ip_vs_sched_persist). A template stands for
 * the client's address under the service's mask and for the virtual address; its port where the service has one, none
 * where it has all or brings a second port with it, as FTP does; and, where the service has the persistence engine "sip",
 * for the Call-ID of the packet. It lives for the service's timeout after the last connection was made by it, and while
 * one of them lives. {@link #ofClient} or {@link #ofServer} comes first and says which template the rest is about. Belongs
 * to one worker.
 */
final class Persistence {
    /** The service of FTP's control connections takes its data connections, too. */
    static final int FTP = 21;
    private static final int NO_PROTOCOL = 0;

    private final Templates templates;
    private final SipCallId call = new SipCallId();
    private Packet packet = new Packet();
    private boolean byCall;
    private int protocol;
    private long clientHigh;
    private long clientLow;
    private long virtualHigh;
    private long virtualLow;
    private int virtualPort;
    /** Whether the packet is to its service's own port: then the server's own stands in the template. */
    private boolean toServicePort;

    Persistence(Templates templates) {
        this.templates = templates;
    }

    /**
     * From here on it is about the template of a client's packet that begins a connection.
     *
     * @return false where the service's engine finds nothing in the packet to go by: then there is no template
     */
    boolean ofClient(Packet packet, VirtualService service) {
        toServicePort = packet.destinationPort() == servicePort(service) && packet.destinationPort() != FTP;
        client(service, packet.v4(), packet.sourceHigh(), packet.sourceLow());
        virtual(service, packet.protocol(), packet.destinationHigh(), packet.destinationLow(),
                packet.destinationPort());
        return data(packet, service);
    }

    private void virtual(VirtualService service, int packets, long high, long low, int port) {
        if (service.key() instanceof ServiceKey.Mark key && port != 0) {
            // The mark stands for the virtual address, as its first four bytes.
            protocol = NO_PROTOCOL;
            virtualHigh = key.v4() ? 0 : (long) key.mark() << 32;
            virtualLow = key.v4() ? IpAddress.mapped(key.mark()) : 0;
            virtualPort = 0;
        } else {
            protocol = packets;
            virtualHigh = high;
            virtualLow = low;
            virtualPort = virtualPort(port, service);
        }
    }

    /**
     * A connection that another director made gets the template that led it, if that is here, so that the template lives for
     * as long. Whose template goes by what an engine found in the first packet has none.
     */
    void join(Connections connections, int connection, VirtualService service) {
        if (service.settings().persistence() == 0 || service.settings().persistenceEngine() != null) {
            return;
        }
        long high = connections.clientHigh(connection);
        long low = connections.clientLow(connection);
        client(service, IpAddress.isV4(high, low), high, low);
        virtual(service, connections.protocol(connection), connections.virtualHigh(connection),
                connections.virtualLow(connection), connections.virtualPort(connection));
        templates.lock();
        try {
            int template = templates.find(protocol, clientHigh, clientLow, virtualHigh, virtualLow, virtualPort);
            if (template != Connections.NONE && templates.leadsAs(template, connection)) {
                templates.led(template, connection);
            }
        } finally {
            templates.unlock();
        }
    }

    /** The same of a server's packet that begins a connection, which its client may go on with (ip_vs_new_conn_out). */
    boolean ofServer(Packet packet, VirtualService service, ServiceKey.Address key) {
        client(service, packet.v4(), packet.destinationHigh(), packet.destinationLow());
        protocol = packet.protocol();
        virtualHigh = key.address().high();
        virtualLow = key.address().low();
        virtualPort = key.port();
        toServicePort = key.port() != 0;
        return data(packet, service);
    }

    private void client(VirtualService service, boolean v4, long high, long low) {
        int mask = service.settings().netmask();
        if (v4) {
            clientHigh = high;
            clientLow = low & IpAddress.mapped(mask);
        } else {
            clientHigh = mask >= 64 ? high : high & -1L << 64 - mask;
            clientLow = mask >= 128 ? low : mask <= 64 ? 0 : low & -1L << 128 - mask;
        }
    }

    /** A firewall mark's has none, so only a packet to port 0 is to its port. */
    private static int servicePort(VirtualService service) {
        return service.key() instanceof ServiceKey.Address key ? key.port() : 0;
    }

    private static int virtualPort(int port, VirtualService service) {
        return service.key() instanceof ServiceKey.Address key && key.port() == port && port != FTP ? port : 0;
    }

    private boolean data(Packet packet, VirtualService service) {
        this.packet = packet;
        byCall = service.settings().persistenceEngine() != null;
        return !byCall || packet.protocol() == Transport.UDP
                && call.find(packet.memory(), packet.transport() + Transport.UDP_HEADER_LENGTH,
                        packet.transport() + packet.transportLength());
    }

    /**
     * The template; {@link Connections#NONE} where there is none. One that leads to a server that is gone, or drains, is
     * retired.
     *
     * @param expireQuiescent whether one that leads to a server of weight 0 is, too
     * @param wanted          the only server that it may lead to; null: any
     */
    int find(boolean expireQuiescent, @Nullable RealServer wanted) {
        int template = byCall
                ? templates.find(protocol, clientHigh, clientLow, virtualHigh, virtualLow, virtualPort,
                        packet.memory(), call)
                : templates.find(protocol, clientHigh, clientLow, virtualHigh, virtualLow, virtualPort);
        if (template == Connections.NONE) {
            return Connections.NONE;
        }
        RealServer server = templates.server(template);
        if (server != null && server.present() && !server.draining()
                && !(expireQuiescent && server.weight() == 0)
                && (wanted == null || wanted == server)) {
            return template;
        }
        templates.retire(template);
        return Connections.NONE;
    }

    /** Makes the template, that leads to {@code server}; {@link Connections#NONE} where the table is full. */
    int create(VirtualService service, RealServer server, long now) {
        int serverPort = toServicePort ? server.port() : 0;
        int flags = NewConnections.onePacket(service, protocol) | NewConnections.forwarding(server);
        int timeout = service.settings().persistence();
        int template = byCall
                ? templates.create(protocol, clientHigh, clientLow, virtualHigh, virtualLow, virtualPort, server,
                        serverPort, flags, timeout, packet.memory(), call, now)
                : templates.create(protocol, clientHigh, clientLow, virtualHigh, virtualLow, virtualPort, server,
                        serverPort, flags, timeout, now);
        if (template != Connections.NONE) {
            server.persistentChanged(1);
            server.bound();
        }
        return template;
    }
}
