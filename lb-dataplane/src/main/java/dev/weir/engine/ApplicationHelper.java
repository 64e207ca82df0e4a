package dev.weir.engine;

import dev.weir.connection.Connections;
import dev.weir.connection.SequenceAdjustments;
import dev.weir.forward.SequenceShift;
import dev.weir.wire.Checksum;
import dev.weir.wire.Frame;
import dev.weir.wire.Packet;
import dev.weir.wire.Transport;
import dev.weir.wire.VirtioNetHeader;
import org.jspecify.annotations.Nullable;

/**
 * What happens to the TCP segments of connections that have a sequence adjustment, and to no others: their application
 * reads and changes their payload, and their sequence numbers are shifted (ip_vs_app). Belongs to one worker.
 */
final class ApplicationHelper {
    private final Connections connections;
    private final SequenceAdjustments adjustments;
    private final Output output;
    private final Ftp ftp;

    ApplicationHelper(Connections connections, Tracker tracker, NewConnections made, FullNatSequences sequences,
            Output output) {
        this.connections = connections;
        adjustments = connections.adjustments();
        this.output = output;
        ftp = new Ftp(connections, tracker, made, sequences, output);
    }

    /** Whether a connection needs a helper. */
    static boolean isNeeded(Connections connections, int connection) {
        return Ftp.controls(connections, connection);
    }

    /** The same of one that has a sequence adjustment: under FULLNAT it may have that for other reasons. */
    boolean helps(int connection) {
        return !connections.isFullNat(connection) || isNeeded(connections, connection);
    }

    /**
     * A client's segment, before it is rewritten.
     *
     * @return the frame to go on with, whose packet {@code packet} is then; null where it was dropped
     */
    @Nullable
    Frame toServer(Frame frame, Packet packet, int connection, Origin origin, long now) {
        if (!verified(frame, packet, origin)) {
            return null;
        }
        Frame result = Ftp.controls(connections, connection)
                ? ftp.command(frame, packet, connection, origin, now)
                : frame;
        if (result != null) {
            shift(result, packet, connection, SequenceAdjustments.FROM_CLIENT, SequenceAdjustments.FROM_SERVER);
        }
        return result;
    }

    /**
     * A server's segment, before it is rewritten.
     *
     * @return the frame to go on with, whose packet {@code packet} is then; null where it was dropped
     */
    @Nullable
    Frame toClient(Frame frame, Packet packet, int connection, Origin origin, long now) {
        if (!verified(frame, packet, origin)) {
            return null;
        }
        Frame result = Ftp.controls(connections, connection)
                ? ftp.reply(frame, packet, connection, origin, now)
                : frame;
        if (result != null) {
            shift(result, packet, connection, SequenceAdjustments.FROM_SERVER, SequenceAdjustments.FROM_CLIENT);
        }
        return result;
    }

    /** Under FULLNAT what clients send is shifted with all else that shifts it there ({@link FullNatSequences}). */
    private void shift(Frame frame, Packet packet, int connection, int own, int other) {
        int entry = connections.adjustment(connection);
        int elsewhere = connections.isFullNat(connection) ? SequenceAdjustments.FROM_CLIENT : Connections.NONE;
        if (own != elsewhere) {
            SequenceShift.sequence(frame, packet, adjustments.initial(entry, own), adjustments.delta(entry, own),
                    adjustments.previous(entry, own));
        }
        if (other != elsewhere) {
            int initial = adjustments.initial(entry, other);
            int delta = adjustments.delta(entry, other);
            int previous = adjustments.previous(entry, other);
            // As in IPVS, which heeds no number in the midst of what it inserted.
            SequenceShift.acknowledgement(frame, packet, initial, delta, previous, initial + previous - delta);
        }
    }

    /** What is read must be what was sent; elsewhere checksums are the receiver's affair (tcp_csum_check). */
    private boolean verified(Frame frame, Packet packet, Origin origin) {
        int flags = VirtioNetHeader.flags(frame.memory(), frame.start());
        if ((flags & (VirtioNetHeader.NEEDS_CSUM | VirtioNetHeader.DATA_VALID)) != 0) {
            return true;
        }
        int length = packet.transportLength();
        int pseudo = Checksum.pseudoHeader(Checksum.ofAddress(packet.sourceHigh(), packet.sourceLow()),
                Checksum.ofAddress(packet.destinationHigh(), packet.destinationLow()), Transport.TCP, length);
        if (Checksum.fold((long) pseudo + Checksum.sum(packet.memory(), packet.transport(), length)) == 0xffff) {
            return true;
        }
        output.drop(DropReason.BAD_TCP_CHECKSUM, origin.weight());
        return false;
    }
}
