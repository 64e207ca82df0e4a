package dev.weir.engine;

import dev.weir.scheduler.Flow;
import dev.weir.wire.Packet;

/** Shows a scheduler what it may see of the packet at hand. */
final class PacketFlow implements Flow {
    private Packet packet = new Packet();
    private boolean quoted;
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
        return quoted ? packet.sourceHigh() : packet.destinationHigh();
    }

    @Override
    public long destinationLow() {
        return quoted ? packet.sourceLow() : packet.destinationLow();
    }

    @Override
    public int destinationPort() {
        return packet.destinationPort();
    }

    @Override
    public long now() {
        return now;
    }

    /**
     * From here on it is about this packet, which came at {@code now}, in nanoseconds.
     *
     * @param quoted it stands in an ICMP error, whose direction IPVS turns about for schedulers that go by the client
     *               (sh, mh), and not for those that go by the destination (dh, lblc, lblcr): theirs is the client, too
     */
    void of(Packet packet, boolean quoted, long now) {
        this.packet = packet;
        this.quoted = quoted;
        this.now = now;
    }
}
