package dev.weir.engine;

import dev.weir.connection.Connections;
import dev.weir.forward.FastOpen;
import dev.weir.forward.IcmpError;
import dev.weir.forward.ProxyHeader;
import dev.weir.forward.SegmentSize;
import dev.weir.forward.TcpOptions;
import dev.weir.forward.ToaOption;
import dev.weir.route.NextHop;
import dev.weir.service.RealServer;
import dev.weir.wire.Bytes;
import dev.weir.wire.Frame;
import dev.weir.wire.IpAddress;
import dev.weir.wire.Ipv4;
import dev.weir.wire.Ipv6;
import dev.weir.wire.Packet;
import dev.weir.wire.Transport;
import org.jspecify.annotations.Nullable;

/**
 * What FULLNAT does to TCP segments besides their addresses and ports: the server is told its client, by an option in the
 * client's packets or a header before its first byte, and what that and the choice of sequence numbers changes is made
 * good both ways ({@link FullNatSequences}). A connection to which nothing of that applies costs a look. Belongs to one
 * worker.
 */
final class FullNatTcp {
    private static final int LEAST_V4_MTU = 68;
    /** Bytes of an IP packet in either family, with what one has more in its header. */
    private static final int LONGEST = 0xffff - (Ipv6.HEADER_LENGTH - Ipv4.HEADER_LENGTH);

    private final Connections connections;
    private final FullNatSequences sequences;
    private final Forwarder forwarder;
    private final Output output;
    private final ToaOption toa = new ToaOption();
    private final ProxyHeader header = new ProxyHeader();
    private final Packet made = new Packet();

    FullNatTcp(Connections connections, FullNatSequences sequences, Forwarder forwarder, Output output) {
        this.connections = connections;
        this.sequences = sequences;
        this.forwarder = forwarder;
        this.output = output;
    }

    /**
     * A client's segment, before it is rewritten.
     *
     * @param server null where the connection has none here
     * @return false where it goes no further, since another went in its place
     */
    boolean toServer(Frame frame, Packet packet, int connection, @Nullable RealServer server, Origin origin) {
        int flags = connections.flags(connection);
        boolean begins = (flags & Connections.TOA) != 0 && (packet.tcpFlags() & Transport.SYN) != 0;
        if ((begins || connections.serversFirst(connection) != 0) && TcpOptions.isSound(packet)) {
            tellByOption(frame, packet, connection);
        }
        return (flags & Connections.ADJUSTED) == 0
                || shift(frame, packet, connection, server, origin);
    }

    /**
     * DPVS's rule: TOA is in every packet of the client's that acknowledges the server's SYN and nothing more, so in that
     * by which the server accepts the connection. Here also in a SYN with data, by which a server accepts one (RFC 7413).
     * Once the server has sent data, it knows its client, and no packet is looked at any more.
     */
    private void tellByOption(Frame frame, Packet packet, int connection) {
        boolean opens = (packet.tcpFlags() & Transport.SYN) != 0
                ? TcpOptions.payload(packet) > 0
                : (packet.tcpFlags() & (Transport.ACK | Transport.RST)) == Transport.ACK
                        && acknowledgement(packet) == connections.serversFirst(connection);
        if (opens) {
            toa.put(frame, packet, Math.min(forwarder.roomToServer(frame, packet, connection),
                    LONGEST - packet.ipLength()));
        } else {
            ToaOption.remove(frame, packet);
        }
    }

    private boolean shift(Frame frame, Packet packet, int connection, @Nullable RealServer server, Origin origin) {
        int entry = connections.adjustment(connection);
        boolean sound = TcpOptions.isSound(packet);
        boolean goesOn = true;
        sequences.choose(packet, connection, entry);
        if ((packet.tcpFlags() & Transport.SYN) != 0) {
            if (sound && sequences.isYoung(entry)) {
                TcpOptions.blank(frame, packet, TcpOptions.TIMESTAMPS);
            }
            if (sound && sequences.proxy(entry) != 0) {
                FastOpen.refuse(frame, packet);
            }
        } else if (sound && (packet.tcpFlags() & Transport.RST) == 0 && sequences.lacksHeader(packet, entry)
                && forwarder.hopToServer(connection).kind() == NextHop.Kind.FORWARD) {
            goesOn = TcpOptions.payload(packet) > 0 || (packet.tcpFlags() & Transport.FIN) != 0;
            sendHeader(frame, packet, connection, entry, server, goesOn ? Origin.MADE : origin);
        }
        sequences.toServer(frame, packet, entry);
        return goesOn;
    }

    /**
     * The header is a segment of its own, before the client's. A bare acknowledgement it takes the place of: if it is lost,
     * the server sends its SYN once more, and the client its acknowledgement. Where the server was to speak first, nothing
     * else would bring the header again.
     */
    private void sendHeader(Frame frame, Packet packet, int connection, int entry, @Nullable RealServer server,
            Origin origin) {
        writeHeader(connection, entry);
        Frame segment = output.spare(header.frameLength(frame, packet), frame.port());
        header.segment(frame, packet, segment, made);
        sequences.shiftHeader(segment, made, entry);
        output.made();
        forwarder.toServer(segment, made, connection, server, origin);
    }

    private void writeHeader(int connection, int entry) {
        if (sequences.proxy(entry) == 1) {
            header.writeText(connections.clientHigh(connection), connections.clientLow(connection),
                    connections.clientPort(connection), connections.virtualHigh(connection),
                    connections.virtualLow(connection), connections.virtualPort(connection));
        } else {
            header.writeBinary(connections.clientHigh(connection), connections.clientLow(connection),
                    connections.clientPort(connection), connections.virtualHigh(connection),
                    connections.virtualLow(connection), connections.virtualPort(connection));
        }
    }

    /** A server's segment, before it is rewritten. */
    void toClient(Frame frame, Packet packet, int connection) {
        boolean acknowledges = (packet.tcpFlags() & Transport.ACK) != 0;
        boolean answer = acknowledges && (packet.tcpFlags() & Transport.SYN) != 0;
        if (acknowledges) {
            int last = connections.acknowledged(connection);
            int number = acknowledgement(packet);
            // Mostly it is the same, and memory that is not written need not go back.
            if (number != last && (answer || last == 0 || number - last > 0)) {
                connections.acknowledged(connection, number);
            }
        }
        int flags = connections.flags(connection);
        if (connections.serversFirst(connection) != 0 || answer && (flags & Connections.TOA) != 0) {
            hearsOfOption(frame, packet, connection, answer);
        }
        if ((flags & Connections.ADJUSTED) == 0) {
            return;
        }
        int entry = connections.adjustment(connection);
        if (answer) {
            int length = 0;
            if (sequences.proxy(entry) != 0) {
                writeHeader(connection, entry);
                length = header.length();
            }
            sequences.answered(connection, entry, acknowledgement(packet), length);
        }
        sequences.toClient(frame, packet, entry);
        if (acknowledges) {
            sequences.acknowledged(connection, entry, connections.acknowledged(connection));
        }
    }

    /**
     * The client's segments grow by TOA, so it is to make them that much smaller: the MSS that it hears is its server's
     * without the option, as in DPVS. (An MSS does not count options, which its sender must leave room for: RFC 6691.)
     */
    private void hearsOfOption(Frame frame, Packet packet, int connection, boolean answer) {
        if (answer) {
            int first = Transport.tcpSequence(packet.memory(), packet.transport()) + 1;
            connections.serversFirst(connection, first == 0 ? 1 : first);
            SegmentSize.lower(frame, packet, optionLength(connection));
        } else if (TcpOptions.isSound(packet)
                && (TcpOptions.payload(packet) > 0 || (packet.tcpFlags() & Transport.FIN) != 0)) {
            connections.serversFirst(connection, 0);
        }
    }

    /**
     * An ICMP error about a segment that went to the server, before it is rewritten: it quotes what the client sent, and
     * says how large a client's segment may be that grows by TOA.
     */
    void icmpErrorToClient(Packet error, Packet quoted, int connection) {
        long field = quoted.transport() + Transport.TCP_SEQUENCE;
        if ((connections.flags(connection) & Connections.ADJUSTED) != 0
                && field + Integer.BYTES <= error.ip() + error.ipLength()) {
            int number = Bytes.i32(error.memory(), field);
            Bytes.i32(error.memory(), field, sequences.back(connections.adjustment(connection), number));
        }
        if (connections.serversFirst(connection) != 0 && IcmpError.isTooBig(error)) {
            int least = error.v4() ? LEAST_V4_MTU : Ipv6.MINIMUM_MTU;
            int mtu = IcmpError.mtu(error);
            IcmpError.mtu(error, Math.min(mtu, Math.max(least, mtu - optionLength(connection))));
        }
    }

    private int optionLength(int connection) {
        return ToaOption.length(
                IpAddress.isV4(connections.clientHigh(connection), connections.clientLow(connection)));
    }

    private static int acknowledgement(Packet packet) {
        return Bytes.i32(packet.memory(), packet.transport() + Transport.TCP_ACKNOWLEDGEMENT);
    }
}
