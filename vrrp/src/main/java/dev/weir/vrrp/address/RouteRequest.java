package dev.weir.vrrp.address;

import dev.weir.conf.Network.Route;
import dev.weir.sys.NetlinkRequest;
import dev.weir.wire.IpAddress;
import dev.weir.wire.IpPrefix;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A route in the words of ip-route(8), as rtnetlink(7) has it. */
final class RouteRequest {
    private static final int RTM_NEWROUTE = 24;
    private static final int RTM_DELROUTE = 25;
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int RTA_DST = 1;
    private static final int RTA_OIF = 4;
    private static final int RTA_GATEWAY = 5;
    private static final int RTA_PRIORITY = 6;
    private static final int RTA_PREFSRC = 7;
    private static final int RTA_METRICS = 8;
    private static final int RTA_MULTIPATH = 9;
    private static final int RTA_FLOW = 11;
    private static final int RTA_TABLE = 15;
    private static final int RTA_VIA = 18;
    private static final int RTA_PREF = 20;
    private static final int RTA_EXPIRES = 23;
    private static final int RTA_TTL_PROPAGATE = 26;
    private static final int RTAX_LOCK = 1;
    private static final int RTAX_RTT = 4;
    private static final int RTAX_RTTVAR = 5;
    private static final int RTAX_FEATURES = 12;
    private static final int RTAX_RTO_MIN = 13;
    private static final int RTAX_CC_ALGO = 16;
    private static final int RTNH_F_ONLINK = 4;
    private static final int MAIN = 254;
    private static final Map<String, Integer> TYPES = Map.of("unicast", 1, "local", 2, "broadcast", 3, "multicast", 5,
            "blackhole", 6, "unreachable", 7, "prohibit", 8, "throw", 9, "nat", 10);
    private static final Map<String, Integer> METRICS = Map.ofEntries(Map.entry("mtu", 2), Map.entry("window", 3),
            Map.entry("rtt", RTAX_RTT), Map.entry("rttvar", RTAX_RTTVAR), Map.entry("ssthresh", 6),
            Map.entry("cwnd", 7), Map.entry("advmss", 8), Map.entry("reordering", 9), Map.entry("hoplimit", 10),
            Map.entry("initcwnd", 11), Map.entry("features", RTAX_FEATURES), Map.entry("rto_min", RTAX_RTO_MIN),
            Map.entry("initrwnd", 14), Map.entry("quickack", 15), Map.entry("congctl", RTAX_CC_ALGO),
            Map.entry("fastopen_no_cookie", 17));
    private static final Map<String, Integer> PREFERENCES = Map.of("low", 3, "medium", 0, "high", 1);

    private final Words words;
    private final Interfaces interfaces;
    private final Map<Integer, byte[]> metrics = new TreeMap<>();
    private final List<Hop> hops = new ArrayList<>();
    private final Map<Integer, byte[]> attributes = new TreeMap<>();
    private @Nullable IpPrefix destination;
    private Hop hop = new Hop();
    private int type = 1;
    private int tos;
    private int table = MAIN;
    private int protocol = AddressRequest.RTPROT_KEEPALIVED;
    private int scope;
    private int locked;

    /** A next hop: of several, or the only one. */
    private static final class Hop {
        private @Nullable IpAddress via;
        private @Nullable Device device;
        private int weight = 1;
        private int flags;
        private int realms;
    }

    private RouteRequest(Route route, Interfaces interfaces) {
        this.words = new Words(route.words());
        this.interfaces = interfaces;
    }

    /** @throws IOException where an interface is not there, or a word is not known */
    static NetlinkRequest add(Route route, Interfaces interfaces) throws IOException {
        return new RouteRequest(route, interfaces).read()
                .write(RTM_NEWROUTE, NetlinkRequest.CREATE | NetlinkRequest.EXCLUSIVE);
    }

    static NetlinkRequest remove(Route route, Interfaces interfaces) throws IOException {
        return new RouteRequest(route, interfaces).read().write(RTM_DELROUTE, 0);
    }

    static boolean six(Route route) {
        return new Words(route.words()).six();
    }

    private RouteRequest read() throws IOException {
        while (words.more()) {
            String word = words.take();
            if (TYPES.containsKey(word)) {
                type = TYPES.get(word);
            } else if (METRICS.containsKey(word)) {
                metric(METRICS.get(word));
            } else {
                option(word);
            }
        }
        return this;
    }

    private void option(String word) throws IOException {
        switch (word) {
            case "inet", "inet6", "no_track" -> {
            }
            case "to" -> destination = words.prefix();
            case "src", "from" -> attributes.put(RTA_PREFSRC, words.address().bytes());
            case "via", "gw" -> hop.via = words.address();
            case "dev", "oif" -> hop.device = device(words.take());
            case "table" -> table = words.table();
            case "metric", "priority", "preference" -> attributes.put(RTA_PRIORITY, bytes(words.number()));
            case "scope" -> scope = words.scope();
            case "tos", "dsfield" -> tos = words.number();
            case "protocol" -> protocol = words.protocol();
            case "onlink" -> hop.flags |= RTNH_F_ONLINK;
            case "realms" -> hop.realms = realms(words.take());
            case "weight" -> hop.weight = words.number();
            case "pref" -> {
                String preference = words.take();
                attributes.put(RTA_PREF, new byte[]{(byte) (int) PREFERENCES.getOrDefault(preference, 0)});
            }
            case "expires" -> attributes.put(RTA_EXPIRES, bytes(words.number()));
            case "ttl-propagate" -> attributes.put(RTA_TTL_PROPAGATE,
                    new byte[]{(byte) (words.take().equals("enabled") ? 1 : 0)});
            case "nexthop", "or" -> nextHop(word);
            case "as", "encap" -> throw new IOException("'" + word + "' of a route is not known to Weir");
            default -> destination = words.prefix(word);
        }
    }

    private void nextHop(String word) throws IOException {
        if (word.equals("or") && hops.isEmpty()) {
            hops.add(hop);
        }
        hop = new Hop();
        hops.add(hop);
        if (word.equals("or")) {
            hop.via = words.address();
        }
    }

    private void metric(int number) throws IOException {
        if (words.takeIf("lock")) {
            locked |= 1 << number;
        }
        String value = words.take();
        metrics.put(number, switch (number) {
            case RTAX_CC_ALGO -> (value + "\0").getBytes(StandardCharsets.UTF_8);
            case RTAX_FEATURES -> bytes(value.equals("ecn") ? 1 : words.number(value));
            case RTAX_RTT -> bytes(milliseconds(value, 8));
            case RTAX_RTTVAR -> bytes(milliseconds(value, 4));
            case RTAX_RTO_MIN -> bytes(milliseconds(value, 1));
            default -> bytes(words.number(value));
        });
    }

    /** The kernel keeps multiples of round trip times; a bare number is one already (ip-route(8)). */
    private int milliseconds(String value, int multiple) throws IOException {
        if (value.endsWith("ms")) {
            return words.number(value.substring(0, value.length() - 2)) * multiple;
        }
        return value.endsWith("s")
                ? words.number(value.substring(0, value.length() - 1)) * 1000 * multiple
                : words.number(value);
    }

    private int realms(String text) throws IOException {
        int slash = text.indexOf('/');
        return slash < 0
                ? words.number(text)
                : words.number(text.substring(0, slash)) << 16 | words.number(text.substring(slash + 1));
    }

    private Device device(String name) throws IOException {
        Device device = interfaces.named(name);
        if (device == null) {
            throw new MissingInterfaceException(name);
        }
        return device;
    }

    private NetlinkRequest write(int message, int flags) throws IOException {
        if (destination == null) {
            throw new IOException("a route without a destination");
        }
        boolean single = hops.isEmpty();
        NetlinkRequest request = new NetlinkRequest(message, flags).u8(words.six() ? AF_INET6 : AF_INET)
                .u8(destination.length()).u8(0).u8(tos).u8(table < 256 ? table : 0).u8(protocol).u8(scope).u8(type)
                .u32(single ? hop.flags : 0);
        request.attribute(RTA_DST, destination.address().bytes()).attribute(RTA_TABLE, table);
        attributes.forEach((number, value) -> request.attribute(number, value));
        if (single) {
            only(request);
        } else {
            several(request);
        }
        if (!metrics.isEmpty()) {
            request.nest(RTA_METRICS);
            if (locked != 0) {
                request.attribute(RTAX_LOCK, locked);
            }
            metrics.forEach((number, value) -> request.attribute(number, value));
            request.end();
        }
        return request;
    }

    private void only(NetlinkRequest request) {
        if (hop.via != null) {
            gateway(request, hop.via);
        }
        if (hop.device != null) {
            request.attribute(RTA_OIF, hop.device.index());
        }
        if (hop.realms != 0) {
            request.attribute(RTA_FLOW, hop.realms);
        }
    }

    private void several(NetlinkRequest request) {
        request.nest(RTA_MULTIPATH);
        for (Hop each : hops) {
            // struct rtnexthop: length (16), flags, hops, interface; then attributes of its own.
            request.begin().u8(each.flags).u8(each.weight - 1).u32(each.device == null ? 0 : each.device.index());
            if (each.via != null) {
                gateway(request, each.via);
            }
            if (each.realms != 0) {
                request.attribute(RTA_FLOW, each.realms);
            }
            request.end();
        }
        request.end();
    }

    private void gateway(NetlinkRequest request, IpAddress via) {
        if (via.isV4() == !words.six()) {
            request.attribute(RTA_GATEWAY, via.bytes());
            return;
        }
        NetlinkRequest family = request.begin(RTA_VIA).u16(via.isV4() ? AF_INET : AF_INET6);
        for (byte each : via.bytes()) {
            family.u8(each);
        }
        family.end();
    }

    private static byte[] bytes(int value) {
        return NetlinkRequest.machineOrder(value);
    }

    /** What {@code ip} takes to take it away. */
    static String undo(Route route) {
        List<String> kept = new ArrayList<>();
        for (String word : route.words()) {
            switch (word) {
                case "no_track", "inet", "inet6" -> {
                }
                case "gw" -> kept.add("via");
                case "or" -> kept.addAll(List.of("nexthop", "via"));
                default -> kept.add(word);
            }
        }
        return "route del " + String.join(" ", kept) + (kept.contains("protocol") ? "" : " proto 18");
    }
}
