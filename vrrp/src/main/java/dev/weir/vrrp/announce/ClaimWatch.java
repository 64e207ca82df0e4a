package dev.weir.vrrp.announce;

import dev.weir.sys.Epoll;
import dev.weir.sys.FrameReceiver;
import dev.weir.sys.SystemException;
import dev.weir.vrrp.address.Device;
import dev.weir.vrrp.address.Interfaces;
import dev.weir.wire.IpAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who else on the links speaks, by ARP (RFC 5227 section 2.4) or neighbour advertisement (RFC 4861), as if an address was its
 * own: how a master learns of another one whose adverts it does not hear. The VRRP thread's.
 */
public final class ClaimWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ClaimWatch.class);
    private static final int ARP = 0x0806;
    private static final int IPV6 = 0x86dd;
    private static final int AT_ONCE = 64;

    private final Epoll epoll = new Epoll();
    private final List<FrameReceiver> receivers;
    private final MemorySegment frame = Arena.ofAuto().allocate(128, 8);

    /** Takes what another host claims. */
    @FunctionalInterface
    public interface Claims {
        /** @param mac as 02:00:00:00:00:01 */
        void claimed(IpAddress address, String mac);
    }

    public ClaimWatch() throws SystemException {
        receivers = List.of(new FrameReceiver(ARP),
                new FrameReceiver(IPV6, Claim.NEXT_HEADER, Claim.ICMPV6, Claim.TYPE, Claim.NEIGHBOUR_ADVERTISEMENT));
        for (FrameReceiver receiver : receivers) {
            epoll.add(receiver.descriptor());
        }
    }

    /** For the thread's poller. */
    public int descriptor() {
        return epoll.descriptor();
    }

    /** Hands over who claimed what since the last call. What this host's own interfaces say among themselves is no claim. */
    public void hear(Interfaces interfaces, Claims claims) {
        receivers.forEach(receiver -> hear(receiver, interfaces, claims));
    }

    private void hear(FrameReceiver receiver, Interfaces interfaces, Claims claims) {
        try {
            int length = 0;
            for (int i = 0; i < AT_ONCE && (length = receiver.receive(frame)) >= 0; i++) {
                Optional<Claim> claim = Claim.of(frame.asSlice(0, Math.min(length, frame.byteSize())));
                claim.filter(each -> !isOwn(interfaces, each.mac())).ifPresent(each -> claims.claimed(each.address(),
                        HexFormat.ofDelimiter(":").formatHex(macBytes(each.mac()))));
            }
        } catch (SystemException e) {
            // ENETDOWN is noted when any interface goes down, and told of by the interface itself.
            if (e.errno() != SystemException.ENETDOWN) {
                LOG.warn("address conflicts are not seen: {}", e.getMessage());
            }
        }
    }

    private static byte[] macBytes(long mac) {
        byte[] bytes = new byte[6];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (mac >>> 8 * (5 - i));
        }
        return bytes;
    }

    private static boolean isOwn(Interfaces interfaces, long mac) {
        return interfaces.all().stream().map(Device::mac).collect(Collectors.toSet()).contains(mac);
    }

    @Override
    public void close() {
        epoll.close();
        receivers.forEach(FrameReceiver::close);
    }
}
