package dev.weir.vrrp.address;

import dev.weir.conf.Network.Ipvlan;
import dev.weir.sys.Guardian.By;
import dev.weir.sys.Netlink;
import dev.weir.sys.NetlinkRequest;
import dev.weir.sys.SystemException;
import dev.weir.vrrp.address.UndoLog.Undo;
import dev.weir.vrrp.address.VirtualInterfaces.Stacked;
import java.io.IOException;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes and removes macvlans and ipvlans through rtnetlink(7). */
final class LinkRequests implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LinkRequests.class);
    private static final int RTM_NEWLINK = 16;
    private static final int RTM_DELLINK = 17;
    private static final int IFF_UP = 1;
    private static final int IFLA_ADDRESS = 1;
    private static final int IFLA_IFNAME = 3;
    private static final int IFLA_LINK = 5;
    private static final int IFLA_LINKINFO = 18;
    private static final int IFLA_INFO_KIND = 1;
    private static final int IFLA_INFO_DATA = 2;
    private static final int IFLA_AF_SPEC = 26;
    private static final int AF_INET6 = 10;
    private static final int IFLA_INET6_ADDR_GEN_MODE = 8;
    private static final byte ADDR_GEN_MODE_NONE = 1;
    private static final int IFLA_MACVLAN_MODE = 1;
    private static final int MACVLAN_PRIVATE = 1;
    private static final int IFLA_IPVLAN_FLAGS = 2;
    private static final Map<String, Integer> IPVLAN_FLAGS = Map.of("bridge", 0, "private", 1, "vepa", 2);
    private static final int EAFNOSUPPORT = 97;

    private final UndoLog undo;
    private final Netlink requests = Netlink.forRequests();
    private final Set<String> ours = new HashSet<>();

    LinkRequests(UndoLog undo) throws SystemException {
        this.undo = undo;
    }

    /** Takes one for our own that is there already. @return false where it is */
    boolean adopt(Stacked stacked) {
        if (!ours.add(stacked.name())) {
            return false;
        }
        try {
            undo.willDo(undo(stacked));
        } catch (IOException e) {
            LOG.warn("{} is not guarded: {}", stacked.name(), e.getMessage());
        }
        return true;
    }

    private static Undo undo(Stacked stacked) {
        return new Undo(By.IP4, "link del dev " + stacked.name());
    }

    /** It is down, and will have no address of its own: the host's stack has nothing to say by that MAC address. */
    void make(Stacked stacked, Device base) throws IOException {
        undo.willDo(undo(stacked));
        NetlinkRequest request = link(NetlinkRequest.CREATE | NetlinkRequest.EXCLUSIVE, 0)
                .attribute(IFLA_IFNAME, stacked.name()).attribute(IFLA_LINK, base.index());
        Ipvlan ipvlan = stacked.ipvlan();
        if (ipvlan == null) {
            request.attribute(IFLA_ADDRESS, bytes(stacked.mac()));
        }
        request.nest(IFLA_LINKINFO).attribute(IFLA_INFO_KIND, stacked.kind()).nest(IFLA_INFO_DATA);
        if (ipvlan == null) {
            request.attribute(IFLA_MACVLAN_MODE, MACVLAN_PRIVATE);
        } else {
            request.begin(IFLA_IPVLAN_FLAGS).u16(IPVLAN_FLAGS.getOrDefault(ipvlan.mode(), 0)).end();
        }
        requests.request(request.end().end(),
                "ip link add " + stacked.name() + " link " + base.name() + " type " + stacked.kind());
        ours.add(stacked.name());
        if (ipvlan == null) {
            withoutOwnAddress(stacked);
        }
    }

    private void withoutOwnAddress(Stacked stacked) throws IOException {
        try {
            requests.request(link(0, 0).attribute(IFLA_IFNAME, stacked.name()).nest(IFLA_AF_SPEC).nest(AF_INET6)
                    .attribute(IFLA_INET6_ADDR_GEN_MODE, ADDR_GEN_MODE_NONE).end().end(),
                    "ip link set " + stacked.name() + " addrgenmode none");
        } catch (SystemException e) {
            if (e.errno() != EAFNOSUPPORT) {
                throw e;
            }
        }
    }

    void bringUp(Stacked stacked) throws IOException {
        requests.request(link(0, IFF_UP).attribute(IFLA_IFNAME, stacked.name()),
                "ip link set " + stacked.name() + " up");
    }

    void remove(Stacked stacked) {
        if (!ours.remove(stacked.name())) {
            return;
        }
        try {
            requests.request(new NetlinkRequest(RTM_DELLINK, 0).u32(0).u32(0).u32(0).u32(0)
                    .attribute(IFLA_IFNAME, stacked.name()), "ip link del " + stacked.name());
        } catch (IOException e) {
            LOG.info("{} is gone already: {}", stacked.name(), e.getMessage());
        }
        try {
            undo.undone(undo(stacked));
        } catch (IOException e) {
            LOG.debug("the guardian is not there any more: {}", e.getMessage());
        }
    }

    private static NetlinkRequest link(int requestFlags, int flags) {
        return new NetlinkRequest(RTM_NEWLINK, requestFlags).u32(0).u32(0).u32(flags).u32(flags);
    }

    private static byte[] bytes(long mac) {
        byte[] bytes = new byte[6];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (mac >>> 8 * (bytes.length - 1 - i));
        }
        return bytes;
    }

    @Override
    public void close() {
        requests.close();
    }
}
