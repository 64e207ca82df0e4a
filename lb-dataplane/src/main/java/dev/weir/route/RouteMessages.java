package dev.weir.route;

import dev.weir.route.Address.Scope;
import dev.weir.route.Route.Hop;
import dev.weir.sys.NetlinkAttributes;
import dev.weir.sys.NetlinkMessage;
import dev.weir.wire.IpAddress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** rtnetlink(7) messages as records. What Weir does not follow is null, and told to {@code notFollowed} in words. */
final class RouteMessages {
    static final int AF_INET = 2;
    static final int AF_INET6 = 10;
    private static final int FLAG_UP = 1;
    private static final int RTM_F_CLONED = 0x200;
    private static final int RTNH_F_DEAD = 1;
    private static final int FR_ACT_TO_TBL = 1;
    private static final int FIB_RULE_INVERT = 2;
    /** FRA_PRIORITY, FWMARK, SUPPRESS_PREFIXLEN, TABLE, FWMASK, PAD, PROTOCOL. */
    private static final Set<Integer> FOLLOWED_OF_RULES = Set.of(6, 10, 14, 15, 16, 18, 21);
    private static final int NTF_PROXY = 8;
    private static final int NUD_STALE = 4;
    private static final int NUD_FAILED = 0x20;
    /** Reachable, stale, delay, probe, noarp, permanent: the MAC address in it is good to send to. */
    private static final int NUD_VALID = 2 | 4 | 8 | 0x10 | 0x40 | 0x80;
    private static final int NUD_PERMANENT = 0x80;
    private static final int NUD_NOARP = 0x40;
    /** IFA_F_SECONDARY (IPv6: TEMPORARY), DADFAILED, DEPRECATED, TENTATIVE. */
    private static final int NOT_FOR_SOURCE = 1 | 8 | 0x20 | 0x40;

    private final Consumer<String> notFollowed;

    RouteMessages(Consumer<String> notFollowed) {
        this.notFollowed = notFollowed;
    }

    /** struct ifinfomsg: 0 family, 2 type (16), 4 index (32), 8 flags (32), 12 change (32). */
    Link link(NetlinkMessage message) throws IOException {
        NetlinkAttributes attributes = message.attributes(16);
        byte[] hardware = attributes.bytes(1);
        boolean lowerElsewhere = attributes.has(37);
        return new Link(message.u32(4), attributes.text(3), mac(hardware, 0), attributes.u32(4, 1500),
                (message.u32(8) & FLAG_UP) != 0, message.u16(2), attributes.nested(18).text(1), attributes.u32(10, 0),
                lowerElsewhere ? 0 : attributes.u32(5, 0));
    }

    /** struct ifaddrmsg: 0 family, 1 prefix length, 2 flags, 3 scope, 4 index (32). */
    @Nullable
    Address address(NetlinkMessage message) throws IOException {
        NetlinkAttributes attributes = message.attributes(8);
        byte[] address = attributes.has(2) ? attributes.bytes(2) : attributes.bytes(1);
        if (address == null || !followed(message.u8(0))) {
            return null;
        }
        int flags = attributes.u32(8, message.u8(2));
        Scope scope = switch (message.u8(3)) {
            case 253 -> Scope.LINK;
            case 254 -> Scope.HOST;
            default -> Scope.GLOBAL;
        };
        return new Address(ip(address), message.u8(1), message.u32(4), scope, (flags & NOT_FOR_SOURCE) == 0);
    }

    /**
     * struct rtmsg: 0 family, 1 prefix length, 2 source length, 3 tos, 4 table, 5 protocol, 6 scope, 7 type, 8 flags
     * (32).
     *
     * @param tables those that are followed; routes of others are null
     */
    @Nullable
    Route route(NetlinkMessage message, Set<Integer> tables) throws IOException {
        NetlinkAttributes attributes = message.attributes(12);
        int flags = message.u32(8);
        if (!followed(message.u8(0)) || (flags & RTM_F_CLONED) != 0) {
            return null;
        }
        boolean v4 = message.u8(0) == AF_INET;
        int table = attributes.u32(15, message.u8(4));
        if (!tables.contains(table)) {
            return null;
        }
        byte[] destination = attributes.bytes(1);
        IpAddress prefix = destination != null ? ip(destination) : v4 ? IpAddress.ANY_V4 : IpAddress.ANY_V6;
        if (message.u8(2) != 0 || message.u8(3) != 0) {
            notFollowed.accept("routes by source or TOS, as that to " + prefix + "/" + message.u8(1));
            return null;
        }
        Route.Type type = switch (message.u8(7)) {
            case 1 -> Route.Type.UNICAST;
            case 2, 4 -> Route.Type.LOCAL;
            case 9 -> Route.Type.THROW;
            default -> Route.Type.UNREACHABLE;
        };
        byte[] source = attributes.bytes(7);
        return new Route(table, type, prefix, message.u8(1), Integer.toUnsignedLong(attributes.u32(6, 0)),
                attributes.nested(8).u32(2, 0), source == null ? null : ip(source),
                type == Route.Type.UNICAST ? hops(attributes, flags, prefix) : List.of());
    }

    private List<Hop> hops(NetlinkAttributes attributes, int flags, IpAddress prefix) throws IOException {
        List<Hop> hops = new ArrayList<>();
        ByteBuffer several = attributes.raw(9);
        if (several == null) {
            hop(attributes, attributes.u32(4, 0), flags, 1, prefix, hops);
            return hops;
        }
        // struct rtnexthop: 0 length (16), 2 flags, 3 weight less one, 4 index (32), then attributes of its own
        for (int at = 0; at < several.limit();) {
            int length = several.limit() - at < 8 ? 0 : several.getShort(at) & 0xffff;
            if (length < 8 || length > several.limit() - at) {
                throw new IOException("next hop at byte " + at + " of " + several.limit() + " claims a length of "
                        + length);
            }
            ByteBuffer own = several.slice(at + 8, length - 8);
            hop(NetlinkAttributes.parse(own), several.getInt(at + 4), several.get(at + 2),
                    (several.get(at + 3) & 255) + 1,
                    prefix, hops);
            at += length + 3 & ~3;
        }
        return hops;
    }

    private void hop(NetlinkAttributes attributes, int index, int flags, int weight, IpAddress prefix, List<Hop> to)
            throws IOException {
        if (attributes.has(21)) {
            notFollowed.accept("routes that encapsulate, as that to " + prefix);
            return;
        }
        if ((flags & RTNH_F_DEAD) != 0) {
            return;
        }
        byte[] gateway = attributes.bytes(5);
        byte[] via = attributes.bytes(18);
        if (via != null && via.length > 2) {
            gateway = Arrays.copyOfRange(via, 2, via.length);
        }
        to.add(new Hop(gateway == null ? null : ip(gateway), index, weight));
    }

    record NeighbourMessage(Neighbours.Key key, Neighbours.State state) {
    }

    /** struct ndmsg: 0 family, 4 index (32), 8 state (16), 10 flags, 11 type. */
    @Nullable
    NeighbourMessage neighbour(NetlinkMessage message, boolean deleted) throws IOException {
        NetlinkAttributes attributes = message.attributes(12);
        byte[] address = attributes.bytes(1);
        if (!followed(message.u8(0)) || (message.u8(10) & NTF_PROXY) != 0 || address == null) {
            return null;
        }
        Neighbours.Key key = new Neighbours.Key(ip(address), message.u32(4));
        int state = message.u16(8);
        if (deleted) {
            return new NeighbourMessage(key, Neighbours.State.UNKNOWN);
        }
        byte[] hardware = attributes.bytes(2);
        boolean valid = (state & NUD_VALID) != 0 && hardware != null && hardware.length == 6;
        boolean lasting = (state & (NUD_PERMANENT | NUD_NOARP)) != 0;
        return new NeighbourMessage(key, new Neighbours.State(valid ? mac(hardware, 0) : Neighbour.UNRESOLVED,
                (state & NUD_FAILED) != 0, valid && !lasting && (state & NUD_STALE) != 0));
    }

    /**
     * struct fib_rule_hdr: 0 family, 1 destination length, 2 source length, 3 tos, 4 table, 7 action, 8 flags (32).
     * Followed are those that ask a table, for all packets or for those of a firewall mark.
     */
    @Nullable
    RoutingRule rule(NetlinkMessage message) throws IOException {
        NetlinkAttributes attributes = message.attributes(12);
        boolean v4 = message.u8(0) == AF_INET;
        long priority = Integer.toUnsignedLong(attributes.u32(6, 0));
        boolean followed = message.u8(1) == 0 && message.u8(2) == 0 && message.u8(3) == 0
                && message.u8(7) == FR_ACT_TO_TBL && (message.u32(8) & FIB_RULE_INVERT) == 0
                && FOLLOWED_OF_RULES.containsAll(attributes.types()) && attributes.u32(14, -1) == -1;
        if (!followed) {
            notFollowed.accept("the IPv" + (v4 ? 4 : 6) + " rule of priority " + priority + " (ip rule)");
            return null;
        }
        int mark = attributes.u32(10, 0);
        return new RoutingRule(v4, priority, mark, attributes.u32(16, mark == 0 ? 0 : -1),
                attributes.u32(15, message.u8(4)));
    }

    private static boolean followed(int family) {
        return family == AF_INET || family == AF_INET6;
    }

    private static IpAddress ip(byte[] bytes) throws IOException {
        if (bytes.length != 4 && bytes.length != 16) {
            throw new IOException("an address of " + bytes.length + " bytes in a netlink message");
        }
        return IpAddress.of(bytes);
    }

    private static long mac(byte @Nullable [] bytes, long otherwise) {
        if (bytes == null || bytes.length != 6) {
            return otherwise;
        }
        long mac = 0;
        for (byte part : bytes) {
            mac = mac << 8 | part & 255;
        }
        return mac;
    }
}
