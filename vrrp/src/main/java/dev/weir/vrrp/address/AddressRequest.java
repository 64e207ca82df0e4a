package dev.weir.vrrp.address;

import dev.weir.conf.VirtualAddress;
import dev.weir.conf.VirtualAddress.Option;
import dev.weir.sys.NetlinkRequest;
import dev.weir.wire.IpAddress;
import dev.weir.wire.IpPrefix;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An address of an interface, as rtnetlink(7) and {@code ip addr} have it. */
final class AddressRequest {
    private static final int RTM_NEWADDR = 20;
    private static final int RTM_DELADDR = 21;
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int IFA_ADDRESS = 1;
    private static final int IFA_LOCAL = 2;
    private static final int IFA_LABEL = 3;
    private static final int IFA_BROADCAST = 4;
    private static final int IFA_CACHEINFO = 6;
    private static final int IFA_FLAGS = 8;
    private static final int IFA_PROTO = 11;
    private static final int IFA_F_NODAD = 0x02;
    private static final int IFA_F_HOMEADDRESS = 0x10;
    private static final int IFA_F_MANAGETEMPADDR = 0x100;
    private static final int IFA_F_NOPREFIXROUTE = 0x200;
    private static final int IFA_F_MCAUTOJOIN = 0x400;
    /** linux/rtnetlink.h: also of routes and rules. */
    static final int RTPROT_KEEPALIVED = 18;
    private static final int LINK_SCOPE = 253;
    private static final Map<String, Integer> SCOPES = Map.of("global", 0, "site", 200, "link", LINK_SCOPE, "host",
            254, "nowhere", 255);

    private AddressRequest() {
    }

    static NetlinkRequest add(VirtualAddress address, Device device) {
        boolean six = !address.address().isV4();
        NetlinkRequest request = head(RTM_NEWADDR, NetlinkRequest.CREATE | NetlinkRequest.EXCLUSIVE, address, device);
        byte[] broadcast = broadcast(address);
        if (broadcast != null) {
            request.attribute(IFA_BROADCAST, broadcast);
        }
        if (address.label() != null) {
            request.attribute(IFA_LABEL, address.label());
        }
        int flags = (six && !address.has(Option.DAD) ? IFA_F_NODAD : 0)
                | (address.has(Option.HOME) ? IFA_F_HOMEADDRESS : 0)
                | (address.has(Option.MNGTMPADDR) ? IFA_F_MANAGETEMPADDR : 0)
                | (address.has(Option.NOPREFIXROUTE) ? IFA_F_NOPREFIXROUTE : 0)
                | (address.has(Option.AUTOJOIN) ? IFA_F_MCAUTOJOIN : 0);
        request.attribute(IFA_FLAGS, flags);
        if (address.preferred() >= 0) {
            // struct ifa_cacheinfo: preferred, valid, and two times that only the kernel sets.
            request.attribute(IFA_CACHEINFO, NetlinkRequest.machineOrder((int) address.preferred(), -1, 0, 0));
        }
        return request.attribute(IFA_PROTO, (byte) RTPROT_KEEPALIVED);
    }

    static NetlinkRequest remove(VirtualAddress address, Device device) {
        return head(RTM_DELADDR, 0, address, device);
    }

    private static NetlinkRequest head(int type, int flags, VirtualAddress address, Device device) {
        IpAddress other = address.peer() == null ? address.address() : address.peer();
        return new NetlinkRequest(type, flags).u8(address.address().isV4() ? AF_INET : AF_INET6).u8(address.length())
                .u8(0).u8(scope(address)).u32(device.index()).attribute(IFA_LOCAL, address.address().bytes())
                .attribute(IFA_ADDRESS, other.bytes());
    }

    static int scope(@Nullable String text, int standard) {
        return text == null ? standard : SCOPES.containsKey(text) ? SCOPES.get(text) : Integer.parseInt(text);
    }

    private static int scope(VirtualAddress address) {
        return scope(address.scope(), address.address().isLinkLocal() ? LINK_SCOPE : 0);
    }

    /** "+" has all host bits set, "-" none. */
    private static byte @Nullable [] broadcast(VirtualAddress address) {
        String said = address.broadcast();
        if (said == null || !address.address().isV4()) {
            return null;
        }
        if (!said.equals("+") && !said.equals("-")) {
            return IpAddress.parse(said).bytes();
        }
        int network = new IpPrefix(address.address(), address.length()).address().v4Bits();
        int host = address.length() == 0 ? -1 : (1 << 32 - address.length()) - 1;
        return IpAddress.v4(said.equals("+") ? network | host : network).bytes();
    }

    /** What {@code ip} takes to take it away. */
    static String undo(VirtualAddress address, String device) {
        String own = address.peer() == null
                ? address.address() + "/" + address.length()
                : address.address() + " peer " + address.peer() + "/" + address.length();
        return "addr del " + own + " dev " + device;
    }
}
