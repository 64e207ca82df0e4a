package dev.weir.engine;

import dev.weir.connection.Connections;
import dev.weir.forward.ErrorTranslation;
import dev.weir.forward.SegmentSize;
import dev.weir.forward.Translation;
import dev.weir.wire.Frame;
import dev.weir.wire.Ipv4;
import dev.weir.wire.Ipv6;
import dev.weir.wire.Packet;
import dev.weir.wire.Transport;

/**
 * Connections under FULLNAT whose client and server are of different families: their packets, and ICMP errors about them,
 * become the other family's (RFC 7915). Belongs to one worker.
 */
final class Translator {
    private final Connections connections;
    private final Output output;
    private final Packet translated = new Packet();

    Translator(Connections connections, Output output) {
        this.connections = connections;
        this.output = output;
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

    /**
     * A client's packet goes to the server, from the local address.
     *
     * @param back towards the client
     */
    void toServer(Frame frame, Packet packet, int connection, Hop hop, Hop back, Origin origin) {
        clamp(frame, packet, hop, back);
        Translation.between(frame, packet, connections.localHigh(connection), connections.localLow(connection),
                connections.localPort(connection), connections.serverHigh(connection),
                connections.serverLow(connection), connections.serverPort(connection),
                connections.addressDelta(connection), connections.tupleDelta(connection),
                mayFragment(frame, packet, origin), output.nextIdentification());
        send(frame, packet, hop, origin);
    }

    /**
     * A server's packet goes to the client, from the virtual address.
     *
     * @param back towards the server
     */
    void toClient(Frame frame, Packet packet, int connection, Hop hop, Hop back, Origin origin) {
        clamp(frame, packet, hop, back);
        Translation.between(frame, packet, connections.virtualHigh(connection), connections.virtualLow(connection),
                connections.virtualPort(connection), connections.clientHigh(connection),
                connections.clientLow(connection), connections.clientPort(connection),
                ~connections.addressDelta(connection) & 0xffff, ~connections.tupleDelta(connection) & 0xffff,
                mayFragment(frame, packet, origin), output.nextIdentification());
        send(frame, packet, hop, origin);
    }

    /** A datagram that came in fragments goes whole where it fits: what its sender's path bears says nothing here. */
    private void send(Frame frame, Packet packet, Hop hop, Origin origin) {
        output.fragmentIdentification(Output.OWN);
        output.send(frame, packet, hop, hop.mtu(), origin.weight());
    }

    /** An end announces by its SYN what fits its own family's packets on its own side: the other is told what fits both. */
    private static void clamp(Frame frame, Packet packet, Hop hop, Hop back) {
        if ((packet.tcpFlags() & Transport.SYN) != 0) {
            int ahead = packet.v4() ? Ipv6.HEADER_LENGTH : Ipv4.HEADER_LENGTH;
            int behind = packet.v4() ? Ipv4.HEADER_LENGTH : Ipv6.HEADER_LENGTH;
            SegmentSize.clamp(frame, packet,
                    Math.min(hop.mtu() - ahead, back.mtu() - behind) - Transport.TCP_HEADER_LENGTH);
        }
    }

    /** An ICMP error about a packet that the server sent. */
    void errorToServer(Frame frame, Packet error, Packet quoted, int connection, Hop hop, Hop back) {
        error(frame, error, quoted, hop, back, connections.localHigh(connection), connections.localLow(connection),
                connections.localPort(connection), connections.serverHigh(connection),
                connections.serverLow(connection), connections.serverPort(connection),
                connections.tupleDelta(connection));
    }

    /** An ICMP error about a packet that the client sent. */
    void errorToClient(Frame frame, Packet error, Packet quoted, int connection, Hop hop, Hop back) {
        error(frame, error, quoted, hop, back, connections.virtualHigh(connection),
                connections.virtualLow(connection), connections.virtualPort(connection),
                connections.clientHigh(connection), connections.clientLow(connection),
                connections.clientPort(connection), ~connections.tupleDelta(connection) & 0xffff);
    }

    private void error(Frame frame, Packet error, Packet quoted, Hop hop, Hop back, long fromHigh, long fromLow,
            int fromPort, long toHigh, long toLow, int toPort, int tupleDelta) {
        long header = ErrorTranslation.header(error, quoted, hop.mtu(), back.mtu());
        if (header == ErrorTranslation.NONE) {
            output.drop(DropReason.UNTRANSLATABLE, 1);
            return;
        }
        int link = (int) (error.ip() - frame.start());
        Frame made = output.spare(ErrorTranslation.length(error, quoted, link), frame.port());
        ErrorTranslation.write(made, frame, error, quoted, header, fromHigh, fromLow, fromPort, toHigh, toLow, toPort,
                tupleDelta, output.nextIdentification());
        translated.parse(made);
        output.send(made, translated, hop, hop.mtu(), 1);
    }
}
