package dev.weir.forward;

import dev.weir.wire.Bytes;
import dev.weir.wire.Checksum;
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
}
