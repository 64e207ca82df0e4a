package dev.weir.port;

import dev.weir.sys.Link;
import dev.weir.sys.SystemException;
import dev.weir.sys.Umem;
import dev.weir.sys.XdpSocket;
import dev.weir.wire.Frame;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends only. By an AF_PACKET socket alone where another worker receives all that comes (AF_XDP, pcap); else whole frames
 * by a transmit ring of AF_XDP as well, into which they are copied: that still costs less than what sendmmsg(2) does for
 * each. No XDP program is needed to send.
 */
public final class PacketSendPort extends LinkPort {
    /** Asks for no ring. */
    static final int NO_QUEUE = -1;
    private static final Logger LOG = LoggerFactory.getLogger(PacketSendPort.class);
    private static final int TRANSMIT_QUEUE = 256;
    /** The kernel wants a fill ring of any socket; nothing is received into it. */
    private static final XdpSocket.Sizes SIZES = new XdpSocket.Sizes(1, 1024);

    private final Transmitter transmitter;
    private final int queue;
    private @Nullable Umem umem;
    private @Nullable XdpSocket ring;
    private boolean ringLost;

    private PacketSendPort(Link link, int queue) throws SystemException {
        super(link);
        this.queue = queue;
        transmitter = Transmitter.open(link, TRANSMIT_QUEUE);
        if (queue != NO_QUEUE && !openRing(link)) {
            LOG.info("{}: sends by sendmmsg(2) alone: the AF_XDP ring of queue {} is not to be had", link.name(),
                    queue);
        }
    }

    /** Needs CAP_NET_RAW. */
    public static PacketSendPort open(String interfaceName) throws SystemException {
        return open(Link.byName(interfaceName), NO_QUEUE);
    }

    /** @param queue of the interface, whose AF_XDP transmit ring this port is to have if nobody has it yet */
    static PacketSendPort open(Link link, int queue) throws SystemException {
        return new PacketSendPort(link, queue);
    }

    private boolean openRing(Link link) {
        Umem memory = new Umem(SIZES.frames());
        try {
            ring = XdpSocket.open(link, queue, memory, SIZES,
                    new XdpSocket.Mode(true, false, link.mtu() > Umem.LARGEST_PACKET));
            umem = memory;
            return true;
        } catch (SystemException e) {
            // Another program or worker has it, there are fewer queues, or no AF_XDP: frames go all the same.
            memory.close();
            return false;
        }
    }

    private void closeRing() {
        if (ring != null && umem != null) {
            ring.close();
            umem.close();
        }
        ring = null;
        umem = null;
    }

    @Override
    public int receive(Frame[] burst) {
        return 0;
    }

    @Override
    public boolean isAnnounced() {
        return true;
    }

    @Override
    public void release() {
    }

    @Override
    public void transmit(Frame frame) {
        transmitter.transmit(frame, ring, umem);
    }

    @Override
    public void flush() {
        transmitter.flush(ring);
        if (ring != null && ring.isDown()) {
            // Else what is queued would go out when the interface comes up again, however late that is.
            transmitter.lost(ring.waiting());
            closeRing();
            ringLost = true;
        }
    }

    @Override
    public void recover() {
        try {
            rebind(Link.byName(name()));
        } catch (SystemException e) {
            if (e.errno() != SystemException.ENODEV) {
                LOG.warn("{}: not taken up again yet: {}", name(), e.getMessage());
            }
        }
    }

    /** From now on it sends by the interface as it is now. */
    void rebind(Link now) throws SystemException {
        transmitter.rebind(now);
        if (ringLost || ring != null && now.index() != interfaceIndex()) {
            closeRing();
            // The kernel gives a queue free some time after its socket was closed: it is tried again, then.
            ringLost = !openRing(now);
        }
        link(now);
    }

    @Override
    public long transmitErrors() {
        return transmitter.errors();
    }

    @Override
    public long receiveDrops() {
        return 0;
    }

    @Override
    public void close() {
        closeRing();
        transmitter.close();
    }
}
