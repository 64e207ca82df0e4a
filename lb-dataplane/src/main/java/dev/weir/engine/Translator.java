package dev.weir.engine;

import dev.weir.connection.Connections;
import dev.weir.forward.SegmentSize;
import dev.weir.forward.Translation;
import dev.weir.wire.Frame;
import dev.weir.wire.IpAddress;
import dev.weir.wire.Ipv4;
import dev.weir.wire.Ipv6;
import dev.weir.wire.Packet;
import dev.weir.wire.Transport;

/**
 * Connections under FULLNAT whose client and server are of different families: their packets become the other family's
 * (RFC 7915). Belongs to one worker.
 */
final class Translator {
    private final Connections connections;
    private final Output output;

    Translator(Connections connections, Output output) {
        this.connections = connections;
        this.output = output;
    }

    /** Whether the connection's client and server are of different families. */
    boolean concerns(int connection) {
        return connections.isFullNat(connection)
                && IpAddress.isV4(connections.clientHigh(connection), connections.clientLow(connection)) != IpAddress
                        .isV4(connections.serverHigh(connection), connections.serverLow(connection));
    }

    /** Whether a packet fits the next hop once it is translated, or may be cut for it then. */
    static boolean fits(Frame frame, Packet packet, int mtu, Origin origin) {
        return Translation.hasWord(packet)
                && (Translation.length(frame, packet) <= mtu || mayFragment(frame, packet, origin));
    }

    /** What came in fragments may go in fragments, whoever cut it. */
    private static boolean mayFragment(Frame frame, Packet packet, Origin origin) {
        return origin.isReassembled() || Translation.mayFragment(packet, Translation.length(frame, packet));
    }

    /** A client's packet becomes the local address' to the server. */
    void toServer(Frame frame, Packet packet, int connection, int mtu, int mtuBack, Origin origin) {
        clamp(frame, packet, mtu, mtuBack);
        output.fragmentIdentification(Output.OWN);
        Translation.between(frame, packet, connections.localHigh(connection), connections.localLow(connection),
                connections.localPort(connection), connections.serverHigh(connection),
                connections.serverLow(connection), connections.serverPort(connection),
                connections.addressDelta(connection), connections.tupleDelta(connection),
                mayFragment(frame, packet, origin), output.nextIdentification());
    }

    /** A server's packet becomes the virtual address' to the client. */
    void toClient(Frame frame, Packet packet, int connection, int mtu, int mtuBack, Origin origin) {
        clamp(frame, packet, mtu, mtuBack);
        output.fragmentIdentification(Output.OWN);
        Translation.between(frame, packet, connections.virtualHigh(connection), connections.virtualLow(connection),
                connections.virtualPort(connection), connections.clientHigh(connection),
                connections.clientLow(connection), connections.clientPort(connection),
                ~connections.addressDelta(connection) & 0xffff, ~connections.tupleDelta(connection) & 0xffff,
                mayFragment(frame, packet, origin), output.nextIdentification());
    }

    /**
     * An end announces by its SYN what fits its own family's packets on its own side: the other is told what fits both.
     *
     * @param mtu     of the way that the SYN goes
     * @param mtuBack of the way that it came
     */
    private static void clamp(Frame frame, Packet packet, int mtu, int mtuBack) {
        if ((packet.tcpFlags() & Transport.SYN) != 0) {
            int ahead = packet.v4() ? Ipv6.HEADER_LENGTH : Ipv4.HEADER_LENGTH;
            int behind = packet.v4() ? Ipv4.HEADER_LENGTH : Ipv6.HEADER_LENGTH;
            SegmentSize.clamp(frame, packet, Math.min(mtu - ahead, mtuBack - behind) - Transport.TCP_HEADER_LENGTH);
        }
    }
}
