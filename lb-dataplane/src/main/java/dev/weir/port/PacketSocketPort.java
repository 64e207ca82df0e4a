package dev.weir.port;

import dev.weir.sys.FanoutRings;
import dev.weir.sys.Link;
import dev.weir.sys.PacketRing;
import dev.weir.sys.SystemException;
import dev.weir.sys.Tpacket2Header;
import dev.weir.wire.Frame;
import dev.weir.wire.VlanTag;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A port on an AF_PACKET socket: frames come through a memory-mapped ring, are rewritten in it, and go out from there, or
 * by way of a transmit ring ({@link PacketSendPort}).
 * What offloads left undone stands in the virtio header and passes through. The kernel's own stack sees the same frames
 * unless something takes them away after this tap, at the interface's ingress.
 */
public final class PacketSocketPort extends WrappedPort {
    /** Slots of the ring where nobody says otherwise: 68 MiB. */
    public static final int DEFAULT_SLOTS = 1020;
    private static final Logger LOG = LoggerFactory.getLogger(PacketSocketPort.class);

    /** Those of all workers, and this one's number; null where there is one worker. */
    private final @Nullable FanoutRings rings;
    private final int worker;
    private volatile PacketRing ring;
    private final PacketSendPort sending;
    private final Counter truncated = new Counter();
    private final int number;
    private final int[] descriptors;
    private boolean lent;
    /** What touching left: kept, since a read whose value nobody wants may be left out. */
    private final int[] touched = new int[1];

    private PacketSocketPort(PacketRing ring, PacketSendPort sending, @Nullable FanoutRings rings, int worker) {
        super(sending);
        this.rings = rings;
        this.worker = worker;
        this.ring = ring;
        this.sending = sending;
        number = sending.interfaceIndex();
        descriptors = new int[]{ring.descriptor()};
    }

    /** Opens an interface without a filter. */
    public static PacketSocketPort open(String interfaceName) throws SystemException {
        return open(interfaceName, DEFAULT_SLOTS, OptionalInt.empty());
    }

    /**
     * Opens an interface of Ethernet kind, in the network namespace of the calling thread; frames come in at once.
     * Needs CAP_NET_RAW.
     *
     * @param slots  how many frames may wait, each taking 68 KiB of kernel memory
     * @param filter the descriptor of a loaded BPF program of type socket filter: what it returns 0 for is never seen
     */
    public static PacketSocketPort open(String interfaceName, int slots, OptionalInt filter) throws SystemException {
        Link link = ethernet(interfaceName);
        PacketSendPort sending = PacketSendPort.open(link, 0);
        try {
            return new PacketSocketPort(PacketRing.open(link, slots, filter), sending, null, 0);
        } catch (SystemException e) {
            sending.close();
            throw e;
        }
    }

    /**
     * The same for one of several workers, who share what the interface receives.
     *
     * @param rings  the same for all of them
     * @param worker its number, from 0; it sends by the interface's queue of that number if there is one that nobody has
     */
    public static PacketSocketPort open(String interfaceName, FanoutRings rings, int worker) throws SystemException {
        Link link = ethernet(interfaceName);
        PacketSendPort sending = PacketSendPort.open(link, worker);
        try {
            return new PacketSocketPort(rings.take(worker, link), sending, rings, worker);
        } catch (SystemException e) {
            sending.close();
            throw e;
        }
    }

    private static Link ethernet(String interfaceName) throws SystemException {
        Link link = Link.byName(interfaceName);
        if (link.hardwareType() != Link.ETHERNET) {
            throw new SystemException("interface " + interfaceName + " has no Ethernet frames (ARPHRD type "
                    + link.hardwareType() + ")", SystemException.EOPNOTSUPP);
        }
        return link;
    }

    @Override
    public int receive(Frame[] burst) {
        int count = 0;
        while (count < burst.length) {
            int slot = ring.take();
            if (slot < 0) {
                break;
            }
            if (accept(slot, burst[count])) {
                count++;
            }
        }
        if (count > 0) {
            touch(burst, count);
            lent = true;
        } else if (!lent) {
            // Only frames that are not for us came: nobody will release what nobody got.
            ring.giveBack();
        }
        return count;
    }

    /** The memory of a burst is fetched side by side: the kernel's core had it last. */
    private void touch(Frame[] burst, int count) {
        for (int i = 0; i < count; i++) {
            touched[0] += burst[i].memory().get(ValueLayout.JAVA_BYTE, burst[i].start());
        }
    }

    private boolean accept(int slot, Frame frame) {
        MemorySegment headers = ring.ring();
        long offset = ring.offset(slot);
        if (!Tpacket2Header.isForUs(headers, offset)) {
            return false;
        }
        int length = Tpacket2Header.length(headers, offset);
        if (length != Tpacket2Header.capturedLength(headers, offset)) {
            truncated.add(1);
            return false;
        }
        frame.set(headers, offset + Tpacket2Header.frameOffset(headers, offset), length, number);
        int status = Tpacket2Header.status(headers, offset);
        if (Tpacket2Header.hasVlanTag(status)) {
            VlanTag.insert(frame.memory(), frame.start(), Tpacket2Header.vlanTpid(headers, offset, status),
                    Tpacket2Header.vlanTci(headers, offset));
            frame.moveStart(-VlanTag.LENGTH);
        }
        return true;
    }

    @Override
    public void release() {
        ring.giveBack();
        lent = false;
    }

    @Override
    public void recover() {
        try {
            sending.rebind(rings == null ? ring.rebind(name()) : rejoin(rings));
        } catch (SystemException e) {
            if (e.errno() != SystemException.ENODEV) {
                LOG.warn("{}: not taken up again yet: {}", name(), e.getMessage());
            }
        }
    }

    /** A socket that is one of several can be bound to no other interface, so another takes its place. */
    private Link rejoin(FanoutRings rings) throws SystemException {
        Link now = ring.find(name());
        if (!ring.isBoundTo(now)) {
            PacketRing next = rings.take(worker, now);
            next.replace(ring);
            ring = next;
            LOG.info("{}: worker {} receives again", name(), worker);
        }
        return now;
    }

    @Override
    public int[] fileDescriptors() {
        return descriptors;
    }

    /** Ring overruns, and frames larger than a slot. */
    @Override
    public long receiveDrops() {
        return ring.drops() + truncated.get();
    }

    @Override
    public void close() {
        ring.close();
        sending.close();
    }
}
