package dev.weir.engine;

import dev.weir.connection.Connections;
import dev.weir.forward.Reassembly;
import dev.weir.service.ServiceTable;
import dev.weir.wire.Frame;
import dev.weir.wire.Packet;
import dev.weir.wire.Transport;

/**
 * What one of several workers passes on to another after it has looked at it, where clients' ports count: packets of
 * connections that may stand with their client's home ({@link Homes}), and datagrams whose fragments, each by itself, did
 * not say whose they are. What came from another worker so is not passed on again. Belongs to one worker.
 */
final class Passing {
    private final boolean passes;
    private final Steering steering;
    private final OtherWorkers others;
    private final Homes homes;
    private final FrameCounters counters;
    private final Connections connections;

    Passing(Member member, FrameCounters counters, Connections connections) {
        passes = member.passes();
        steering = member.steering();
        others = member.others();
        homes = member.homes();
        this.counters = counters;
        this.connections = connections;
    }

    /**
     * A packet that no connection of this worker's was found for goes to its client's home, if that is another worker and
     * may have one or is to have it: then the frame is accounted for.
     *
     * @param frame  in which the packet came, or an ICMP error that quotes it
     * @param packet in the direction in which it would come
     */
    boolean toHome(Frame frame, Packet packet, ServiceTable services) {
        if (!passes || packet.protocol() != Transport.TCP) {
            return false;
        }
        boolean answer = Steering.isAnswer(services, packet);
        long high = answer ? packet.destinationHigh() : packet.sourceHigh();
        long low = answer ? packet.destinationLow() : packet.sourceLow();
        int home = homes.of(high, low);
        if (!others.isOther(home) || !isFtp(packet) && !homes.mayHave(high, low)) {
            return false;
        }
        passOn(frame, home);
        return true;
    }

    private static boolean isFtp(Packet packet) {
        return packet.protocol() == Transport.TCP && packet.destinationPort() == Ftp.CONTROL_PORT;
    }

    /**
     * The fragments of a datagram that turns out to be another worker's go there, one by one, to be gathered again. This
     * worker keeps what stands with it, or is to, as its client's home.
     */
    boolean fragments(Packet datagram, Reassembly reassembly, ServiceTable services) {
        if (!passes) {
            return false;
        }
        int owner = steering.owner(datagram, services);
        if (!others.isOther(owner) || isFtp(datagram)
                || connections.find(datagram, connections.hash(datagram)) != Connections.NONE
                || connections.awaiting(datagram) != Connections.NONE) {
            return false;
        }
        for (int i = 0; i < reassembly.fragmentCount(); i++) {
            passOn(reassembly.fragment(i), owner);
        }
        return true;
    }

    /** What was received here is received there. */
    private void passOn(Frame frame, int worker) {
        if (others.offer(frame, worker)) {
            counters.countReceived(-1);
            counters.countPassedOn(1);
        } else {
            counters.countDropped(DropReason.WORKER_BUSY, 1);
        }
    }

    /** After a burst. */
    void publish() {
        if (passes) {
            others.publish();
        }
    }
}
