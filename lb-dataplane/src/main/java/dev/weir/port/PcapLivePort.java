package dev.weir.port;

import dev.weir.sys.Link;
import dev.weir.wire.Frame;
import dev.weir.wire.VirtioNetHeader;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.pcap4j.core.BpfProgram;
import org.pcap4j.core.NotOpenException;
import org.pcap4j.core.PcapHandle;
import org.pcap4j.core.PcapNativeException;
import org.pcap4j.core.PcapNetworkInterface;

/**
 * An interface through libpcap, where {@link PacketSocketPort} is not to be had. Each frame is copied on its way in and
 * out. libpcap does not tell what offloads left undone: where a sender on the same host, or a virtual machine's, leaves
 * checksums and segmentation to the interface (veth, virtio), turn that off at the sender ({@code ethtool -K eth0 tx
 * off tso off gso off}), and {@code gro} off here. An interface that is removed is not taken
 * up again when it comes back. Needs CAP_NET_RAW and libpcap 1.5 or later.
 */
public final class PcapLivePort extends LinkPort {
    /** More than a slot holds, so that nothing is cut unseen. */
    private static final int SNAPLEN = 65600;
    private static final int BUFFER_BYTES = 32 << 20;
    private static final int TIMEOUT_MS = 1;

    private final PcapHandle handle;
    private final FrameSlots slots = new FrameSlots((byte) 0);
    private final Counter transmitErrors = new Counter();
    private final Counter truncated = new Counter();
    private volatile long overruns;

    private PcapLivePort(Link link, PcapHandle handle) {
        super(link);
        this.handle = handle;
    }

    /**
     * Opens an interface in the network namespace of the calling thread.
     *
     * @param filter what to receive, as tcpdump writes it (pcap-filter(7)); null for all
     */
    public static PcapLivePort open(String interfaceName, @Nullable String filter) throws IOException {
        Link link = Link.byName(interfaceName);
        try {
            PcapHandle handle = new PcapHandle.Builder(interfaceName).snaplen(SNAPLEN).bufferSize(BUFFER_BYTES)
                    .promiscuousMode(PcapNetworkInterface.PromiscuousMode.NONPROMISCUOUS).timeoutMillis(TIMEOUT_MS)
                    .immediateMode(true).build();
            try {
                handle.setBlockingMode(PcapHandle.BlockingMode.NONBLOCKING);
                handle.setDirection(PcapHandle.PcapDirection.IN);
                if (filter != null) {
                    handle.setFilter(filter, BpfProgram.BpfCompileMode.OPTIMIZE);
                }
                return new PcapLivePort(link, handle);
            } catch (PcapNativeException | NotOpenException e) {
                handle.close();
                throw e;
            }
        } catch (PcapNativeException | NotOpenException e) {
            throw new IOException("libpcap on " + interfaceName + ": " + e.getMessage(), e);
        } catch (LinkageError e) {
            throw Libpcap.missing(e);
        }
    }

    @Override
    public int receive(Frame[] burst) {
        int count = 0;
        try {
            while (count < burst.length) {
                byte[] bytes = handle.getNextRawPacket();
                if (bytes == null) {
                    break;
                }
                if (bytes.length != handle.getOriginalLength() || bytes.length > FrameSlots.MAX_FRAME) {
                    truncated.add(1);
                } else if (isForUs(bytes)) {
                    slots.lend(burst[count++], bytes, Offload.NONE, interfaceIndex());
                }
            }
        } catch (NotOpenException e) {
            throw new IllegalStateException(name() + " is closed", e);
        }
        return count;
    }

    /** Without promiscuous mode veth still shows frames for others, as does an interface that someone else watches. */
    private boolean isForUs(byte[] frame) {
        if (frame.length < 6 || (frame[0] & 1) != 0) {
            return true;
        }
        long destination = 0;
        for (int i = 0; i < 6; i++) {
            destination = destination << 8 | frame[i] & 0xff;
        }
        return destination == hardwareAddress();
    }

    @Override
    public void release() {
        slots.release();
    }

    /** Sends at once. A frame that asks for segmentation is refused and counted; a partial checksum is finished. */
    @Override
    public void transmit(Frame frame) {
        MemoryPort.Copy copy = MemoryPort.Copy.of(frame);
        if (copy.offload().gsoType() != VirtioNetHeader.GSO_NONE) {
            transmitErrors.add(1);
            return;
        }
        PartialChecksum.finish(copy.frame(), copy.offload());
        try {
            handle.sendPacket(copy.frame());
        } catch (PcapNativeException e) {
            transmitErrors.add(1);
        } catch (NotOpenException e) {
            throw new IllegalStateException(name() + " is closed", e);
        }
    }

    /** Nothing waits. */
    @Override
    public void flush() {
    }

    @Override
    public long transmitErrors() {
        return transmitErrors.get();
    }

    /** What libpcap's buffer had no room for, and frames larger than a slot. */
    @Override
    public long receiveDrops() {
        if (handle.isOpen()) {
            readOverruns();
        }
        return overruns + truncated.get();
    }

    private void readOverruns() {
        try {
            overruns = handle.getStats().getNumPacketsDropped();
        } catch (NotOpenException e) {
            // Closed by its worker since we looked: what was read last stands.
            return;
        } catch (PcapNativeException e) {
            throw new IllegalStateException("statistics of " + name(), e);
        }
    }

    @Override
    public void close() {
        if (handle.isOpen()) {
            readOverruns();
        }
        handle.close();
        slots.close();
    }
}
