package dev.weir.host;

import dev.weir.port.LinkPort;
import dev.weir.route.Interfaces;
import dev.weir.sys.Link;
import dev.weir.sys.Netlink;
import dev.weir.sys.NetlinkRequest;
import dev.weir.sys.SystemException;
import dev.weir.sys.Tap;
import dev.weir.wire.Ethernet;
import dev.weir.wire.Frame;
import dev.weir.wire.IpAddress;
import dev.weir.wire.IpPrefix;
import dev.weir.wire.VirtioNetHeader;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The TAP device by which health checks take the path of clients' packets. It bears the first address of each of its
 * networks; the others lie behind it and stand for a server of a virtual service. What checkers send comes out of it here, and
 * so do the servers' answers, which the program at the interfaces' ingress sends into it ({@link CheckPorts}).
 *
 * <p>It is gone when this is closed or the process ends, however that ends. Belongs to one thread.
 */
public final class CheckDevice extends LinkPort {
    /** Answers of this size fit into any tunnel, so that nobody has to find a path MTU. */
    private static final int MTU = 1280;
    private static final int LARGEST = VirtioNetHeader.LENGTH + 65_535 + 18;
    private static final int BURST = 32;
    private static final int SLOT = Frame.HEADROOM + LARGEST + 128;
    private static final int RTM_NEWLINK = 16;
    private static final int RTM_NEWADDR = 20;
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int IFLA_MTU = 4;
    private static final int IFA_ADDRESS = 1;
    private static final int IFA_LOCAL = 2;
    private static final int IFA_CACHEINFO = 6;
    private static final int IFA_FLAGS = 8;
    private static final int IFA_F_NODAD = 2;
    private static final int LINK_SCOPE = 253;
    private static final Logger LOG = LoggerFactory.getLogger(CheckDevice.class);

    private final Tap tap;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment memory = arena.allocate((long) BURST * SLOT, 8);
    private int lent;
    private long errors;

    private CheckDevice(Tap tap, Link link) {
        super(link);
        this.tap = tap;
    }

    /** @param networks one of a family; the host may be without IPv6 */
    public static CheckDevice open(List<IpPrefix> networks) throws IOException {
        Tap tap = Tap.open(Interfaces.OWN_PREFIX + "chk");
        try (TrafficControl traffic = new TrafficControl(); Netlink netlink = Netlink.forRequests()) {
            Link link = Link.byName(tap.name());
            traffic.bringUpMute(link.index());
            netlink.request(new NetlinkRequest(RTM_NEWLINK, 0).u32(0).u32(link.index()).u32(0).u32(0)
                    .attribute(IFLA_MTU, MTU), "ip link set " + link.name() + " mtu " + MTU);
            for (IpPrefix network : networks) {
                add(netlink, link, network);
            }
            return new CheckDevice(tap, link);
        } catch (IOException e) {
            tap.close();
            throw e;
        }
    }

    /** As an address that nothing takes for its source by itself: of scope link, or deprecated. */
    private static void add(Netlink netlink, Link link, IpPrefix network) throws IOException {
        boolean v4 = network.isV4();
        byte[] address = own(network).bytes();
        try {
            netlink.request(new NetlinkRequest(RTM_NEWADDR, NetlinkRequest.CREATE | NetlinkRequest.EXCLUSIVE)
                    .u8(v4 ? AF_INET : AF_INET6).u8(network.length()).u8(0).u8(v4 ? LINK_SCOPE : 0).u32(link.index())
                    .attribute(IFA_LOCAL, address).attribute(IFA_ADDRESS, address)
                    .attribute(IFA_FLAGS, v4 ? 0 : IFA_F_NODAD)
                    .attribute(IFA_CACHEINFO, NetlinkRequest.machineOrder(v4 ? -1 : 0, -1, 0, 0)),
                    "ip addr add " + own(network) + " dev " + link.name());
        } catch (SystemException e) {
            if (v4) {
                throw e;
            }
            LOG.warn("no health checks by the path of clients over IPv6: {}", e.getMessage());
        }
    }

    /** The address that checkers send from. */
    public static IpAddress own(IpPrefix network) {
        return new IpAddress(network.address().high(), network.address().low() + 1);
    }

    @Override
    public int receive(Frame[] burst) {
        int count = 0;
        try {
            while (count < burst.length && lent < BURST) {
                long start = (long) lent * SLOT + Frame.HEADROOM;
                int length = tap.read(memory.asSlice(start - VirtioNetHeader.LENGTH, LARGEST)) - VirtioNetHeader.LENGTH;
                if (length < Ethernet.HEADER_LENGTH) {
                    break;
                }
                lent++;
                burst[count++].set(memory, start, length, interfaceIndex());
            }
        } catch (SystemException e) {
            LOG.warn("{}: nothing can be read: {}", name(), e.getMessage());
        }
        return count;
    }

    @Override
    public void release() {
        lent = 0;
    }

    @Override
    public void transmit(Frame frame) {
        if (!tap.write(frame.memory(), frame.start() - VirtioNetHeader.LENGTH,
                frame.length() + VirtioNetHeader.LENGTH)) {
            errors++;
        }
    }

    @Override
    public void flush() {
    }

    @Override
    public long transmitErrors() {
        return errors;
    }

    @Override
    public long receiveDrops() {
        return 0;
    }

    @Override
    public int[] fileDescriptors() {
        return new int[]{tap.descriptor()};
    }

    @Override
    public void close() {
        tap.close();
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
