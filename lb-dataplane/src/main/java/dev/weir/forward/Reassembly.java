package dev.weir.forward;

import dev.weir.wire.Bytes;
import dev.weir.wire.Frame;
import dev.weir.wire.Ipv4;
import dev.weir.wire.Ipv6;
import dev.weir.wire.Packet;
import dev.weir.wire.VirtioNetHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Waits for all fragments of a datagram and puts it together (RFC 791, RFC 8200 section 4.5). The fragments themselves are
 * kept as they came, so that a datagram that is the host's can be handed back unchanged. Memory is bounded: a fixed number
 * of datagrams, each with a fixed room; where all are taken the oldest gives way.
 *
 * <p>A fragment that overlaps another, without being the same once more, ends its datagram (RFC 5722, and Linux for both
 * families).
 */
public final class Reassembly {
    private static final int DATAGRAMS = 64;
    private static final int ROOM = 128 * 1024;
    private static final int FRAGMENTS = 256;
    private static final long LIFETIME = 30_000_000_000L;
    private static final int LONGEST = 0xffff;

    /** What became of a fragment. */
    public enum Outcome {
        /** Kept; the datagram is not whole yet. */
        KEPT,
        /** It was the last one missing: {@link #datagram} is set. */
        COMPLETE,
        /** The same fragment came before. */
        DUPLICATE,
        /** It overlaps another; the whole datagram was given up. */
        OVERLAP,
        /** It cannot belong to a datagram: its end lies beyond 65535, or its length is no multiple of eight. */
        INVALID,
        /** Its datagram has more or larger fragments than there is room for; it was given up. */
        NO_ROOM
    }

    /** A datagram whose fragments are being gathered. */
    private static final class Datagram {
        private final Frame[] fragments = new Frame[FRAGMENTS];
        private final int[] offsets = new int[FRAGMENTS];
        private final int[] lengths = new int[FRAGMENTS];
        /** Where in its frame each fragment's payload begins. */
        private final int[] payloads = new int[FRAGMENTS];
        /** The fragments' places in these arrays, in the order of their offsets. */
        private final int[] order = new int[FRAGMENTS];
        private final long room;
        private boolean used;
        private long sourceHigh;
        private long sourceLow;
        private long destinationHigh;
        private long destinationLow;
        private int identification;
        private int protocol;
        private boolean v4;
        private long began;
        private int count;
        private long filled;
        /** Bytes of payload in the whole; -1 while the last fragment has not come. */
        private int total;
        private int gathered;
        private int longest;
        private int longestWithDf;

        Datagram(long room) {
            this.room = room;
            for (int i = 0; i < FRAGMENTS; i++) {
                fragments[i] = new Frame();
            }
        }
    }

    private final MemorySegment memory;
    private final Datagram[] datagrams = new Datagram[DATAGRAMS];
    private final MemorySegment whole;
    private final Frame datagram = new Frame();
    private final Packet packet = new Packet();
    private @Nullable Datagram completed;
    private final int[] pieces = new int[FRAGMENTS];
    private int evicted;
    private int givenUp;

    public Reassembly(Arena arena) {
        memory = arena.allocate((long) DATAGRAMS * ROOM, 64);
        whole = arena.allocate(Frame.HEADROOM + 64 + LONGEST + Ipv6.HEADER_LENGTH, 64);
        for (int i = 0; i < DATAGRAMS; i++) {
            datagrams[i] = new Datagram((long) i * ROOM);
        }
    }

    public Outcome add(Frame frame, Packet packet, long now) {
        int headers = headers(packet);
        int payload = packet.ipLength() - headers;
        int offset = packet.fragmentOffset();
        if (packet.moreFragments() && packet.v4()) {
            // What is beyond a multiple of eight cannot be said of a fragment that is not the last: Linux cuts it off.
            payload &= ~7;
        }
        if (payload <= 0 || offset + payload > LONGEST - Ipv4.HEADER_LENGTH
                || packet.moreFragments() && payload % 8 != 0
                // Extension headers before the fragment header are not followed.
                || !packet.v4() && packet.fragmentPointer() != packet.ip() + Ipv6.NEXT_HEADER) {
            return Outcome.INVALID;
        }
        Datagram at = find(packet, now);
        for (int i = 0; i < at.count; i++) {
            if (at.offsets[i] == offset && at.lengths[i] == payload) {
                return Outcome.DUPLICATE;
            }
            if (offset < at.offsets[i] + at.lengths[i] && at.offsets[i] < offset + payload) {
                giveUp(at);
                return Outcome.OVERLAP;
            }
        }
        if (!packet.moreFragments() && at.total >= 0 || at.total >= 0 && offset + payload > at.total) {
            giveUp(at);
            return Outcome.OVERLAP;
        }
        if (at.count == FRAGMENTS || at.filled + Frame.HEADROOM + frame.length() > ROOM) {
            giveUp(at);
            return Outcome.NO_ROOM;
        }
        keep(at, frame, packet, headers, offset, payload);
        if (at.gathered != at.total) {
            return Outcome.KEPT;
        }
        assemble(at);
        completed = at;
        return Outcome.COMPLETE;
    }

    private void giveUp(Datagram at) {
        at.used = false;
        givenUp += at.count;
    }

    private void keep(Datagram at, Frame frame, Packet packet, int headers, int offset, int payload) {
        long start = at.room + at.filled + Frame.HEADROOM;
        MemorySegment.copy(frame.memory(), frame.start() - VirtioNetHeader.LENGTH, memory,
                start - VirtioNetHeader.LENGTH, frame.length() + VirtioNetHeader.LENGTH);
        at.fragments[at.count].set(memory, start, frame.length(), frame.port());
        at.filled += Frame.HEADROOM + frame.length();
        at.offsets[at.count] = offset;
        at.lengths[at.count] = payload;
        at.payloads[at.count] = (int) (packet.ip() - frame.start()) + headers;
        int place = at.count;
        for (; place > 0 && at.offsets[at.order[place - 1]] > offset; place--) {
            at.order[place] = at.order[place - 1];
        }
        at.order[place] = at.count;
        at.count++;
        at.gathered += payload;
        at.longest = Math.max(at.longest, packet.ipLength());
        if (packet.v4() && packet.dontFragment()) {
            at.longestWithDf = Math.max(at.longestWithDf, packet.ipLength());
        }
        if (!packet.moreFragments()) {
            at.total = offset + payload;
        }
    }

    private static int headers(Packet packet) {
        return packet.v4()
                ? Ipv4.headerLength(packet.memory(), packet.ip())
                : (int) (packet.fragmentHeader() - packet.ip()) + Ipv6.FRAGMENT_HEADER_LENGTH;
    }

    private Datagram find(Packet packet, long now) {
        int identification = packet.v4()
                ? Ipv4.identification(packet.memory(), packet.ip())
                : Bytes.i32(packet.memory(), packet.fragmentHeader() + 4);
        Datagram oldest = datagrams[0];
        for (Datagram at : datagrams) {
            if (at.used && at.identification == identification && at.sourceLow == packet.sourceLow()
                    && at.destinationLow == packet.destinationLow() && at.sourceHigh == packet.sourceHigh()
                    && at.destinationHigh == packet.destinationHigh() && at.protocol == packet.protocol()) {
                return at;
            }
            if (oldest.used && (!at.used || at.began < oldest.began)) {
                oldest = at;
            }
        }
        if (oldest.used) {
            evicted += oldest.count;
        }
        oldest.used = true;
        oldest.sourceHigh = packet.sourceHigh();
        oldest.sourceLow = packet.sourceLow();
        oldest.destinationHigh = packet.destinationHigh();
        oldest.destinationLow = packet.destinationLow();
        oldest.identification = identification;
        oldest.protocol = packet.protocol();
        oldest.began = now;
        oldest.count = 0;
        oldest.filled = 0;
        oldest.total = -1;
        oldest.gathered = 0;
        oldest.longest = 0;
        oldest.longestWithDf = 0;
        return oldest;
    }

    private void assemble(Datagram at) {
        Frame first = at.fragments[at.order[0]];
        packet.parse(first);
        at.v4 = packet.v4();
        int link = (int) (packet.ip() - first.start());
        int kept = packet.v4() ? headers(packet) : Ipv6.HEADER_LENGTH;
        long start = Frame.HEADROOM;
        datagram.set(whole, start, link + kept + at.total, first.port());
        VirtioNetHeader.clear(whole, start);
        MemorySegment.copy(memory, first.start(), whole, start, link + kept);
        for (int i = 0; i < at.count; i++) {
            Frame fragment = at.fragments[i];
            MemorySegment.copy(memory, fragment.start() + at.payloads[i], whole,
                    start + link + kept + at.offsets[i], at.lengths[i]);
        }
        long ip = start + link;
        if (packet.v4()) {
            Ipv4.totalLength(whole, ip, kept + at.total);
            Ipv4.fragment(whole, ip, at.longestWithDf == at.longest ? Ipv4.DONT_FRAGMENT : 0);
            Ipv4.finishChecksum(whole, ip);
        } else {
            Ipv6.nextHeader(whole, ip, Bytes.u8(memory, packet.fragmentHeader()));
            Ipv6.payloadLength(whole, ip, at.total);
        }
    }

    /** The datagram that {@link Outcome#COMPLETE} announced, as one frame; it may be rewritten. */
    public Frame datagram() {
        return datagram;
    }

    /** Bytes of the longest IP packet among the completed datagram's fragments. */
    public int longestFragment() {
        return completed == null ? 0 : completed.longest;
    }

    /** Bytes of payload in each of the completed datagram's fragments, in the order of their offsets. */
    public int[] pieces() {
        Datagram at = completed;
        if (at != null) {
            for (int i = 0; i < at.count; i++) {
                pieces[i] = at.lengths[at.order[i]];
            }
        }
        return pieces;
    }

    /** The identification its fragments had. */
    public int identification() {
        return completed == null ? 0 : completed.identification;
    }

    /** How many fragments it came in. */
    public int fragmentCount() {
        return completed == null ? 0 : completed.count;
    }

    /**
     * One of them, as it came. Valid until the next burst. IPv4's in the order of their offsets, in which Linux lets them go
     * that has gathered them for IPVS; IPv6's, which it does not gather, in the order of coming.
     */
    public Frame fragment(int number) {
        if (completed == null) {
            throw new IllegalStateException("no datagram is complete");
        }
        return completed.fragments[completed.v4 ? completed.order[number] : number];
    }

    /** The completed datagram's fragments are needed no more. Their memory stays untouched until another begins. */
    public void release() {
        if (completed != null) {
            completed.used = false;
            completed = null;
        }
    }

    /** Told of each datagram given up for its age. */
    public interface Expiry {
        /**
         * @param first     its first fragment, or null where that never came
         * @param fragments how many had come
         */
        void expired(@Nullable Frame first, int fragments);
    }

    /** Gives up what has waited too long. */
    public void expire(long now, Expiry expiry) {
        for (Datagram at : datagrams) {
            if (at.used && now - at.began >= LIFETIME) {
                at.used = false;
                int first = at.order[0];
                expiry.expired(at.offsets[first] == 0 ? at.fragments[first] : null, at.count);
            }
        }
    }

    /** Fragments that had come already of datagrams given up since the last call. */
    public int takeGivenUp() {
        int lost = givenUp;
        givenUp = 0;
        return lost;
    }

    /** Fragments that wait for the rest of their datagram. */
    public int waiting() {
        int count = 0;
        for (Datagram at : datagrams) {
            count += at.used ? at.count : 0;
        }
        return count;
    }

    /** Fragments lost to newer datagrams since the last call. */
    public int takeEvicted() {
        int lost = evicted;
        evicted = 0;
        return lost;
    }
}
