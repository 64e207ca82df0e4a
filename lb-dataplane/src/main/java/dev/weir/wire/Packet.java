package dev.weir.wire;

import java.lang.foreign.MemorySegment;

/**
 * What is read of one packet, once: where its headers stand, who sends to whom. A worker has a few of these and sets them
 * anew for each packet. After {@link #parse} returned {@link Shape#WELL_FORMED} every offset and length lies within the
 * frame, and stays so for as long as nobody moves the frame's beginning.
 */
public final class Packet {
    /** Bytes that a quoted packet must have behind its IP header: RFC 792 promises eight, IPVS reads the ports alone. */
    private static final int QUOTED_PORTS = 4;
    private static final int MAXIMUM_EXTENSIONS = 8;
    private static final int HOP_BY_HOP = 0;
    private static final int DESTINATION_OPTIONS = 60;

    /** What came of reading. */
    public enum Shape {
        WELL_FORMED, NOT_IP, TRUNCATED, BAD_HEADER, BAD_CHECKSUM, MARTIAN
    }

    private MemorySegment memory = MemorySegment.NULL;
    private long ip;
    private long transport;
    private int ipLength;
    private boolean v4;
    private int protocol;
    private long sourceHigh;
    private long sourceLow;
    private long destinationHigh;
    private long destinationLow;
    private int sourcePort;
    private int destinationPort;
    private int tcpFlags;
    private int sctpChunk;
    private int sctpDecisiveChunk;
    /** Flags and offset as in an IPv4 header; for IPv6 made to look the same. 0: not a fragment. */
    private int fragment;
    private long fragmentHeader;
    private long fragmentPointer;
    private boolean whole;

    /** Reads a frame's packet, and cuts Ethernet's padding off the frame. */
    public Shape parse(Frame frame) {
        MemorySegment memory = frame.memory();
        int length = frame.length();
        if (length < Ethernet.HEADER_LENGTH) {
            return Shape.TRUNCATED;
        }
        long at = frame.start() + Ethernet.HEADER_LENGTH;
        int type = Ethernet.type(memory, frame.start());
        if (Ethernet.isTag(type)) {
            if (length < Ethernet.HEADER_LENGTH + Ethernet.TAG_LENGTH) {
                return Shape.TRUNCATED;
            }
            type = Bytes.u16(memory, at + 2);
            at += Ethernet.TAG_LENGTH;
        }
        if (type != Ethernet.IPV4 && type != Ethernet.IPV6) {
            return Shape.NOT_IP;
        }
        long end = frame.start() + length;
        Shape shape = type == Ethernet.IPV4 ? parseV4(memory, at, end, false) : parseV6(memory, at, end, false);
        if (shape == Shape.WELL_FORMED) {
            // What a test or a tool builds may stand at the beginning of its memory, without such a header.
            whole = frame.start() >= VirtioNetHeader.LENGTH && VirtioNetHeader.isWhole(memory, frame.start());
            frame.resize((int) (at - frame.start()) + ipLength);
        }
        return shape;
    }

    /**
     * Reads a packet that stands inside another, as an ICMP error or a tunnel has it. It may be cut after its transport
     * header's first eight bytes, and its checksums are not looked at.
     */
    public Shape parseEmbedded(MemorySegment memory, long at, long end) {
        if (at >= end) {
            return Shape.TRUNCATED;
        }
        return switch (Ipv4.version(memory, at)) {
            case 4 -> parseV4(memory, at, end, true);
            case 6 -> parseV6(memory, at, end, true);
            default -> Shape.BAD_HEADER;
        };
    }

    /** From here on its other direction is meant: what an ICMP error quotes, its receiver has sent. */
    public void reverse() {
        long high = sourceHigh;
        long low = sourceLow;
        int port = sourcePort;
        sourceHigh = destinationHigh;
        sourceLow = destinationLow;
        sourcePort = destinationPort;
        destinationHigh = high;
        destinationLow = low;
        destinationPort = port;
    }

    private Shape parseV4(MemorySegment memory, long at, long end, boolean embedded) {
        if (end - at < Ipv4.HEADER_LENGTH) {
            return Shape.TRUNCATED;
        }
        // The header's fields out of as few reads as there can be.
        long first = Bytes.i64(memory, at);
        long second = Bytes.i64(memory, at + 8);
        int last = Bytes.i32(memory, at + 16);
        int headerLength = (int) (first >>> 56 & 15) * 4;
        int totalLength = (int) (first >>> 32 & 0xffff);
        if (first >>> 60 != 4 || headerLength < Ipv4.HEADER_LENGTH || totalLength < headerLength) {
            return Shape.BAD_HEADER;
        }
        if (at + headerLength > end || !embedded && at + totalLength > end) {
            return Shape.TRUNCATED;
        }
        if (!embedded && headerSum(memory, at, headerLength, first, second, last) != 0xffff) {
            return Shape.BAD_CHECKSUM;
        }
        this.memory = memory;
        v4 = true;
        ip = at;
        ipLength = totalLength;
        transport = at + headerLength;
        protocol = (int) (second >>> 48 & 0xff);
        sourceHigh = 0;
        destinationHigh = 0;
        sourceLow = IpAddress.mapped((int) second);
        destinationLow = IpAddress.mapped(last);
        int field = (int) first & 0xffff;
        fragment = Ipv4.isFragment(field) ? field : 0;
        return parseTransport(Math.min(end, at + totalLength), embedded);
    }

    /** The sum of an IPv4 header with its checksum, of which the part without options was read already. */
    private static int headerSum(MemorySegment memory, long at, int headerLength, long first, long second, int last) {
        long sum = (first >>> 32) + (first & 0xffff_ffffL) + (second >>> 32) + (second & 0xffff_ffffL)
                + (last & 0xffff_ffffL);
        return Checksum.fold(headerLength == Ipv4.HEADER_LENGTH
                ? sum
                : sum + Checksum.sum(memory, at + Ipv4.HEADER_LENGTH, headerLength - Ipv4.HEADER_LENGTH));
    }

    private Shape parseV6(MemorySegment memory, long at, long end, boolean embedded) {
        if (end - at < Ipv6.HEADER_LENGTH) {
            return Shape.TRUNCATED;
        }
        if (Ipv4.version(memory, at) != 6) {
            return Shape.BAD_HEADER;
        }
        int length = Ipv6.HEADER_LENGTH + Ipv6.payloadLength(memory, at);
        if (!embedded && at + length > end) {
            return Shape.TRUNCATED;
        }
        this.memory = memory;
        v4 = false;
        ip = at;
        ipLength = length;
        sourceHigh = Ipv6.sourceHigh(memory, at);
        sourceLow = Ipv6.sourceLow(memory, at);
        destinationHigh = Ipv6.destinationHigh(memory, at);
        destinationLow = Ipv6.destinationLow(memory, at);
        if (IpAddress.isV4(sourceHigh, sourceLow) || IpAddress.isV4(destinationHigh, destinationLow)) {
            return Shape.MARTIAN;
        }
        fragment = 0;
        long limit = Math.min(end, at + length);
        int next = Ipv6.nextHeader(memory, at);
        long header = at + Ipv6.HEADER_LENGTH;
        long pointer = at + Ipv6.NEXT_HEADER;
        for (int walked = 0; isExtension(next); walked++) {
            if (walked == MAXIMUM_EXTENSIONS) {
                return Shape.BAD_HEADER;
            }
            if (header + 8 > limit) {
                return Shape.TRUNCATED;
            }
            int following = Bytes.u8(memory, header);
            int extensionLength = (Bytes.u8(memory, header + 1) + 1) * 8;
            if (next == Ipv6.AUTHENTICATION) {
                extensionLength = (Bytes.u8(memory, header + 1) + 2) * 4;
            } else if (next == Ipv6.FRAGMENT) {
                extensionLength = Ipv6.FRAGMENT_HEADER_LENGTH;
                int field = Bytes.u16(memory, header + 2);
                fragment = field >>> 3 | ((field & 1) != 0 ? Ipv4.MORE_FRAGMENTS : 0);
                fragmentHeader = header;
                fragmentPointer = pointer;
            }
            if (header + extensionLength > limit) {
                return Shape.TRUNCATED;
            }
            next = following;
            pointer = header;
            header += extensionLength;
            if ((fragment & Ipv4.OFFSET_MASK) != 0) {
                break;
            }
        }
        protocol = next;
        transport = header;
        return parseTransport(limit, embedded);
    }

    private static boolean isExtension(int next) {
        return next == HOP_BY_HOP || next == Ipv6.ROUTING || next == Ipv6.FRAGMENT || next == Ipv6.AUTHENTICATION
                || next == DESTINATION_OPTIONS;
    }

    private Shape parseTransport(long end, boolean embedded) {
        sourcePort = 0;
        destinationPort = 0;
        tcpFlags = 0;
        sctpChunk = Sctp.NO_CHUNK;
        sctpDecisiveChunk = Sctp.NO_CHUNK;
        if (fragment != 0 && !embedded || (fragment & Ipv4.OFFSET_MASK) != 0) {
            return Shape.WELL_FORMED;
        }
        int needed = Transport.headerLength(protocol);
        if (embedded) {
            needed = Math.min(QUOTED_PORTS, needed);
        }
        if (transport + needed > end) {
            return Shape.TRUNCATED;
        }
        if (protocol == Transport.TCP || protocol == Transport.UDP || protocol == Transport.SCTP) {
            int ports = Bytes.i32(memory, transport);
            sourcePort = ports >>> 16;
            destinationPort = ports & 0xffff;
        } else if (protocol == Echo.protocol(v4) && transport + Echo.IDENTIFIED <= end) {
            parseEcho();
        }
        if (protocol == Transport.TCP && !embedded) {
            tcpFlags = Transport.tcpFlags(memory, transport);
        } else if (protocol == Transport.SCTP && !embedded) {
            sctpChunk = Sctp.firstChunk(memory, transport, end);
            sctpDecisiveChunk = Sctp.decisiveChunk(memory, transport, end);
        }
        return Shape.WELL_FORMED;
    }

    private void parseEcho() {
        if (Echo.isRequest(memory, transport, v4)) {
            sourcePort = Echo.identifier(memory, transport);
        } else if (Echo.isReply(memory, transport, v4)) {
            destinationPort = Echo.identifier(memory, transport);
        }
    }

    /** Looks at the same packet after its frame's memory was copied or moved by {@code by} bytes. */
    public void relocate(MemorySegment memory, long by) {
        this.memory = memory;
        ip += by;
        transport += by;
        fragmentHeader += by;
        fragmentPointer += by;
    }

    public MemorySegment memory() {
        return memory;
    }

    /** Offset of the IP header in {@link #memory}. */
    public long ip() {
        return ip;
    }

    /** Offset of the transport header, behind options and extension headers. */
    public long transport() {
        return transport;
    }

    /** Bytes of the whole IP packet. */
    public int ipLength() {
        return ipLength;
    }

    /** Bytes from the transport header to the packet's end. */
    public int transportLength() {
        return ipLength - (int) (transport - ip);
    }

    public boolean v4() {
        return v4;
    }

    /** The transport protocol's number. */
    public int protocol() {
        return protocol;
    }

    public long sourceHigh() {
        return sourceHigh;
    }

    public long sourceLow() {
        return sourceLow;
    }

    public long destinationHigh() {
        return destinationHigh;
    }

    public long destinationLow() {
        return destinationLow;
    }

    /** 0 where the protocol has no ports or the packet is a fragment. For an echo request its identifier. */
    public int sourcePort() {
        return sourcePort;
    }

    /** The same; for an echo reply its identifier. */
    public int destinationPort() {
        return destinationPort;
    }

    /** 0 where the packet is not TCP. */
    public int tcpFlags() {
        return tcpFlags;
    }

    /** The type of the first chunk; {@link Sctp#NO_CHUNK} where the packet is not SCTP or has none. */
    public int sctpChunk() {
        return sctpChunk;
    }

    /** The type of the chunk that the association's state goes by; see {@link Sctp#decisiveChunk}. */
    public int sctpDecisiveChunk() {
        return sctpDecisiveChunk;
    }

    /** Whether its frame came with nothing left undone by offloads, see {@link VirtioNetHeader#isWhole}. */
    public boolean isWhole() {
        return whole;
    }

    public boolean isFragment() {
        return fragment != 0;
    }

    /** Where a fragment's payload belongs in the whole datagram's, in bytes. */
    public int fragmentOffset() {
        return (fragment & Ipv4.OFFSET_MASK) * 8;
    }

    public boolean moreFragments() {
        return (fragment & Ipv4.MORE_FRAGMENTS) != 0;
    }

    /** Offset of an IPv6 fragment's fragment header. */
    public long fragmentHeader() {
        return fragmentHeader;
    }

    public int ttl() {
        return v4 ? Ipv4.ttl(memory, ip) : Ipv6.hopLimit(memory, ip);
    }

    /** Offset of the byte that names an IPv6 fragment header as the next header. */
    public long fragmentPointer() {
        return fragmentPointer;
    }

    /** TOS of IPv4, traffic class of IPv6. */
    public int trafficClass() {
        return v4 ? Ipv4.tos(memory, ip) : Ipv6.trafficClass(memory, ip);
    }

    /** Whether routers may not fragment it: IPv4's DF, and always for IPv6. */
    public boolean dontFragment() {
        return !v4 || (Ipv4.fragment(memory, ip) & Ipv4.DONT_FRAGMENT) != 0;
    }
}
