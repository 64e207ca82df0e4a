package dev.weir.forward;

import dev.weir.wire.Bytes;
import dev.weir.wire.Frame;
import dev.weir.wire.Ipv4;
import dev.weir.wire.Ipv6;
import dev.weir.wire.Offload;
import dev.weir.wire.Packet;
import java.lang.foreign.MemorySegment;

/**
 * Cuts a packet into fragments: an IPv4 packet that may be fragmented and is too big for the next hop, and either
 * family's packet that came in fragments and goes on in fragments of the same size.
 */
public final class Fragmentation {
    private Fragmentation() {
    }

    /**
     * Cuts where the packet's own fragments were cut, if that is possible (the first piece may have grown by a tunnel's
     * headers), else into pieces as large as may be: what Linux does in ip_do_fragment.
     *
     * @param frame  a whole frame whose outermost packet begins at {@code ip}
     * @param limit  bytes of the largest IP packet that may be made
     * @param pieces bytes of payload in each fragment it came in
     * @param count  how many those were; 0 where it came whole
     */
    public static void cutV4(Frame frame, long ip, int limit, int[] pieces, int count, FrameSink sink) {
        Offload.finishChecksum(frame);
        MemorySegment memory = frame.memory();
        int link = (int) (ip - frame.start());
        int header = Ipv4.headerLength(memory, ip);
        int total = Ipv4.totalLength(memory, ip) - header;
        int most = limit - header & ~7;
        int before = Ipv4.fragment(memory, ip);
        boolean asItCame = keepsPieces(total, limit - header, pieces, count);
        int number = 0;
        for (int done = 0; done < total; number++) {
            int payload = Math.min(most, total - done);
            if (asItCame) {
                payload = number == 0 ? first(total, pieces, count) : pieces[number];
            }
            Frame fragment = sink.allocate(link + header + payload, frame.port());
            MemorySegment to = fragment.memory();
            MemorySegment.copy(memory, frame.start(), to, fragment.start(), link + header);
            MemorySegment.copy(memory, ip + header + done, to, fragment.start() + link + header, payload);
            boolean last = done + payload == total;
            int more = last ? before & Ipv4.MORE_FRAGMENTS : Ipv4.MORE_FRAGMENTS;
            long at = fragment.start() + link;
            Ipv4.totalLength(to, at, header + payload);
            Ipv4.fragment(to, at, (before & Ipv4.OFFSET_MASK) + done / 8 | more | before & Ipv4.DONT_FRAGMENT);
            if (done > 0) {
                keepCopiedOptions(to, at, header);
            }
            Ipv4.finishChecksum(to, at);
            sink.accept(fragment);
            done += payload;
        }
    }

    private static boolean keepsPieces(int total, int most, int[] pieces, int count) {
        if (count == 0) {
            return false;
        }
        int first = first(total, pieces, count);
        boolean fits = first > 0 && first <= most && first % 8 == 0;
        for (int i = 1; i < count; i++) {
            fits &= pieces[i] <= most;
        }
        return fits;
    }

    /** What the first piece has grown to: all that the others do not hold. */
    private static int first(int total, int[] pieces, int count) {
        int others = 0;
        for (int i = 1; i < count; i++) {
            others += pieces[i];
        }
        return total - others;
    }

    /** Options without the copied flag stand in the first fragment only (RFC 791 section 3.1); elsewhere they are no-ops. */
    private static void keepCopiedOptions(MemorySegment memory, long ip, int header) {
        for (long at = ip + Ipv4.HEADER_LENGTH; at < ip + header;) {
            int type = Bytes.u8(memory, at);
            if (type == 0) {
                return;
            }
            if (type == 1) {
                at++;
                continue;
            }
            int length = at + 1 < ip + header ? Bytes.u8(memory, at + 1) : 0;
            if (length < 2 || at + length > ip + header) {
                return;
            }
            if ((type & 0x80) == 0) {
                for (int i = 0; i < length; i++) {
                    Bytes.u8(memory, at + i, 1);
                }
            }
            at += length;
        }
    }

    /** @param identification of the fragment header, as the packet's own fragments had it */
    public static void cutV6(Frame frame, Packet packet, int limit, int identification, FrameSink sink) {
        Offload.finishChecksum(frame);
        MemorySegment memory = frame.memory();
        int link = (int) (packet.ip() - frame.start());
        int total = packet.ipLength() - Ipv6.HEADER_LENGTH;
        int most = limit - Ipv6.HEADER_LENGTH - Ipv6.FRAGMENT_HEADER_LENGTH & ~7;
        int headers = link + Ipv6.HEADER_LENGTH + Ipv6.FRAGMENT_HEADER_LENGTH;
        for (int done = 0; done < total;) {
            int payload = Math.min(most, total - done);
            Frame fragment = sink.allocate(headers + payload, frame.port());
            MemorySegment to = fragment.memory();
            MemorySegment.copy(memory, frame.start(), to, fragment.start(), link + Ipv6.HEADER_LENGTH);
            long ip = fragment.start() + link;
            long at = ip + Ipv6.HEADER_LENGTH;
            Bytes.u16(to, at, Ipv6.nextHeader(to, ip) << 8);
            Bytes.u16(to, at + 2, done | (done + payload < total ? 1 : 0));
            Bytes.i32(to, at + 4, identification);
            Ipv6.nextHeader(to, ip, Ipv6.FRAGMENT);
            Ipv6.payloadLength(to, ip, Ipv6.FRAGMENT_HEADER_LENGTH + payload);
            MemorySegment.copy(memory, packet.ip() + Ipv6.HEADER_LENGTH + done, to, fragment.start() + headers,
                    payload);
            sink.accept(fragment);
            done += payload;
        }
    }
}
