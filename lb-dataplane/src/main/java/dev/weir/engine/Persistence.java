package dev.weir.engine;

import dev.weir.connection.Connections;
import dev.weir.service.RealServer;
import dev.weir.service.ServiceKey;
import dev.weir.service.VirtualService;
import dev.weir.wire.IpAddress;
import dev.weir.wire.Packet;

/**
 * Templates: what keeps a client, or a network of clients, with its server (ip_vs_sched_persist). A template stands for
 * the client's address under the service's mask and for the virtual address; its port where the service has one, none
 * where it has all or brings a second port with it, as FTP does. It lives for the service's timeout after the last
 * connection was made by it, and while one of them lives. Belongs to one worker.
 */
final class Persistence {
    /** The service of FTP's control connections takes its data connections, too. */
    static final int FTP = 21;
    private static final int NO_PROTOCOL = 0;

    private final Connections connections;
    private final Tracker tracker;

    Persistence(Connections connections, Tracker tracker) {
        this.connections = connections;
        this.tracker = tracker;
    }

    /**
     * The template of a packet that begins a connection; {@link Connections#NONE} where there is none. One that leads to
     * a server that is gone is retired.
     *
     * @param expireQuiescent whether one that leads to a server of weight 0 is, too
     */
    int find(Packet packet, VirtualService service, boolean expireQuiescent) {
        int template = connections.template(protocol(packet, service), clientHigh(packet, service),
                clientLow(packet, service), virtualHigh(packet, service), virtualLow(packet, service),
                virtualPort(packet, service));
        if (template == Connections.NONE) {
            return Connections.NONE;
        }
        RealServer server = tracker.server(template);
        if (server != null && server.present() && !(expireQuiescent && server.weight() == 0)) {
            return template;
        }
        connections.retire(template);
        return Connections.NONE;
    }

    /** Makes the template of a packet whose server was just chosen; {@link Connections#NONE} where the table is full. */
    int create(Packet packet, VirtualService service, RealServer server, long now) {
        int serverPort = virtualPort(packet, service) == 0 ? 0 : server.port();
        int template = connections.create(protocol(packet, service), clientHigh(packet, service),
                clientLow(packet, service), 0, virtualHigh(packet, service), virtualLow(packet, service),
                virtualPort(packet, service), server.address().high(), server.address().low(), serverPort,
                Connections.TEMPLATE | Tracker.forwarding(server), server.id(), service.settings().persistence(), now);
        if (template != Connections.NONE) {
            server.persistentChanged(1);
            server.bound();
        }
        return template;
    }

    private static int protocol(Packet packet, VirtualService service) {
        return service.key() instanceof ServiceKey.Mark ? NO_PROTOCOL : packet.protocol();
    }

    private static int virtualPort(Packet packet, VirtualService service) {
        return service.key() instanceof ServiceKey.Address key && key.port() == packet.destinationPort()
                && key.port() != FTP ? key.port() : 0;
    }

    /** Under a firewall mark the mark stands for the virtual address, as its first four bytes. */
    private static long virtualHigh(Packet packet, VirtualService service) {
        if (service.key() instanceof ServiceKey.Mark key) {
            return key.v4() ? 0 : (long) key.mark() << 32;
        }
        return packet.destinationHigh();
    }

    private static long virtualLow(Packet packet, VirtualService service) {
        if (service.key() instanceof ServiceKey.Mark key) {
            return key.v4() ? IpAddress.mapped(key.mark()) : 0;
        }
        return packet.destinationLow();
    }

    private static long clientHigh(Packet packet, VirtualService service) {
        int prefix = service.settings().netmask();
        return packet.v4() || prefix >= 64 ? packet.sourceHigh() : packet.sourceHigh() & -1L << 64 - prefix;
    }

    private static long clientLow(Packet packet, VirtualService service) {
        int mask = service.settings().netmask();
        if (packet.v4()) {
            return packet.sourceLow() & IpAddress.mapped(mask);
        }
        return mask >= 128 ? packet.sourceLow() : mask <= 64 ? 0 : packet.sourceLow() & -1L << 128 - mask;
    }
}
