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

    ApplicationHelper(Connections connections, Tracker tracker, NewConnections made, Output output) {
        this.connections = connections;
        adjustments = connections.adjustments();
        this.output = output;
        ftp = new Ftp(connections, tracker, made, output);
    }

    /** Whether a connection just made needs a helper. */
    static boolean isNeeded(Connections connections, int connection) {
        return Ftp.controls(connections, connection);
    }

    /** A client's segment, before it is masqueraded; false where it was dropped. */
    boolean toServer(Frame frame, Packet packet, int connection, Origin origin, long now) {
        if (!verified(frame, packet, origin)) {
            return false;
        }
        if (Ftp.controls(connections, connection) && !ftp.command(packet, connection, now)) {
            output.drop(DropReason.TABLE_FULL, origin.weight());
            return false;
        }
        shift(frame, packet, connections.adjustment(connection), SequenceAdjustments.FROM_CLIENT,
                SequenceAdjustments.FROM_SERVER);
        return true;
    }

    /**
     * A server's segment, before it is masqueraded.
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
            shift(result, packet, connections.adjustment(connection), SequenceAdjustments.FROM_SERVER,
                    SequenceAdjustments.FROM_CLIENT);
        }
        return result;
    }

    private void shift(Frame frame, Packet packet, int entry, int own, int other) {
        SequenceShift.sequence(frame, packet, adjustments.initial(entry, own), adjustments.delta(entry, own),
                adjustments.previous(entry, own));
        int initial = adjustments.initial(entry, other);
        int delta = adjustments.delta(entry, other);
        int previous = adjustments.previous(entry, other);
        // As in IPVS, which heeds no number in the midst of what it inserted.
        SequenceShift.acknowledgement(frame, packet, initial, delta, previous, initial + previous - delta);
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
