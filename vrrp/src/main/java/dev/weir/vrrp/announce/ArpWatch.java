package dev.weir.vrrp.announce;

import dev.weir.sys.FrameReceiver;
import dev.weir.sys.SystemException;
import dev.weir.vrrp.address.Device;
import dev.weir.vrrp.address.Interfaces;
import dev.weir.wire.Bytes;
import dev.weir.wire.IpAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who else on the links speaks, by ARP, as if an address was its own (RFC 5227 section 2.4): how a master learns of another
 * one whose adverts it does not hear. The VRRP thread's.
 */
public final class ArpWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ArpWatch.class);
    private static final int ARP = 0x0806;
    private static final int LENGTH = 42;
    private static final int IPV4_OVER_ETHERNET = 0x0001_0800;
    private static final int AT_ONCE = 64;

    private final FrameReceiver receiver = new FrameReceiver(ARP);
    private final MemorySegment frame = Arena.ofAuto().allocate(64, 8);

    /** Takes what another host claims. */
    @FunctionalInterface
    public interface Claims {
        /** @param mac as 02:00:00:00:00:01 */
        void claimed(IpAddress address, String mac);
    }

    public ArpWatch() throws SystemException {
    }

    /** For the thread's poller. */
    public int descriptor() {
        return receiver.descriptor();
    }

    /** Hands over who claimed what since the last call. What this host's own interfaces say among themselves is no claim. */
    public void hear(Interfaces interfaces, Claims claims) {
        try {
            int length = 0;
            for (int i = 0; i < AT_ONCE && (length = receiver.receive(frame)) >= 0; i++) {
                if (length >= LENGTH && Bytes.i32(frame, 14) == IPV4_OVER_ETHERNET) {
                    IpAddress sender = IpAddress.v4(Bytes.i32(frame, 28));
                    byte[] mac = frame.asSlice(22, 6).toArray(ValueLayout.JAVA_BYTE);
                    if (!isOwn(interfaces, mac)) {
                        claims.claimed(sender, HexFormat.ofDelimiter(":").formatHex(mac));
                    }
                }
            }
        } catch (SystemException e) {
            // ENETDOWN is noted when any interface goes down, and told of by the interface itself.
            if (e.errno() != SystemException.ENETDOWN) {
                LOG.warn("address conflicts are not seen: {}", e.getMessage());
            }
        }
    }

    private static boolean isOwn(Interfaces interfaces, byte[] mac) {
        long bits = 0;
        for (byte each : mac) {
            bits = bits << 8 | each & 0xff;
        }
        return interfaces.all().stream().map(Device::mac).collect(Collectors.toSet()).contains(bits);
    }

    @Override
    public void close() {
        receiver.close();
    }
}
