package dev.weir.engine;

import dev.weir.scheduler.Flow;
import dev.weir.wire.Packet;

/** Shows a scheduler what it may see of the packet at hand. */
final class PacketFlow implements Flow {
    private Packet packet = new Packet();
    private long now;

    @Override
    public long clientHigh() {
        return packet.sourceHigh();
    }

    @Override
    public long clientLow() {
        return packet.sourceLow();
    }

    @Override
    public int clientPort() {
        return packet.sourcePort();
    }

    @Override
    public long destinationHigh() {
        return packet.destinationHigh();
    }

    @Override
    public long destinationLow() {
        return packet.destinationLow();
    }

    @Override
    public int destinationPort() {
        return packet.destinationPort();
    }

    @Override
    public long now() {
        return now;
    }

    /** From here on it is about this packet, which came at {@code now}, in nanoseconds. */
    void of(Packet packet, long now) {
        this.packet = packet;
        this.now = now;
    }
}
