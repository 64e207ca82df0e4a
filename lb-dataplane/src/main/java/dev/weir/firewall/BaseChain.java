package dev.weir.firewall;

import dev.weir.sys.Netlink;
import dev.weir.sys.NetlinkAttributes;
import dev.weir.sys.NetlinkMessage;
import dev.weir.sys.NetlinkRequest;
import dev.weir.sys.SystemException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A chain of nftables that packets meet by themselves, as nfnetlink says: linux/netfilter/nf_tables.h.
 *
 * @param family   as nft calls it: ip, ip6, inet or netdev
 * @param type     filter, nat or route
 * @param priority among the chains of a hook; the smaller comes first
 */
record BaseChain(String family, String table, String name, String type, Hook hook, int priority) {
    private static final int SUBSYSTEM = 10 << 8;
    private static final int GET_CHAIN = SUBSYSTEM | 4;
    private static final int NFGENMSG_LENGTH = 4;
    private static final int CHAIN_TABLE = 1;
    private static final int CHAIN_NAME = 3;
    private static final int CHAIN_HOOK = 4;
    private static final int CHAIN_TYPE = 7;
    private static final int HOOK_NUMBER = 1;
    private static final int HOOK_PRIORITY = 2;
    private static final int NFPROTO_INET = 1;
    private static final int NFPROTO_IPV4 = 2;
    private static final int NFPROTO_NETDEV = 5;
    private static final int NFPROTO_IPV6 = 10;
    private static final int EPROTONOSUPPORT = 93;
    private static final int EINVAL = 22;

    /** Those by which a packet comes to IPVS, in the order in which it meets them. */
    enum Hook {
        INGRESS, PREROUTING, INPUT
    }

    /** All of them, in the order in which a packet meets them; none where the kernel has no nftables. */
    static List<BaseChain> all() throws IOException {
        List<BaseChain> chains = new ArrayList<>();
        try (Netlink netlink = Netlink.forNetfilterRequests()) {
            boolean consistent;
            do {
                chains.clear();
                consistent = netlink.dump(new NetlinkRequest(GET_CHAIN, 0).u8(0).u8(0).u16(0), message -> {
                    BaseChain chain = parse(message);
                    if (chain != null) {
                        chains.add(chain);
                    }
                });
            } while (!consistent);
        } catch (SystemException e) {
            if (e.errno() != EPROTONOSUPPORT && e.errno() != EINVAL) {
                throw e;
            }
        }
        chains.sort(Comparator.comparing(BaseChain::hook).thenComparingInt(BaseChain::priority));
        return chains;
    }

    /** Whether iptables-nft or ip6tables-nft has made it, for its mangle table. */
    boolean isOfIptables() {
        return (family.equals("ip") || family.equals("ip6")) && table.equals("mangle")
                && (name.equals("PREROUTING") || name.equals("INPUT"));
    }

    boolean isV4() {
        return family.equals("ip");
    }

    /** struct nfgenmsg: 0 family, 1 version, 2 resource (16). */
    private static @Nullable BaseChain parse(NetlinkMessage message) throws IOException {
        NetlinkAttributes attributes = message.attributes(NFGENMSG_LENGTH);
        if (!attributes.has(CHAIN_HOOK)) {
            return null;
        }
        String family = switch (message.u8(0)) {
            case NFPROTO_INET -> "inet";
            case NFPROTO_IPV4 -> "ip";
            case NFPROTO_IPV6 -> "ip6";
            case NFPROTO_NETDEV -> "netdev";
            default -> "";
        };
        NetlinkAttributes at = attributes.nested(CHAIN_HOOK);
        Hook hook = numbered(family, number(at.bytes(HOOK_NUMBER)));
        return hook == null
                ? null
                : new BaseChain(family, attributes.text(CHAIN_TABLE), attributes.text(CHAIN_NAME),
                        attributes.text(CHAIN_TYPE), hook, number(at.bytes(HOOK_PRIORITY)));
    }

    private static @Nullable Hook numbered(String family, int number) {
        if (family.equals("netdev")) {
            return number == 0 ? Hook.INGRESS : null;
        }
        return switch (number) {
            case 0 -> family.isEmpty() ? null : Hook.PREROUTING;
            case 1 -> family.isEmpty() ? null : Hook.INPUT;
            case 5 -> family.equals("inet") ? Hook.INGRESS : null;
            default -> null;
        };
    }

    /** In network order, as nfnetlink has all its numbers. */
    private static int number(byte @Nullable [] bytes) throws IOException {
        if (bytes == null || bytes.length != 4) {
            throw new IOException("a base chain of nftables without its hook or priority");
        }
        return (bytes[0] & 255) << 24 | (bytes[1] & 255) << 16 | (bytes[2] & 255) << 8 | bytes[3] & 255;
    }
}
