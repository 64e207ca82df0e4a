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
    /** What is kept in the application's state of an entry: the version of the PROXY protocol, 0 for none. */
    private static final int PROXY_MASK = 3;
    /** SYNs must not be refused for their time. */
    private static final int YOUNG = 4;
    /** The mark is the sequence number that the first packet is to get; else by how much SYNs are shifted. */
    private static final int UNCHOSEN = 8;
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
        connections.adjust(connection);
        int entry = connections.adjustment(connection);
        adjustments.state(entry, ports.isYoung() ? proxy | YOUNG | UNCHOSEN : proxy);
        if (ports.isYoung()) {
            adjustments.mark(entry, ports.acknowledged() + BEYOND_WINDOW + (random.nextInt() >>> 32 - RANDOM_BITS));
        }
    }

    /** The version of the PROXY protocol that the server is told its client by; 0: none. */
    int proxy(int entry) {
        return adjustments.state(entry) & PROXY_MASK;
    }

    /** Whether the server may remember a connection by which it would refuse a SYN that looks older (RFC 6191). */
    boolean isYoung(int entry) {
        return (adjustments.state(entry) & YOUNG) != 0;
    }

    /** A client's packet, before it is shifted: by the first one the shift is chosen. */
    void choose(Packet packet, int connection, int entry) {
        int state = adjustments.state(entry);
        if ((state & UNCHOSEN) != 0) {
            int shift = adjustments.mark(entry) - sequence(packet);
            adjustments.state(entry, state & ~UNCHOSEN);
            adjustments.mark(entry, shift);
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
        int shift = adjustments.mark(entry);
        adjustments.shift(entry, SequenceAdjustments.FROM_CLIENT, acknowledged - 1 - shift, shift + header, shift);
        connections.adjustmentChanged(connection);
    }

    /** The server acknowledged so much: if the header is within, it need not be sent any more. */
    void acknowledged(int connection, int entry, int number) {
        int initial = initial(entry);
        int delta = delta(entry);
        if (delta != previous(entry) && number - (initial + 1 + delta) >= 0) {
            adjustments.shift(entry, SequenceAdjustments.FROM_CLIENT, initial, delta, delta);
            connections.adjustmentChanged(connection);
        }
    }

    /** Whether a client's packet begins with its first byte, which the server lacks the header before. */
    boolean lacksHeader(Packet packet, int entry) {
        return delta(entry) != previous(entry) && sequence(packet) == initial(entry) + 1;
    }

    /** The header stands where nothing of the client's does. */
    void shiftHeader(Frame frame, Packet packet, int entry) {
        int previous = previous(entry);
        SequenceShift.sequence(frame, packet, initial(entry), previous, previous);
    }

    void toServer(Frame frame, Packet packet, int entry) {
        if ((packet.tcpFlags() & Transport.SYN) != 0) {
            int shift = adjustments.mark(entry);
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
