package dev.weir.engine;

import dev.weir.connection.Connections;
import dev.weir.connection.SequenceAdjustments;
import dev.weir.connection.State;
import dev.weir.forward.FtpMessage;
import dev.weir.forward.PayloadEdit;
import dev.weir.service.RealServer;
import dev.weir.wire.Frame;
import dev.weir.wire.Packet;
import dev.weir.wire.Transport;
import org.jspecify.annotations.Nullable;

/**
 * FTP's data connections under masquerading, as ip_vs_ftp makes them. What a control connection announces becomes a
 * connection, controlled by the control connection: after PORT or EPRT one from the server's data port to the client's,
 * after PASV or EPSV one from a client's port that only its first packet will tell. The reply to PASV gets the virtual
 * address, that to EPSV no address. Belongs to one worker.
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
    private static final int LONGEST_ADDRESS = 24;

    private final Connections connections;
    private final Tracker tracker;
    private final NewConnections made;
    private final Output output;
    private final FtpMessage message = new FtpMessage();
    private final byte[] text = new byte[LONGEST_ADDRESS];
    private int length;

    Ftp(Connections connections, Tracker tracker, NewConnections made, Output output) {
        this.connections = connections;
        this.tracker = tracker;
        this.made = made;
        this.output = output;
    }

    /** Whether this is a control connection whose payload is read. */
    static boolean controls(Connections connections, int connection) {
        return connections.virtualPort(connection) == CONTROL_PORT
                && connections.protocol(connection) == Transport.TCP
                && connections.forwarding(connection) == Connections.MASQUERADED;
    }

    /** A client's segment; false where a connection that it needs finds no room. */
    boolean command(Packet packet, int control, long now) {
        long payload = payload(packet);
        long end = packet.ip() + packet.ipLength();
        if (connections.state(control) != State.TCP_ESTABLISHED || payload >= end) {
            return true;
        }
        return switch (message.readCommand(packet.memory(), payload, end, packet.v4())) {
            case OTHER -> true;
            case PASSIVE -> await(control, PASSIVE);
            case EXTENDED_PASSIVE -> await(control, EXTENDED_PASSIVE);
            case ACTIVE -> await(control, 0) && expectFromServer(control, now);
        };
    }

    private boolean await(int control, int reply) {
        SequenceAdjustments adjustments = connections.adjustments();
        int entry = connections.adjustment(control);
        adjustments.state(entry, adjustments.state(entry) & ~AWAITED_MASK | reply);
        connections.adjustmentChanged(control);
        return true;
    }

    private boolean expectFromServer(int control, long now) {
        RealServer server = tracker.server(control);
        int virtualPort = connections.virtualPort(control) - 1;
        int data = connections.fromClient(Transport.TCP, message.high(), message.low(), message.port(),
                connections.virtualHigh(control), connections.virtualLow(control), virtualPort);
        if (data == Connections.NONE) {
            data = made.expect(control, server, message.high(), message.low(), message.port(), virtualPort,
                    connections.serverHigh(control), connections.serverLow(control),
                    connections.serverPort(control) - 1 & 0xffff, 0, now);
        } else {
            tracker.listen(data, now);
        }
        return data != Connections.NONE;
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
        int data = connections.fromServer(Transport.TCP, message.high(), message.low(), message.port(),
                connections.clientHigh(control), connections.clientLow(control), 0);
        RealServer server = tracker.server(control);
        if (data != Connections.NONE) {
            tracker.listen(data, now);
        } else if (!again) {
            data = made.expect(control, server, connections.clientHigh(control), connections.clientLow(control), 0,
                    message.port(), message.high(), message.low(), message.port(), Connections.NO_CLIENT_PORT, now);
            if (data == Connections.NONE) {
                output.drop(DropReason.TABLE_FULL, origin.weight());
                return null;
            }
        }
        write(kind, data == Connections.NONE ? control : data);
        int grown = length - (int) (message.end() - message.start());
        if (packet.ipLength() + grown > 0xffff) {
            output.drop(DropReason.TOO_BIG, origin.weight());
            return null;
        }
        Frame edited = output.spare(frame.length() + grown, frame.port());
        PayloadEdit.replace(frame, packet, edited, message.start(), message.end(), text, length);
        packet.parse(edited);
        if (grown != 0) {
            adjustments.changed(entry, SequenceAdjustments.FROM_SERVER, sequence, grown);
        }
        adjustments.state(entry, kind << REWRITTEN_SHIFT);
        adjustments.mark(entry, sequence);
        connections.adjustmentChanged(control);
        return edited;
    }

    private boolean read(int kind, Packet packet, long payload, long end, int control) {
        return kind == PASSIVE
                ? message.readPassive(packet.memory(), payload, end)
                : message.readExtendedPassive(packet.memory(), payload, end, connections.serverHigh(control),
                        connections.serverLow(control));
    }

    /** The client is to connect to the virtual address of {@code from}. */
    private void write(int kind, int from) {
        length = 0;
        if (kind == EXTENDED_PASSIVE) {
            put('|');
            put('|');
            put('|');
            putNumber(message.port());
            put('|');
            return;
        }
        int address = (int) connections.virtualLow(from);
        for (int shift = 24; shift >= 0; shift -= 8) {
            putNumber(address >>> shift & 0xff);
            put(',');
        }
        putNumber(message.port() >>> 8);
        put(',');
        putNumber(message.port() & 0xff);
    }

    private void putNumber(int number) {
        int divisor = 1;
        while (number / divisor >= 10) {
            divisor *= 10;
        }
        for (; divisor > 0; divisor /= 10) {
            put('0' + number / divisor % 10);
        }
    }

    private void put(int character) {
        text[length++] = (byte) character;
    }

    /** Where the payload begins; not within the packet where the header's length is nonsense. */
    private static long payload(Packet packet) {
        int header = Transport.tcpHeaderLength(packet.memory(), packet.transport());
        return header < Transport.TCP_HEADER_LENGTH ? Long.MAX_VALUE : packet.transport() + header;
    }
}
