package dev.weir.engine;

import dev.weir.forward.Reassembly;
import dev.weir.service.ServiceTable;
import dev.weir.wire.Echo;
import dev.weir.wire.Frame;
import dev.weir.wire.Packet;
import dev.weir.wire.Transport;
import java.lang.foreign.Arena;
import org.jspecify.annotations.Nullable;

/** Fragments wait until their datagram is whole, which then goes the usual way. Belongs to one worker. */
final class Fragments {
    private final Output output;
    private final Forwarder forwarder;
    private final Passing passing;
    private final Whole next;
    private final Reassembly reassembly;
    private final Origin origin;
    private final Packet datagram = new Packet();

    /** Where datagrams go that are whole. */
    interface Whole {
        void classify(Frame frame, Packet packet, Origin origin);
    }

    Fragments(Arena memory, Output output, Forwarder forwarder, Passing passing, Whole next) {
        this.output = output;
        this.forwarder = forwarder;
        this.passing = passing;
        this.next = next;
        reassembly = new Reassembly(memory);
        origin = Origin.fragments(reassembly);
    }

    void gather(Frame frame, Packet packet, ServiceTable services, long now) {
        if (Transport.headerLength(packet.protocol()) == 0
                || Echo.mayBe(packet.protocol()) && services.sourceNats().isEmpty()) {
            output.handBack(frame, 1);
            return;
        }
        Reassembly.Outcome outcome = reassembly.add(frame, packet, now);
        output.drop(DropReason.FRAGMENT_NO_ROOM, reassembly.takeEvicted());
        switch (outcome) {
            case KEPT -> {
            }
            case COMPLETE -> whole(services);
            case DUPLICATE -> output.drop(DropReason.FRAGMENT_DUPLICATE, 1);
            case OVERLAP -> output.drop(DropReason.FRAGMENT_OVERLAP, 1 + reassembly.takeGivenUp());
            case INVALID -> output.drop(DropReason.FRAGMENT_INVALID, 1);
            case NO_ROOM -> output.drop(DropReason.FRAGMENT_NO_ROOM, 1 + reassembly.takeGivenUp());
        }
    }

    private void whole(ServiceTable services) {
        output.fragmentIdentification(reassembly.identification());
        output.geometry(reassembly.pieces(), reassembly.fragmentCount());
        switch (datagram.parse(reassembly.datagram())) {
            case WELL_FORMED -> {
                if (!passing.fragments(datagram, reassembly, services)) {
                    next.classify(reassembly.datagram(), datagram, origin);
                }
            }
            case TRUNCATED -> output.drop(DropReason.TRUNCATED, origin.weight());
            default -> output.drop(DropReason.BAD_HEADER, origin.weight());
        }
        output.flush();
        output.geometry(reassembly.pieces(), 0);
        output.fragmentIdentification(Output.OWN);
        reassembly.release();
    }

    /** Gives up what has waited too long. */
    void expire(long now) {
        reassembly.expire(now, this::expired);
    }

    private void expired(@Nullable Frame first, int count) {
        output.drop(DropReason.FRAGMENT_TIMEOUT, count);
        if (first != null && datagram.parse(first) == Packet.Shape.WELL_FORMED) {
            forwarder.reassemblyTimeExceeded(first, datagram);
        }
    }

    /** Received frames that wait. */
    int waiting() {
        return reassembly.waiting();
    }
}
