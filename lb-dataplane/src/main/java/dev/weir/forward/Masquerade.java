package dev.weir.forward;

import dev.weir.wire.Bytes;
import dev.weir.wire.Checksum;
import dev.weir.wire.Echo;
import dev.weir.wire.Frame;
import dev.weir.wire.Ipv4;
import dev.weir.wire.Ipv6;
import dev.weir.wire.Packet;
import dev.weir.wire.Sctp;
import dev.weir.wire.Transport;
import dev.weir.wire.VirtioNetHeader;
import java.lang.foreign.MemorySegment;

/**
 * Rewrites addresses and ports in place. Checksums change by a delta that the connection carries (RFC 1624); a partial one
 * stays partial and takes the addresses' delta alone, for it is but the pseudo-header's sum. SCTP's has no pseudo-header.
 */
public final class Masquerade {
    private Masquerade() {
    }

    /** A packet from its client gets the server's address and port as destination. */
    public static void toServer(Frame frame, Packet packet, long high, long low, int port, int addressDelta,
            int tupleDelta) {
        MemorySegment memory = packet.memory();
        if (packet.v4()) {
            Ipv4.destination(memory, packet.ip(), (int) low);
            Ipv4.updateChecksum(memory, packet.ip(), addressDelta);
        } else {
            Ipv6.destination(memory, packet.ip(), high, low);
        }
        if (packet.protocol() == Transport.SCTP) {
            Sctp.changeDestinationPort(memory, packet.transport(), packet.transportLength(), port);
            return;
        }
        Transport.destinationPort(memory, packet.transport(), port);
        updateTransport(frame, packet, addressDelta, tupleDelta);
    }

    /** A packet from its server gets the virtual address and port as source. */
    public static void toClient(Frame frame, Packet packet, long high, long low, int port, int addressDelta,
            int tupleDelta) {
        MemorySegment memory = packet.memory();
        if (packet.v4()) {
            Ipv4.source(memory, packet.ip(), (int) low);
            Ipv4.updateChecksum(memory, packet.ip(), addressDelta);
        } else {
            Ipv6.source(memory, packet.ip(), high, low);
        }
        if (packet.protocol() == Transport.SCTP) {
            Sctp.changeSourcePort(memory, packet.transport(), packet.transportLength(), port);
            return;
        }
        Transport.sourcePort(memory, packet.transport(), port);
        updateTransport(frame, packet, addressDelta, tupleDelta);
    }

    /** A packet of a connection whose ends are both rewritten gets another source and another destination. */
    public static void between(Frame frame, Packet packet, long sourceHigh, long sourceLow, int sourcePort,
            long destinationHigh, long destinationLow, int destinationPort, int addressDelta, int tupleDelta) {
        MemorySegment memory = packet.memory();
        addresses(packet, sourceHigh, sourceLow, destinationHigh, destinationLow);
        if (packet.v4()) {
            Ipv4.updateChecksum(memory, packet.ip(), addressDelta);
        }
        ports(frame, packet, sourcePort, destinationPort, addressDelta, tupleDelta);
    }

    /** A packet whose addresses were rewritten gets other ports, and the checksum that follows from both. */
    static void ports(Frame frame, Packet packet, int sourcePort, int destinationPort, int addressDelta,
            int tupleDelta) {
        MemorySegment memory = packet.memory();
        if (packet.protocol() == Transport.TCP || packet.protocol() == Transport.UDP) {
            Transport.sourcePort(memory, packet.transport(), sourcePort);
            Transport.destinationPort(memory, packet.transport(), destinationPort);
            updateTransport(frame, packet, addressDelta, tupleDelta);
        } else if (packet.protocol() == Transport.SCTP) {
            Sctp.changeSourcePort(memory, packet.transport(), packet.transportLength(), sourcePort);
            Sctp.changeDestinationPort(memory, packet.transport(), packet.transportLength(), destinationPort);
        } else {
            int before = Echo.identifier(memory, packet.transport());
            int after = Echo.isRequest(packet) ? sourcePort : destinationPort;
            Echo.identifier(memory, packet.transport(), after);
            // ICMP's checksum knows no addresses, ICMPv6's does.
            updateTransport(frame, packet, addressDelta, packet.v4() ? Checksum.delta(before, after) : tupleDelta);
        }
    }

    private static void addresses(Packet packet, long sourceHigh, long sourceLow, long destinationHigh,
            long destinationLow) {
        MemorySegment memory = packet.memory();
        if (packet.v4()) {
            Ipv4.source(memory, packet.ip(), (int) sourceLow);
            Ipv4.destination(memory, packet.ip(), (int) destinationLow);
        } else {
            Ipv6.source(memory, packet.ip(), sourceHigh, sourceLow);
            Ipv6.destination(memory, packet.ip(), destinationHigh, destinationLow);
        }
    }

    private static void updateTransport(Frame frame, Packet packet, int addressDelta, int tupleDelta) {
        MemorySegment memory = packet.memory();
        int offset = Transport.checksumOffset(packet.protocol());
        long field = packet.transport() + offset;
        if (!packet.isWhole() && VirtioNetHeader.needsChecksum(memory, frame.start())) {
            Bytes.u16(memory, field, Checksum.fold((long) Bytes.u16(memory, field) + addressDelta));
            return;
        }
        int checksum = Bytes.u16(memory, field);
        if (offset != Transport.UDP_CHECKSUM) {
            Bytes.u16(memory, field, Checksum.update(checksum, tupleDelta));
        } else {
            int updated = checksum == 0 ? udpChecksum(packet) : Checksum.update(checksum, tupleDelta);
            Bytes.u16(memory, field, updated == 0 ? 0xffff : updated);
        }
    }

    /** IPVS gives a datagram that came without a checksum one on its way (udp_dnat_handler). */
    private static int udpChecksum(Packet packet) {
        MemorySegment memory = packet.memory();
        int length = packet.transportLength();
        int addresses = packet.v4()
                ? Checksum.sum(memory, packet.ip() + 12, 8)
                : Checksum.sum(memory, packet.ip() + 8, 32);
        int pseudo = Checksum.pseudoHeader(addresses, 0, Transport.UDP, length);
        return Checksum.of(Checksum.fold((long) pseudo + Checksum.sum(memory, packet.transport(), length)));
    }

    /**
     * Rewrites an ICMP error about a masqueraded connection: the packet quoted in it becomes the one its receiver knows.
     *
     * @param error  the error; its destination (towards the server) or source (towards the client) becomes the address
     * @param quoted the packet quoted, whose other end becomes the same address, with {@code port}
     */
    public static void icmpError(Packet error, Packet quoted, boolean towardsServer, long high, long low, int port) {
        MemorySegment memory = error.memory();
        if (error.v4()) {
            if (towardsServer) {
                Ipv4.destination(memory, error.ip(), (int) low);
                Ipv4.source(memory, quoted.ip(), (int) low);
            } else {
                Ipv4.source(memory, error.ip(), (int) low);
                Ipv4.destination(memory, quoted.ip(), (int) low);
            }
            Ipv4.finishChecksum(memory, error.ip());
            Ipv4.finishChecksum(memory, quoted.ip());
        } else if (towardsServer) {
            Ipv6.destination(memory, error.ip(), high, low);
            Ipv6.source(memory, quoted.ip(), high, low);
        } else {
            Ipv6.source(memory, error.ip(), high, low);
            Ipv6.destination(memory, quoted.ip(), high, low);
        }
        if (quoted.protocol() != Transport.ICMP && quoted.protocol() != Transport.ICMPV6) {
            if (towardsServer) {
                Transport.sourcePort(memory, quoted.transport(), port);
            } else {
                Transport.destinationPort(memory, quoted.transport(), port);
            }
        }
        IcmpError.finishChecksum(memory, error.ip(), error.v4(), error.transport(), error.transportLength());
    }

    /**
     * Rewrites an ICMP error about a connection whose ends are both rewritten: it comes from the end that the packet quoted
     * in it was sent to, whoever made it, and goes to that packet's sender.
     *
     * @param fromHigh the end that the quoted packet was sent to, as its sender knows it
     * @param toHigh   the quoted packet's sender
     */
    public static void icmpErrorBetween(Packet error, Packet quoted, long fromHigh, long fromLow, int fromPort,
            long toHigh, long toLow, int toPort) {
        MemorySegment memory = error.memory();
        addresses(error, fromHigh, fromLow, toHigh, toLow);
        addresses(quoted, toHigh, toLow, fromHigh, fromLow);
        if (error.v4()) {
            Ipv4.finishChecksum(memory, error.ip());
            Ipv4.finishChecksum(memory, quoted.ip());
        }
        if (Echo.mayBe(quoted.protocol())) {
            quotedEcho(quoted, fromHigh, fromLow, fromPort, toHigh, toLow, toPort);
        } else {
            Transport.sourcePort(memory, quoted.transport(), toPort);
            Transport.destinationPort(memory, quoted.transport(), fromPort);
        }
        IcmpError.finishChecksum(memory, error.ip(), error.v4(), error.transport(), error.transportLength());
    }

    private static void quotedEcho(Packet quoted, long fromHigh, long fromLow, int fromPort, long toHigh, long toLow,
            int toPort) {
        MemorySegment memory = quoted.memory();
        int before = Echo.identifier(memory, quoted.transport());
        int identifier = Echo.isRequest(quoted) ? toPort : fromPort;
        int after = identifier;
        if (!quoted.v4()) {
            before = Checksum.fold((long) before + Checksum.ofAddress(quoted.sourceHigh(), quoted.sourceLow())
                    + Checksum.ofAddress(quoted.destinationHigh(), quoted.destinationLow()));
            after = Checksum.fold((long) after + Checksum.ofAddress(fromHigh, fromLow)
                    + Checksum.ofAddress(toHigh, toLow));
        }
        Echo.identifier(memory, quoted.transport(), identifier);
        long field = quoted.transport() + Transport.checksumOffset(quoted.protocol());
        Bytes.u16(memory, field, Checksum.update(Bytes.u16(memory, field),
                Checksum.delta(before, after)));
    }
}
