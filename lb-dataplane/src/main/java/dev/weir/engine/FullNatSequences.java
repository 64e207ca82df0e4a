package dev.weir.engine;

import dev.weir.connection.Connections;
import dev.weir.connection.SequenceAdjustments;
import dev.weir.forward.SequenceShift;
import dev.weir.service.ClientAddress;
import dev.weir.wire.Frame;
import dev.weir.wire.Packet;
import dev.weir.wire.Transport;
import java.util.SplittableRandom;

/**
 * By how much what clients send is shifted under FULLNAT, in the connections' {@link SequenceAdjustments}. A SYN is
 * shifted on a port whose last connection the server may remember, so that it comes after that; all else is shifted by the
 * same, and by the length of a PROXY header, which takes the sequence numbers before the client's first byte. Which SYN
 * the server took, its answer says: so a header belongs to the connection that the server has. Belongs to one worker.
 *
 * <p>Until the server has acknowledged the header, the two shifts of the entry differ; from then on all is shifted by one,
 * and the entry stays true however much the client sends.
 */
final class FullNatSequences {
    /** What an entry's {@link SequenceAdjustments#beginning} holds: the version of the PROXY protocol, 0 for none. */
    private static final int PROXY_MASK = 3;
    /** SYNs must not be refused for their time. */
    private static final int YOUNG = 4;
    /** What is to become the SYN's shift is yet the sequence number that the first packet is to get. */
    private static final int UNCHOSEN = 8;
    /** The server has yet to acknowledge the header; until then the two shifts differ by its length. */
    private static final int HEADER_DUE = 16;
    /** Beyond what the connection before can have had under way: no window is larger (RFC 7323 section 2.3). */
    private static final int BEYOND_WINDOW = 1 << 30;
    private static final int RANDOM_BITS = 29;

    private final Connections connections;
    private final SequenceAdjustments adjustments;
    private final SplittableRandom random;

    /** @param seed of the sequence numbers chosen, a secret */
    FullNatSequences(Connections connections, long seed) {
        this.connections = connections;
        adjustments = connections.adjustments();
        random = new SplittableRandom(seed);
    }

    /** A TCP connection was made, on a port just taken. */
    void begin(int connection, ClientAddress clientAddress, LocalPorts ports) {
        int proxy = switch (clientAddress) {
            case NONE, TOA -> 0;
            case PROXY_V1 -> 1;
            case PROXY_V2 -> 2;
        };
        if (proxy == 0 && !ports.isYoung()) {
            return;
        }
        if ((connections.flags(connection) & Connections.ADJUSTED) == 0) {
            connections.adjust(connection);
        }
        int entry = connections.adjustment(connection);
        adjustments.beginning(entry, ports.isYoung() ? proxy | YOUNG | UNCHOSEN : proxy);
        if (ports.isYoung()) {
            adjustments.synShift(entry, ports.acknowledged() + BEYOND_WINDOW + (random.nextInt() >>> 32 - RANDOM_BITS));
        }
    }

    /** The version of the PROXY protocol that the server is told its client by; 0: none. */
    int proxy(int entry) {
        return adjustments.beginning(entry) & PROXY_MASK;
    }

    /** Whether the server may remember a connection by which it would refuse a SYN that looks older (RFC 6191). */
    boolean isYoung(int entry) {
        return (adjustments.beginning(entry) & YOUNG) != 0;
    }

    /** A client's packet, before it is shifted: by the first one the shift is chosen. */
    void choose(Packet packet, int connection, int entry) {
        int state = adjustments.beginning(entry);
        if ((state & UNCHOSEN) != 0) {
            int shift = adjustments.synShift(entry) - sequence(packet);
            adjustments.beginning(entry, state & ~UNCHOSEN);
            adjustments.synShift(entry, shift);
            adjustments.shift(entry, SequenceAdjustments.FROM_CLIENT, sequence(packet), shift, shift);
            connections.adjustmentChanged(connection);
        }
    }

    /**
     * The server answered a SYN, and so has a new connection.
     *
     * @param acknowledged in its answer
     * @param header       bytes that come before the client's first
     */
    void answered(int connection, int entry, int acknowledged, int header) {
        boolean due = isHeaderDue(entry);
        if (!due && delta(entry) != previous(entry)) {
            // An application has changed what the client sent since.
            return;
        }
        int shift = adjustments.synShift(entry);
        int beginning = adjustments.beginning(entry) & ~HEADER_DUE;
        adjustments.beginning(entry, header == 0 ? beginning : beginning | HEADER_DUE);
        adjustments.shift(entry, SequenceAdjustments.FROM_CLIENT, acknowledged - 1 - shift, shift + header, shift);
        connections.adjustmentChanged(connection);
    }

    /** The server acknowledged so much: if the header is within, it need not be sent any more. */
    void acknowledged(int connection, int entry, int number) {
        int initial = initial(entry);
        int delta = delta(entry);
        if (isHeaderDue(entry) && number - (initial + 1 + delta) >= 0) {
            adjustments.beginning(entry, adjustments.beginning(entry) & ~HEADER_DUE);
            adjustments.shift(entry, SequenceAdjustments.FROM_CLIENT, initial, delta, delta);
            connections.adjustmentChanged(connection);
        }
    }

    /** Whether the server lacks the header yet, and no application may change the stream's length. */
    boolean isHeaderDue(int entry) {
        return (adjustments.beginning(entry) & HEADER_DUE) != 0;
    }

    /** Whether a client's packet begins with its first byte, which the server lacks the header before. */
    boolean lacksHeader(Packet packet, int entry) {
        return isHeaderDue(entry) && sequence(packet) == initial(entry) + 1;
    }

    /** The header stands where nothing of the client's does. */
    void shiftHeader(Frame frame, Packet packet, int entry) {
        int previous = previous(entry);
        SequenceShift.sequence(frame, packet, initial(entry), previous, previous);
    }

    void toServer(Frame frame, Packet packet, int entry) {
        if ((packet.tcpFlags() & Transport.SYN) != 0) {
            int shift = adjustments.synShift(entry);
            SequenceShift.sequence(frame, packet, sequence(packet), shift, shift);
        } else {
            SequenceShift.sequence(frame, packet, initial(entry), delta(entry), previous(entry));
        }
    }

    void toClient(Frame frame, Packet packet, int entry) {
        int initial = initial(entry);
        SequenceShift.acknowledgement(frame, packet, initial, delta(entry), previous(entry), initial + 1);
    }

    /** A sequence number of the client's, from what its server got. */
    int back(int entry, int number) {
        int initial = initial(entry);
        return SequenceShift.back(number, initial, delta(entry), previous(entry), initial + 1);
    }

    private static int sequence(Packet packet) {
        return Transport.tcpSequence(packet.memory(), packet.transport());
    }

    private int initial(int entry) {
        return adjustments.initial(entry, SequenceAdjustments.FROM_CLIENT);
    }

    private int delta(int entry) {
        return adjustments.delta(entry, SequenceAdjustments.FROM_CLIENT);
    }

    private int previous(int entry) {
        return adjustments.previous(entry, SequenceAdjustments.FROM_CLIENT);
    }
}
