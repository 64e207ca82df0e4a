package dev.weir.port;

import dev.weir.sys.Link;
import dev.weir.sys.PacketSender;
import dev.weir.sys.SystemException;
import dev.weir.wire.Frame;
import dev.weir.wire.VirtioNetHeader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends only, by an AF_PACKET socket: for workers that have no part in what an interface receives, since another worker
 * receives all of it (AF_XDP, pcap).
 */
public final class PacketSendPort implements Port {
    private static final Logger LOG = LoggerFactory.getLogger(PacketSendPort.class);
    private static final int TRANSMIT_QUEUE = 256;

    private final PacketSender sender;
    private final Counter transmitErrors = new Counter();
    private volatile Link link;

    private PacketSendPort(Link link, PacketSender sender) {
        this.link = link;
        this.sender = sender;
    }

    /** Needs CAP_NET_RAW. */
    public static PacketSendPort open(String interfaceName) throws SystemException {
        return open(Link.byName(interfaceName));
    }

    static PacketSendPort open(Link link) throws SystemException {
        return new PacketSendPort(link, PacketSender.open(link, TRANSMIT_QUEUE));
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
        if (sender.isFull()) {
            flush();
        }
        sender.add(frame.memory(), frame.start() - VirtioNetHeader.LENGTH, frame.length() + VirtioNetHeader.LENGTH);
    }

    @Override
    public void flush() {
        transmitErrors.add(sender.send());
    }

    @Override
    public void recover() {
        try {
            rebind(Link.byName(link.name()));
        } catch (SystemException e) {
            if (e.errno() != SystemException.ENODEV) {
                LOG.warn("{}: not taken up again yet: {}", link.name(), e.getMessage());
            }
        }
    }

    /** From now on it sends by the interface as it is now. */
    void rebind(Link now) throws SystemException {
        sender.rebind(now);
        link = now;
    }

    @Override
    public String name() {
        return link.name();
    }

    @Override
    public int interfaceIndex() {
        return link.index();
    }

    @Override
    public long hardwareAddress() {
        return link.hardwareAddress();
    }

    @Override
    public long transmitErrors() {
        return transmitErrors.get();
    }

    @Override
    public long receiveDrops() {
        return 0;
    }

    @Override
    public void close() {
        sender.close();
    }
}
