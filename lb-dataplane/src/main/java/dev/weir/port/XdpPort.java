package dev.weir.port;

import dev.weir.sys.Bpf;
import dev.weir.sys.Link;
import dev.weir.sys.SystemException;
import dev.weir.sys.Umem;
import dev.weir.sys.XdpSocket;
import dev.weir.wire.Frame;
import dev.weir.wire.VirtioNetHeader;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A port on AF_XDP sockets, one for each receive queue that is its worker's: an XDP program redirects frames to them before the host's stack
 * has seen them. Ports of one worker share a {@link Umem}, so that a frame leaves from the memory that it came in; one
 * that stands elsewhere is copied. What the transmit ring cannot carry (a frame to be segmented) goes by an AF_PACKET
 * socket, in its turn. Where the interface's MTU allows frames longer than {@link Umem#CAPACITY}, these come in several pieces
 * (XDP_USE_SG, Linux 6.6), are put together, and go out in pieces again.
 *
 * <p>AF_XDP does not tell what offloads left undone: senders on the same host, or virtual machines', must finish
 * checksums themselves ({@code ethtool -K eth0 tx off}), and the interface must leave VLAN tags in frames
 * ({@code rxvlan off}). Needs CAP_NET_RAW, CAP_NET_ADMIN, CAP_BPF and Linux 5.9.
 */
public final class XdpPort extends LinkPort {
    private static final Logger LOG = LoggerFactory.getLogger(XdpPort.class);
    private static final int PACKET_QUEUE = 64;

    private final Umem umem;
    private final Settings settings;
    private final XdpProgram program;
    private final Share share;
    private final Transmitter transmitter;
    private final Counter dropsBefore = new Counter();
    private final int number;
    private final int[] lent;
    private int lentCount;
    private final LongFrames longFrames;
    /** Where the frames of a burst stand. */
    private final long[] starts;
    /** What touching left: kept, since a read whose value nobody wants may be left out. */
    private final int[] touched = new int[1];
    private volatile XdpQueues queues;

    /**
     * What an operator may choose.
     *
     * @param copy     never ask the driver to work in the frames' memory itself
     * @param busyPoll the worker drives the interface, where the kernel takes it
     */
    public record Settings(XdpSocket.Sizes sizes, boolean copy, boolean busyPoll) {
        public static final Settings DEFAULT = new Settings(XdpSocket.Sizes.DEFAULT, false, false);
    }

    /** Makes the program that says which frames come to this port. */
    public interface Steering {
        /**
         * @param hardwareAddress the interface's; frames to others are not for this port
         * @param sockets         where the program redirects to, by number of the receive queue
         */
        Bpf.Program program(long hardwareAddress, Bpf.Map sockets) throws IOException;
    }

    /**
     * Which of the interface's receive queues are one worker's.
     *
     * @param first the first, from 0
     * @param step  how many lie between them, plus one
     */
    public record Share(int first, int step) {
        /** Of the only worker. */
        public static final Share ALL = new Share(0, 1);

        /**
         * The queues go to the workers in turn.
         *
         * @param worker from 0
         * @param begin  which worker has the first queue
         */
        public static Share of(int worker, int workers, int begin) {
            return new Share(Math.floorMod(worker - begin, workers), workers);
        }

        /** How many of so many queues. */
        public int of(int queues) {
            return queues <= first ? 0 : (queues - 1 - first) / step + 1;
        }
    }

    private XdpPort(Link link, Umem umem, Settings settings, XdpProgram program, Share share,
            Transmitter transmitter) throws IOException {
        super(link);
        this.umem = umem;
        this.settings = settings;
        this.program = program;
        this.share = share;
        this.transmitter = transmitter;
        number = link.index();
        lent = new int[settings.sizes.frames()];
        starts = new long[settings.sizes.receive()];
        longFrames = new LongFrames(settings.sizes.receive(), FrameSlots.MAX_FRAME);
        queues = XdpQueues.open(link, umem, settings, program, share);
        if (queues.loseLongFrames()) {
            queues.close();
            throw new SystemException(lost(link) + "; lower it (ip link set " + link.name() + " mtu "
                    + Umem.LARGEST_PACKET + ") or use --port af-packet", SystemException.EOPNOTSUPP);
        }
    }

    /**
     * Opens an interface of Ethernet kind in the network namespace of the calling thread; frames come in at once.
     *
     * @param program the interface's, the same for all workers; whoever made it closes it after their ports
     * @throws IOException EBUSY where another XDP program is at work there, EOPNOTSUPP where the kernel has no AF_XDP, or none
     *         for frames as long as the MTU allows
     */
    public static XdpPort open(String interfaceName, Umem umem, Settings settings, XdpProgram program, Share share)
            throws IOException {
        Link link = Link.byName(interfaceName);
        if (link.hardwareType() != Link.ETHERNET) {
            throw new SystemException("interface " + interfaceName + " has no Ethernet frames (ARPHRD type "
                    + link.hardwareType() + ")", SystemException.EOPNOTSUPP);
        }
        Transmitter transmitter = Transmitter.open(link, PACKET_QUEUE);
        try {
            return new XdpPort(link, umem, settings, program, share, transmitter);
        } catch (IOException e) {
            transmitter.close();
            throw e;
        }
    }

    private static String lost(Link link) {
        return "interface " + link.name() + ": its MTU of " + link.mtu() + " is above the " + Umem.LARGEST_PACKET
                + " that AF_XDP frames hold, and this kernel takes none in several pieces (XDP_USE_SG, Linux 6.6)";
    }

    @Override
    public int receive(Frame[] burst) {
        int count = 0;
        XdpQueues now = queues;
        for (int i = 0; i < now.count() && count < burst.length; i++) {
            count += receive(now.socket(i), burst, count);
        }
        return count;
    }

    private int receive(XdpSocket socket, Frame[] burst, int from) {
        int come = socket.come();
        int count = Math.min(Math.min(come, burst.length - from), lent.length - lentCount);
        for (int i = 0; i < count; i++) {
            starts[i] = socket.address(i);
        }
        touched[0] = fetch(umem.memory(), starts, count);
        if (socket.takesPieces()) {
            return join(socket, come, burst, from, from + count);
        }
        for (int i = 0; i < count; i++) {
            lend(socket, i, burst[from + i]);
        }
        if (count > 0) {
            socket.took(count);
        }
        return count;
    }

    /**
     * The memory of a burst is read side by side: the kernel's core had it last. The loop is as short as can be, so that as
     * many reads as possible are under way at once; nor does any wait for an entry of the ring.
     */
    private static int fetch(MemorySegment memory, long[] starts, int count) {
        int sum = 0;
        for (int i = 0; i < count; i++) {
            sum += memory.get(ValueLayout.JAVA_BYTE, starts[i] - 1) + memory.get(ValueLayout.JAVA_BYTE, starts[i]);
        }
        return sum;
    }

    private void lend(XdpSocket socket, int i, Frame frame) {
        long address = socket.address(i);
        VirtioNetHeader.clear(umem.memory(), address);
        frame.set(umem.memory(), address, socket.length(i), number);
        lent[lentCount++] = Umem.number(address);
    }

    /** Fills the burst where frames may have come in several pieces; returns how many. */
    private int join(XdpSocket socket, int come, Frame[] burst, int from, int to) {
        int taken = 0;
        int next = from;
        while (next < to) {
            int pieces = socket.pieces(taken, come);
            if (pieces == 0) {
                break;
            }
            if (pieces == 1) {
                lend(socket, taken, burst[next++]);
            } else if (longFrames.join(socket, umem.memory(), taken, pieces, burst[next], number)) {
                next++;
            }
            taken += pieces;
        }
        if (taken > 0) {
            socket.took(taken);
            longFrames.free(umem);
        }
        return next - from;
    }

    /** Those that are on their way out stay away until they went. */
    @Override
    public void release() {
        for (int i = 0; i < lentCount; i++) {
            umem.release(lent[i]);
        }
        lentCount = 0;
        longFrames.release();
    }

    @Override
    public void transmit(Frame frame) {
        if (VirtioNetHeader.gsoType(frame.memory(), frame.start()) == VirtioNetHeader.GSO_NONE) {
            PartialChecksum.finish(frame.memory(), frame.start(), frame.length());
        }
        transmitter.transmit(frame, ring(), umem);
    }

    private @Nullable XdpSocket ring() {
        XdpQueues now = queues;
        return now.count() == 0 ? null : now.first();
    }

    @Override
    public void flush() {
        transmitter.flush(ring());
    }

    /**
     * An interface that came back, or has another address now, gets new sockets and a new program; one whose MTU calls for
     * frames in several pieces now, or does no more, new sockets.
     */
    @Override
    public void recover() {
        try {
            Link now = Link.byName(name());
            if (queues.isClosed() || now.index() != interfaceIndex() || now.hardwareAddress() != hardwareAddress()
                    || !queues.suit(now) || !program.isAt(queues.place())) {
                reopen(now);
            }
        } catch (IOException e) {
            queues.close();
            program.gone(queues.place());
            if (!(e instanceof SystemException failed && failed.errno() == SystemException.ENODEV)) {
                LOG.warn("{}: not taken up again yet: {}", name(), e.getMessage());
            }
        }
    }

    private void reopen(Link now) throws IOException {
        queues.close();
        transmitter.rebind(now);
        XdpQueues opened = XdpQueues.open(now, umem, settings, program, share);
        dropsBefore.add(queues.drops());
        queues = opened;
        link(now);
        if (opened.loseLongFrames()) {
            LOG.warn("{}: longer ones are lost", lost(now));
        }
    }

    @Override
    public int[] fileDescriptors() {
        return queues.descriptors();
    }

    @Override
    public long transmitErrors() {
        return transmitter.errors();
    }

    @Override
    public long receiveDrops() {
        return dropsBefore.get() + queues.drops() + longFrames.drops();
    }

    @Override
    public void close() {
        release();
        queues.close();
        transmitter.close();
        longFrames.close();
    }
}
