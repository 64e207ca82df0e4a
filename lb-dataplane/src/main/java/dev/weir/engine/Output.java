package dev.weir.engine;

import dev.weir.forward.Encapsulation;
import dev.weir.forward.Fragmentation;
import dev.weir.forward.FrameArena;
import dev.weir.forward.FrameSink;
import dev.weir.forward.IcmpError;
import dev.weir.forward.Segmentation;
import dev.weir.port.Port;
import dev.weir.route.Neighbour;
import dev.weir.wire.Ethernet;
import dev.weir.wire.Frame;
import dev.weir.wire.Ipv4;
import dev.weir.wire.Offload;
import dev.weir.wire.Packet;
import dev.weir.wire.VirtioNetHeader;
import java.lang.foreign.Arena;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The last stage: a rewritten packet becomes frames that fit their next hop, with its MAC addresses, on its port. Every
 * way out of the engine is a method here, and each accounts for the received frames it is about ({@code weight}: more
 * than one where a packet came in fragments). Belongs to one worker.
 */
final class Output implements NeighbourQueue.Exit {
    /** In place of an identification: each packet gets one of the director's own. */
    static final int OWN = 0;
    private static final int ARENA = 8 << 20;
    /** What cutting one frame takes at most: sizes below {@link #SMALLEST_SEGMENT} are refused. */
    private static final int CUT = 4 << 20;
    private static final int SMALLEST_SEGMENT = 48;

    private final PortTable ports;
    private final FrameCounters counters;
    private final Hops hops;
    private final NeighbourQueue waiting;
    private final FrameArena arena;
    private final Frame made = new Frame();
    private final Frame error = new Frame();
    private final Frame spare = new Frame();
    private final Frame whole = new Frame();
    private final Packet cut = new Packet();
    private final Sink fragments = new Sink(this::emitFragment);
    private final Sink segments = new Sink(this::emitSegment);
    private Hop hop;
    private @Nullable Tunnel tunnel;
    private int weight;
    private int limit;
    /** Of the worker's own identifications, which no other worker uses. */
    private final int firstIdentification;
    private final int identificationStep;
    private int identification;
    private int ownFragmentIdentification;
    private int fragmentIdentification;
    private int[] pieces = {};
    private int pieceCount;
    private boolean keepDf;
    private int flow;
    private long now;

    /** What wraps the packets to one server. */
    record Tunnel(Encapsulation.Shim shim, boolean checksum, int port, boolean v4, long high, long low) {
        int overhead() {
            return Encapsulation.overhead(shim, checksum, v4);
        }
    }

    /** A sink whose frames stand in the arena. */
    private final class Sink implements FrameSink {
        private final Consumer<Frame> next;

        Sink(Consumer<Frame> next) {
            this.next = next;
        }

        @Override
        public Frame allocate(int length, int port) {
            Output.this.allocate(made, length, port);
            return made;
        }

        @Override
        public void accept(Frame frame) {
            next.accept(frame);
        }
    }

    Output(Arena memory, PortTable ports, Hops hops, FrameCounters counters, Hop nowhere, int worker,
            int workers) {
        firstIdentification = worker + 1;
        identificationStep = workers;
        identification = firstIdentification - workers;
        ownFragmentIdentification = worker;
        this.ports = ports;
        this.hops = hops;
        this.counters = counters;
        waiting = new NeighbourQueue(memory);
        arena = new FrameArena(memory, ARENA);
        hop = nowhere;
    }

    void begin(long now) {
        this.now = now;
    }

    void drop(DropReason reason, int weight) {
        counters.countDropped(reason, weight);
    }

    /** A half-open connection was ended to make room for another. */
    void evicted() {
        counters.countEvicted();
    }

    /** The frame is the host's: it gets it as it came. */
    void handBack(Frame frame, int weight) {
        ports.handBack(frame.port()).transmit(frame);
        counters.countHandedBack(weight);
    }

    /** The frame was for the director, which acted on it. */
    void consumed(int weight) {
        counters.countForwarded(weight);
    }

    /** Like {@link #handBack}, of frames whose memory will be used again before the burst ends. */
    void handBackNow(Frame frame) {
        handBack(frame, 1);
        ports.handBack(frame.port()).flush();
    }

    /**
     * Sends a packet to a next hop; it fits, or may be fragmented.
     *
     * @param limit bytes of the largest IP packet to send
     */
    void send(Frame frame, Packet packet, Hop hop, int limit, int weight) {
        if (Offload.segmentLength(frame, packet) <= limit) {
            counters.countForwarded(weight);
            emit(frame, hop, weight);
        } else {
            cut(frame, packet, hop, limit, weight);
        }
    }

    private void cut(Frame frame, Packet packet, Hop hop, int limit, int weight) {
        this.hop = hop;
        this.weight = weight;
        this.limit = limit;
        if (Offload.isSegmented(frame)) {
            tunnel = null;
            segment(frame, packet);
        } else {
            counters.countForwarded(weight);
            prepareToCut();
            fragment(frame, packet);
        }
    }

    /** Wraps a packet and sends it to the tunnel's end. */
    void sendThrough(Frame frame, Packet packet, Hop hop, int limit, Tunnel tunnel, boolean keepDf, int weight) {
        this.hop = hop;
        this.weight = weight;
        this.limit = limit;
        this.tunnel = tunnel;
        this.keepDf = keepDf;
        flow = flow(packet);
        if (packet.ipLength() + tunnel.overhead() > 0xffff && !Offload.isSegmented(frame)) {
            drop(DropReason.TOO_BIG, weight);
        } else if (Offload.isSegmented(frame)) {
            segment(frame, packet);
        } else {
            counters.countForwarded(weight);
            prepareToCut();
            wrap(frame, packet, tunnel, weight);
        }
    }

    private void segment(Frame frame, Packet packet) {
        if (!Segmentation.supports(frame)
                || VirtioNetHeader.gsoSize(frame.memory(), frame.start()) < SMALLEST_SEGMENT) {
            drop(DropReason.BAD_OFFLOAD, weight);
            return;
        }
        counters.countForwarded(weight);
        prepareToCut();
        Segmentation.cut(frame, packet, segments);
    }

    /** Makes sure that the arena is not emptied while a frame in it is being cut. */
    private void prepareToCut() {
        if (!arena.fits(CUT)) {
            ports.flush();
            arena.reset();
        }
    }

    private void wrap(Frame frame, Packet packet, Tunnel tunnel, int weight) {
        Encapsulation.wrap(frame, packet, tunnel.shim(), tunnel.checksum(), tunnel.port(), flow,
                hop.route().source().high(), hop.route().source().low(), tunnel.high(), tunnel.low(),
                nextIdentification(), keepDf);
        if (packet.ipLength() + tunnel.overhead() <= limit) {
            emit(frame, hop, weight);
        } else {
            cut.parse(frame);
            fragment(frame, cut);
        }
    }

    private void emitSegment(Frame frame) {
        cut.parse(frame);
        if (tunnel != null) {
            wrap(frame, cut, tunnel, 0);
        } else {
            fragment(frame, cut);
        }
    }

    private void fragment(Frame frame, Packet packet) {
        // The sink sets one Frame object anew for each piece: the one being cut must be another.
        whole.set(frame);
        if (packet.v4()) {
            Fragmentation.cutV4(whole, packet.ip(), limit, pieces, pieceCount, fragments);
        } else {
            Fragmentation.cutV6(whole, packet, limit,
                    fragmentIdentification == OWN ? nextFragmentIdentification() : fragmentIdentification, fragments);
        }
    }

    /**
     * How the packets sent until the next call came: in {@code count} fragments with so much payload each.
     *
     * @param count 0 for packets that came whole
     */
    void geometry(int[] pieces, int count) {
        this.pieces = pieces;
        pieceCount = count;
    }

    /** The identification for IPv6 fragments made next: that of the fragments a packet came in, or {@link #OWN}. */
    void fragmentIdentification(int value) {
        fragmentIdentification = value;
    }

    private void emitFragment(Frame frame) {
        emit(frame, hop, 0);
    }

    private void emit(Frame frame, Hop hop, int weight) {
        Neighbour neighbour = hop.neighbour();
        Port port = hop.port();
        if (neighbour == null || port == null) {
            throw new IllegalStateException("a hop without a neighbour or port must not get here: " + hop);
        }
        long hardwareAddress = neighbour.hardwareAddress();
        if (hardwareAddress == Neighbour.UNRESOLVED) {
            await(frame, hop, weight);
            return;
        }
        Ethernet.addresses(frame.memory(), frame.start(), hardwareAddress, port.hardwareAddress());
        port.transmit(frame);
    }

    private void await(Frame frame, Hop hop, int weight) {
        hops.solicit(hop);
        counters.countForwarded(-weight);
        if (!waiting.add(frame, hop, weight, now)) {
            drop(DropReason.NEIGHBOUR_QUEUE_FULL, weight);
        }
    }

    @Override
    public void resolved(Frame frame, Hop hop, int weight) {
        counters.countForwarded(weight);
        emit(frame, hop, weight);
    }

    @Override
    public void failed(Frame frame, int weight) {
        drop(DropReason.NEIGHBOUR_UNRESOLVED, weight);
    }

    /** Sends an ICMP error about a packet to its sender; where that is not possible, nothing. */
    void icmpError(Frame original, Packet about, int linkLength, int type, int code, int information, Hop towardsSender,
            long sourceHigh, long sourceLow) {
        if (towardsSender.port() == null) {
            return;
        }
        allocate(error, IcmpError.length(about, linkLength), original.port());
        IcmpError.write(error, original, linkLength, about, type, code, information, sourceHigh, sourceLow,
                nextIdentification());
        counters.countMade();
        emit(error, towardsSender, 0);
    }

    private void allocate(Frame frame, int length, int port) {
        if (!arena.fits(length)) {
            ports.flush();
            arena.reset();
        }
        arena.allocate(frame, length, port);
    }

    /** A frame of the director's own is about to be sent, that it was not asked for by any. */
    void made() {
        counters.countMade();
    }

    /** Sends a whole frame of the director's own, but for its MAC addresses. */
    void own(Frame frame, Hop towards) {
        counters.countMade();
        emit(frame, towards, 0);
    }

    /** A fresh frame of {@code length} bytes, to be sent like a received one before another is asked for. */
    Frame spare(int length, int port) {
        // Room must be left for cutting it, too: see prepareToCut.
        if (!arena.fits(CUT + length)) {
            ports.flush();
            arena.reset();
        }
        arena.allocate(spare, length, port);
        return spare;
    }

    /** An identification for a header of the director's own: never 0. */
    int nextIdentification() {
        identification += identificationStep;
        if (identification > 0xffff) {
            identification = firstIdentification;
        }
        return identification;
    }

    /** The same for an IPv6 fragment header, which has room for more. */
    private int nextFragmentIdentification() {
        ownFragmentIdentification += identificationStep;
        return ownFragmentIdentification;
    }

    private static int flow(Packet packet) {
        long mixed = packet.sourceLow() * 31 + packet.sourcePort() + (long) packet.destinationPort() << 16;
        mixed = (mixed ^ packet.sourceHigh() ^ packet.destinationLow()) * 0x9e3779b97f4a7c15L;
        return (int) (mixed >>> 48);
    }

    /** Frames whose neighbours have answered go, those that waited too long are dropped. */
    void releaseWaiting() {
        if (!waiting.isEmpty()) {
            waiting.release(now, this);
        }
    }

    int waiting() {
        return waiting.weights();
    }

    /** Everything queued is sent; memory of frames made may be used again. */
    void flush() {
        ports.flush();
        arena.reset();
    }

    /** An IPv4 packet that may be fragmented on its way. */
    static boolean mayFragment(Packet packet) {
        return packet.v4() && (Ipv4.fragment(packet.memory(), packet.ip()) & Ipv4.DONT_FRAGMENT) == 0;
    }
}
