package dev.weir.engine;

import dev.weir.connection.Connections;
import dev.weir.connection.SequenceAdjustments;
import dev.weir.connection.State;
import dev.weir.forward.AsciiText;
import dev.weir.forward.FtpMessage;
import dev.weir.forward.PayloadEdit;
import dev.weir.wire.Frame;
import dev.weir.wire.IpAddress;
import dev.weir.wire.Packet;
import dev.weir.wire.Transport;
import org.jspecify.annotations.Nullable;

/**
 * FTP's data connections under masquerading, as ip_vs_ftp makes them, and under FULLNAT. What a control connection
 * announces becomes a connection, controlled by the control connection: after PORT or EPRT one from the server's data port
 * to the client's, after PASV or EPSV one from a client's port that only its first packet will tell. The reply to PASV gets
 * the virtual address, that to EPSV no address. Under FULLNAT PORT and EPRT get the data connection's local address and
 * port, since the server knows no other way to its client. Belongs to one worker.
 *
 * <p>A control connection's state says which reply it waits for, and which it was that was rewritten last, so that the
 * same segment sent again is rewritten again.
 */
final class Ftp {
    static final int CONTROL_PORT = 21;
    /** What the state's low bits, and the two above them, may be. */
    private static final int PASSIVE = 1;
    private static final int EXTENDED_PASSIVE = 2;
    private static final int AWAITED_MASK = 3;
    private static final int REWRITTEN_SHIFT = 2;
    /** Bytes of the longest command: EPRT with an IPv6 address. */
    private static final int LONGEST = 64;
    /** No client listens on a port below, and servers refuse them. */
    private static final int FIRST_CLIENT_PORT = 1024;

    private final Connections connections;
    private final Tracker tracker;
    private final NewConnections made;
    private final FullNatSequences sequences;
    private final Output output;
    private final FtpMessage message = new FtpMessage();
    private final AsciiText text = new AsciiText(LONGEST);

    Ftp(Connections connections, Tracker tracker, NewConnections made, FullNatSequences sequences, Output output) {
        this.connections = connections;
        this.tracker = tracker;
        this.made = made;
        this.sequences = sequences;
        this.output = output;
    }

    /** Whether this is a control connection whose payload is read. What begins behind the director is its own affair. */
    static boolean controls(Connections connections, int connection) {
        return connections.virtualPort(connection) == CONTROL_PORT
                && connections.protocol(connection) == Transport.TCP
                && Connections.translates(connections.flags(connection)) && !isOutward(connections, connection);
    }

    /** Of a service none leads to its own virtual address. */
    private static boolean isOutward(Connections connections, int connection) {
        return connections.isFullNat(connection)
                && connections.serverLow(connection) == connections.virtualLow(connection)
                && connections.serverHigh(connection) == connections.virtualHigh(connection);
    }

    /**
     * A client's segment, not yet rewritten.
     *
     * @return the frame to go on with, whose packet {@code packet} is then; null where it was dropped
     */
    @Nullable
    Frame command(Frame frame, Packet packet, int control, Origin origin, long now) {
        long payload = payload(packet);
        long end = packet.ip() + packet.ipLength();
        if (connections.state(control) != State.TCP_ESTABLISHED || payload >= end) {
            return frame;
        }
        switch (message.readCommand(packet.memory(), payload, end, packet.v4())) {
            case OTHER -> {
            }
            case PASSIVE -> await(control, PASSIVE);
            case EXTENDED_PASSIVE -> await(control, EXTENDED_PASSIVE);
            case ACTIVE -> {
                await(control, 0);
                return active(frame, packet, payload, control, origin, now);
            }
        }
        return frame;
    }

    private void await(int control, int reply) {
        SequenceAdjustments adjustments = connections.adjustments();
        int entry = connections.adjustment(control);
        adjustments.state(entry, adjustments.state(entry) & ~AWAITED_MASK | reply);
        connections.adjustmentChanged(control);
    }

    private @Nullable Frame active(Frame frame, Packet packet, long command, int control, Origin origin, long now) {
        boolean fullNat = connections.isFullNat(control);
        if (fullNat && !isClients(control)) {
            return frame;
        }
        int data = expectFromServer(control, now);
        if (data == Connections.NONE) {
            output.drop(made.refusal(), origin.weight());
            return null;
        }
        if (!fullNat) {
            return frame;
        }
        writeCommand(data);
        return edit(frame, packet, command, control, SequenceAdjustments.FROM_CLIENT, origin);
    }

    /**
     * What the server does not see any more it cannot refuse: that it is to connect to somebody else (RFC 2577). Nor may
     * there be a change of length before the PROXY header has come to the server.
     */
    private boolean isClients(int control) {
        return message.low() == connections.clientLow(control) && message.high() == connections.clientHigh(control)
                && message.port() >= FIRST_CLIENT_PORT && !sequences.isHeaderDue(connections.adjustment(control));
    }

    private int expectFromServer(int control, long now) {
        int virtualPort = connections.virtualPort(control) - 1;
        int data = connections.fromClient(Transport.TCP, message.high(), message.low(), message.port(),
                connections.virtualHigh(control), connections.virtualLow(control), virtualPort);
        if (data != Connections.NONE && connections.isFullNat(control) && !isSameServers(data, control)) {
            tracker.end(data);
            data = Connections.NONE;
        }
        if (data == Connections.NONE) {
            return made.expect(control, tracker.server(control), message.high(), message.low(), message.port(),
                    virtualPort, connections.serverHigh(control), connections.serverLow(control),
                    connections.serverPort(control) - 1 & 0xffff, 0, now);
        }
        tracker.listen(data, now);
        return data;
    }

    /** Whether a data connection of the same virtual address and port leads where the control connection does. */
    private boolean isSameServers(int data, int control) {
        return connections.serverLow(data) == connections.serverLow(control)
                && connections.serverHigh(data) == connections.serverHigh(control)
                && connections.localLow(data) == connections.localLow(control)
                && connections.localHigh(data) == connections.localHigh(control);
    }

    /**
     * A server's segment, not yet masqueraded.
     *
     * @return the frame to go on with, whose packet {@code packet} is then; null where it was dropped
     */
    @Nullable
    Frame reply(Frame frame, Packet packet, int control, Origin origin, long now) {
        long payload = payload(packet);
        long end = packet.ip() + packet.ipLength();
        SequenceAdjustments adjustments = connections.adjustments();
        int entry = connections.adjustment(control);
        int state = adjustments.state(entry);
        int sequence = Transport.tcpSequence(packet.memory(), packet.transport());
        boolean again = (state & AWAITED_MASK) == 0 && state != 0 && sequence == adjustments.mark(entry);
        int kind = again ? state >>> REWRITTEN_SHIFT : state & AWAITED_MASK;
        if (connections.state(control) != State.TCP_ESTABLISHED || kind == 0 || payload >= end
                || !read(kind, packet, payload, end, control)) {
            return frame;
        }
        int data = announced(control);
        if (data != Connections.NONE) {
            tracker.listen(data, now);
        } else if (!again) {
            data = expectFromClient(control, now);
            if (data == Connections.NONE) {
                output.drop(made.refusal(), origin.weight());
                return null;
            }
        }
        writeReply(kind, data == Connections.NONE ? control : data);
        Frame edited = edit(frame, packet, message.start(), control, SequenceAdjustments.FROM_SERVER, origin);
        if (edited != null) {
            adjustments.state(entry, kind << REWRITTEN_SHIFT);
            adjustments.mark(entry, sequence);
        }
        return edited;
    }

    private boolean read(int kind, Packet packet, long payload, long end, int control) {
        return kind == PASSIVE
                ? message.readPassive(packet.memory(), payload, end)
                : message.readExtendedPassive(packet.memory(), payload, end, connections.serverHigh(control),
                        connections.serverLow(control));
    }

    /** The connection that a reply announces, if one was made already. */
    private int announced(int control) {
        long clientHigh = connections.clientHigh(control);
        long clientLow = connections.clientLow(control);
        if (!connections.isFullNat(control)) {
            return connections.fromServer(Transport.TCP, message.high(), message.low(), message.port(), clientHigh,
                    clientLow, 0);
        }
        int data = connections.fromClient(Transport.TCP, clientHigh, clientLow, 0, connections.virtualHigh(control),
                connections.virtualLow(control), message.port());
        if (data != Connections.NONE && !isSameServers(data, control)) {
            tracker.end(data);
            return Connections.NONE;
        }
        return data;
    }

    /** Under FULLNAT to the control connection's server, by whatever address that knows itself. */
    private int expectFromClient(int control, long now) {
        boolean fullNat = connections.isFullNat(control);
        return made.expect(control, tracker.server(control), connections.clientHigh(control),
                connections.clientLow(control), 0, message.port(),
                fullNat ? connections.serverHigh(control) : message.high(),
                fullNat ? connections.serverLow(control) : message.low(), message.port(), Connections.NO_CLIENT_PORT,
                now);
    }

    /**
     * Puts the text in the place of the message's from here to its end.
     *
     * @param half whose stream changes
     * @return the frame to go on with; null where it was dropped
     */
    private @Nullable Frame edit(Frame frame, Packet packet, long from, int control, int half, Origin origin) {
        int grown = text.length() - (int) (message.end() - from);
        if (packet.ipLength() + grown > 0xffff) {
            output.drop(DropReason.TOO_BIG, origin.weight());
            return null;
        }
        int sequence = Transport.tcpSequence(packet.memory(), packet.transport());
        Frame edited = output.spare(frame.length() + grown, frame.port());
        PayloadEdit.replace(frame, packet, edited, from, message.end(), text.bytes(), text.length());
        packet.parse(edited);
        if (grown != 0) {
            connections.adjustments().changed(connections.adjustment(control), half, sequence, grown);
        }
        connections.adjustmentChanged(control);
        return edited;
    }

    /** The client is to connect to the virtual address of {@code from}. */
    private void writeReply(int kind, int from) {
        text.clear();
        if (kind == EXTENDED_PASSIVE) {
            text.put("|||").putDecimal(message.port()).put('|');
        } else {
            putNumbers(connections.virtualLow(from), message.port());
        }
    }

    /** The server is to connect to the local address of {@code data}: by EPRT where PORT has no words for it. */
    private void writeCommand(int data) {
        long high = connections.localHigh(data);
        long low = connections.localLow(data);
        boolean v4 = IpAddress.isV4(high, low);
        text.clear();
        if (message.isExtended() || !v4) {
            text.put("EPRT |").put(v4 ? '1' : '2').put('|').putAddress(high, low).put('|')
                    .putDecimal(connections.localPort(data)).put('|');
        } else {
            text.put("PORT ");
            putNumbers(low, connections.localPort(data));
        }
    }

    private void putNumbers(long address, int port) {
        text.putV4(address, ',').put(',').putDecimal(port >>> 8).put(',').putDecimal(port & 0xff);
    }

    /** Where the payload begins; not within the packet where the header's length is nonsense. */
    private static long payload(Packet packet) {
        int header = Transport.tcpHeaderLength(packet.memory(), packet.transport());
        return header < Transport.TCP_HEADER_LENGTH ? Long.MAX_VALUE : packet.transport() + header;
    }
}
