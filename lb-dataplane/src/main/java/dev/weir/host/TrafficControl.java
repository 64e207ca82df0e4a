package dev.weir.host;

import dev.weir.sys.Netlink;
import dev.weir.sys.NetlinkAttributes;
import dev.weir.sys.NetlinkMessage;
import dev.weir.sys.NetlinkRequest;
import dev.weir.sys.SystemException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** BPF programs at an interface's ingress, as {@code tc} would put them there: rtnetlink, clsact, cls_bpf. */
final class TrafficControl implements AutoCloseable {
    /** Before all filters of others; they see what Weir's leaves. */
    static final int PREFERENCE = 1;
    private static final int RTM_NEWLINK = 16;
    private static final int RTM_NEWQDISC = 36;
    private static final int RTM_DELQDISC = 37;
    private static final int RTM_NEWTFILTER = 44;
    private static final int RTM_DELTFILTER = 45;
    private static final int RTM_GETTFILTER = 46;
    private static final int CLSACT = 0xfffffff1;
    private static final int CLSACT_HANDLE = 0xffff0000;
    private static final int INGRESS = 0xfffffff2;
    private static final int EGRESS = 0xfffffff3;
    private static final int TCA_KIND = 1;
    private static final int TCA_OPTIONS = 2;
    private static final int TCA_BPF_FD = 6;
    private static final int TCA_BPF_NAME = 7;
    private static final int TCA_BPF_FLAGS = 8;
    private static final int DIRECT_ACTION = 1;
    /** Preference in the upper half; in the lower htons(ETH_P_ALL), which is a number in network order here. */
    private static final int ALL_PROTOCOLS = NetlinkRequest.networkOrder(3);
    private static final int TCMSG_LENGTH = 20;
    private static final int IFF_UP = 1;
    private static final int IFF_NOARP = 0x80;
    private static final int IFF_MULTICAST = 0x1000;
    private static final int IFLA_AF_SPEC = 26;
    private static final int AF_INET6 = 10;
    private static final int IFLA_INET6_ADDR_GEN_MODE = 8;
    private static final byte ADDR_GEN_MODE_NONE = 1;
    private static final int EAFNOSUPPORT = 97;

    /**
     * A filter at ingress or egress.
     *
     * @param information preference and protocol, as struct tcmsg has them
     * @param name        of a BPF filter; empty for others
     */
    record Filter(int handle, int information, String name) {
    }

    private final Netlink netlink;

    TrafficControl() throws SystemException {
        netlink = Netlink.forRequests();
    }

    /** @return false where it is there already */
    boolean addClsact(int interfaceIndex) throws IOException {
        try {
            netlink.request(message(RTM_NEWQDISC, NetlinkRequest.CREATE | NetlinkRequest.EXCLUSIVE, interfaceIndex,
                    CLSACT_HANDLE, CLSACT, 0).attribute(TCA_KIND, "clsact"), "tc qdisc add clsact");
            return true;
        } catch (SystemException e) {
            if (e.errno() == SystemException.EEXIST) {
                return false;
            }
            throw e;
        }
    }

    void removeClsact(int interfaceIndex) throws IOException {
        netlink.request(message(RTM_DELQDISC, 0, interfaceIndex, CLSACT_HANDLE, CLSACT, 0), "tc qdisc del clsact");
    }

    /** Nothing hangs on clsact, neither at ingress nor at egress. */
    boolean isUnused(int interfaceIndex) throws IOException {
        return filters(interfaceIndex, INGRESS).isEmpty() && filters(interfaceIndex, EGRESS).isEmpty();
    }

    List<Filter> ingressFilters(int interfaceIndex) throws IOException {
        return filters(interfaceIndex, INGRESS);
    }

    private List<Filter> filters(int interfaceIndex, int parent) throws IOException {
        List<Filter> found = new ArrayList<>();
        netlink.dump(message(RTM_GETTFILTER, 0, interfaceIndex, 0, parent, 0), message -> {
            Filter filter = filter(message);
            if (filter.handle != 0) {
                found.add(filter);
            }
        });
        return found;
    }

    private static Filter filter(NetlinkMessage message) throws IOException {
        NetlinkAttributes attributes = message.attributes(TCMSG_LENGTH);
        boolean bpf = attributes.text(TCA_KIND).equals("bpf");
        return new Filter(message.u32(8), message.u32(16),
                bpf ? attributes.nested(TCA_OPTIONS).text(TCA_BPF_NAME) : "");
    }

    /** Adds a direct-action BPF filter, or puts the program in the place of one with that handle. */
    void attach(int interfaceIndex, int handle, String name, int program) throws IOException {
        netlink.request(message(RTM_NEWTFILTER, NetlinkRequest.CREATE, interfaceIndex, handle, INGRESS,
                PREFERENCE << 16 | ALL_PROTOCOLS)
                .attribute(TCA_KIND, "bpf").nest(TCA_OPTIONS).attribute(TCA_BPF_FD, program)
                .attribute(TCA_BPF_NAME, name).attribute(TCA_BPF_FLAGS, DIRECT_ACTION).end(),
                "tc filter add ingress pref " + PREFERENCE + " bpf " + name);
    }

    void detach(int interfaceIndex, Filter filter) throws IOException {
        netlink.request(message(RTM_DELTFILTER, 0, interfaceIndex, filter.handle, INGRESS, filter.information)
                .attribute(TCA_KIND, "bpf"), "tc filter del ingress bpf " + filter.name);
    }

    static Filter own(int handle, String name) {
        return new Filter(handle, PREFERENCE << 16 | ALL_PROTOCOLS, name);
    }

    /** Up, without ARP, multicast and an IPv6 address of its own: the host's stack has nothing to say there. */
    void bringUpMute(int interfaceIndex) throws IOException {
        try {
            netlink.request(link(interfaceIndex, 0, 0).nest(IFLA_AF_SPEC).nest(AF_INET6)
                    .attribute(IFLA_INET6_ADDR_GEN_MODE, ADDR_GEN_MODE_NONE).end().end(),
                    "ip link set addrgenmode none");
        } catch (SystemException e) {
            if (e.errno() != EAFNOSUPPORT) {
                throw e;
            }
        }
        netlink.request(link(interfaceIndex, IFF_UP | IFF_NOARP, IFF_UP | IFF_NOARP | IFF_MULTICAST), "ip link set up");
    }

    private static NetlinkRequest link(int interfaceIndex, int flags, int change) {
        return new NetlinkRequest(RTM_NEWLINK, 0).u32(0).u32(interfaceIndex).u32(flags).u32(change);
    }

    private static NetlinkRequest message(int type, int flags, int interfaceIndex, int handle, int parent,
            int information) {
        return new NetlinkRequest(type, flags).u32(0).u32(interfaceIndex).u32(handle).u32(parent).u32(information);
    }

    @Override
    public void close() {
        netlink.close();
    }
}
