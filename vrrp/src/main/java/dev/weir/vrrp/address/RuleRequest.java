package dev.weir.vrrp.address;

import dev.weir.conf.Network.Rule;
import dev.weir.sys.NetlinkRequest;
import dev.weir.wire.IpPrefix;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A rule in the words of ip-rule(8), as rtnetlink(7) has it. */
final class RuleRequest {
    private static final int RTM_NEWRULE = 32;
    private static final int RTM_DELRULE = 33;
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int FRA_DST = 1;
    private static final int FRA_SRC = 2;
    private static final int FRA_IIFNAME = 3;
    private static final int FRA_GOTO = 4;
    private static final int FRA_PRIORITY = 6;
    private static final int FRA_FWMARK = 10;
    private static final int FRA_FLOW = 11;
    private static final int FRA_TUN_ID = 12;
    private static final int FRA_SUPPRESS_IFGROUP = 13;
    private static final int FRA_SUPPRESS_PREFIXLEN = 14;
    private static final int FRA_TABLE = 15;
    private static final int FRA_FWMASK = 16;
    private static final int FRA_OIFNAME = 17;
    private static final int FRA_L3MDEV = 19;
    private static final int FRA_UID_RANGE = 20;
    private static final int FRA_PROTOCOL = 21;
    private static final int FRA_IP_PROTO = 22;
    private static final int FRA_SPORT_RANGE = 23;
    private static final int FRA_DPORT_RANGE = 24;
    private static final int INVERT = 2;
    private static final int TO_TABLE = 1;
    private static final int GOTO = 2;
    private static final Map<String, Integer> ACTIONS = Map.of("unicast", TO_TABLE, "nop", 3, "blackhole", 6,
            "unreachable", 7, "prohibit", 8);
    private static final Map<String, Integer> TRANSPORTS = Map.of("tcp", 6, "udp", 17, "sctp", 132, "icmp", 1,
            "ipv6-icmp", 58, "dccp", 33, "gre", 47, "esp", 50, "ah", 51, "vrrp", 112);
    private static final int MAIN = 254;

    private final Words words;
    private final Map<Integer, byte[]> attributes = new TreeMap<>();
    private @Nullable IpPrefix from;
    private @Nullable IpPrefix to;
    private int tos;
    private int table;
    private int action = TO_TABLE;
    private int flags;

    private RuleRequest(Rule rule) {
        this.words = new Words(rule.words());
        attributes.put(FRA_PROTOCOL, new byte[]{AddressRequest.RTPROT_KEEPALIVED});
    }

    /** @throws IOException where a word is not known */
    static NetlinkRequest add(Rule rule) throws IOException {
        return new RuleRequest(rule).read().write(RTM_NEWRULE, NetlinkRequest.CREATE | NetlinkRequest.EXCLUSIVE);
    }

    static NetlinkRequest remove(Rule rule) throws IOException {
        return new RuleRequest(rule).read().write(RTM_DELRULE, 0);
    }

    static boolean six(Rule rule) {
        return new Words(rule.words()).six();
    }

    private RuleRequest read() throws IOException {
        while (words.more()) {
            option(words.take());
        }
        return this;
    }

    private void option(String word) throws IOException {
        switch (word) {
            case "inet", "inet6", "no_track" -> {
            }
            case "not" -> flags |= INVERT;
            case "from" -> from = words.prefix();
            case "to" -> to = words.prefix();
            case "iif", "dev" -> name(FRA_IIFNAME);
            case "oif" -> name(FRA_OIFNAME);
            case "table", "lookup" -> table = words.table();
            case "goto" -> {
                action = GOTO;
                number(FRA_GOTO);
            }
            case "preference", "order", "priority" -> number(FRA_PRIORITY);
            case "tos", "dsfield" -> tos = words.number();
            case "fwmark" -> mark(words.take());
            case "realms" -> attributes.put(FRA_FLOW, pair(words.take(), '/'));
            case "tun_id" -> attributes.put(FRA_TUN_ID, tunnel(words.number()));
            case "suppress_ifgroup" -> number(FRA_SUPPRESS_IFGROUP);
            case "suppress_prefixlength" -> number(FRA_SUPPRESS_PREFIXLEN);
            case "uidrange" -> attributes.put(FRA_UID_RANGE, range(words.take()));
            case "ipproto" -> {
                String name = words.take();
                int number = TRANSPORTS.containsKey(name) ? TRANSPORTS.get(name) : words.number(name);
                attributes.put(FRA_IP_PROTO, new byte[]{(byte) number});
            }
            case "sport" -> attributes.put(FRA_SPORT_RANGE, ports(words.take()));
            case "dport" -> attributes.put(FRA_DPORT_RANGE, ports(words.take()));
            case "protocol" -> attributes.put(FRA_PROTOCOL, new byte[]{(byte) words.protocol()});
            case "l3mdev" -> attributes.put(FRA_L3MDEV, new byte[]{1});
            default -> {
                if (ACTIONS.containsKey(word)) {
                    action = ACTIONS.get(word);
                } else {
                    from = words.prefix(word);
                }
            }
        }
    }

    private void name(int attribute) throws IOException {
        attributes.put(attribute, (words.take() + "\0").getBytes(StandardCharsets.UTF_8));
    }

    private void number(int attribute) throws IOException {
        attributes.put(attribute, NetlinkRequest.machineOrder(words.number()));
    }

    private void mark(String text) throws IOException {
        int slash = text.indexOf('/');
        attributes.put(FRA_FWMARK,
                NetlinkRequest.machineOrder(words.number(slash < 0 ? text : text.substring(0, slash))));
        if (slash >= 0) {
            attributes.put(FRA_FWMASK, NetlinkRequest.machineOrder(words.number(text.substring(slash + 1))));
        }
    }

    /** Two halves of 32 bits, the first one the higher. */
    private byte[] pair(String text, char between) throws IOException {
        int at = text.indexOf(between);
        return NetlinkRequest.machineOrder(at < 0
                ? words.number(text)
                : words.number(text.substring(0, at)) << 16 | words.number(text.substring(at + 1)));
    }

    private byte[] range(String text) throws IOException {
        int dash = text.indexOf('-');
        return NetlinkRequest.machineOrder(words.number(dash < 0 ? text : text.substring(0, dash)),
                words.number(dash < 0 ? text : text.substring(dash + 1)));
    }

    /** struct fib_rule_port_range: two numbers of 16 bits in the machine's order. */
    private byte[] ports(String text) throws IOException {
        int dash = text.indexOf('-');
        int first = words.number(dash < 0 ? text : text.substring(0, dash));
        int last = words.number(dash < 0 ? text : text.substring(dash + 1));
        return NetlinkRequest.machineOrderPair(first, last);
    }

    /** 64 bits in network order. */
    private static byte[] tunnel(int id) {
        return new byte[]{0, 0, 0, 0, (byte) (id >>> 24), (byte) (id >>> 16), (byte) (id >>> 8), (byte) id};
    }

    private NetlinkRequest write(int message, int requestFlags) {
        boolean looksUp = action == TO_TABLE && !attributes.containsKey(FRA_L3MDEV);
        int asked = looksUp && table == 0 ? MAIN : table;
        NetlinkRequest request = new NetlinkRequest(message, requestFlags).u8(words.six() ? AF_INET6 : AF_INET)
                .u8(to == null ? 0 : to.length()).u8(from == null ? 0 : from.length()).u8(tos)
                .u8(asked < 256 ? asked : 0).u8(0).u8(0).u8(action).u32(flags);
        if (to != null && to.length() > 0) {
            request.attribute(FRA_DST, to.address().bytes());
        }
        if (from != null && from.length() > 0) {
            request.attribute(FRA_SRC, from.address().bytes());
        }
        if (asked != 0) {
            request.attribute(FRA_TABLE, asked);
        }
        attributes.forEach((number, value) -> request.attribute(number, value));
        return request;
    }

    /** What {@code ip} takes to take it away. */
    static String undo(Rule rule) {
        List<String> kept = new ArrayList<>();
        for (String word : rule.words()) {
            switch (word) {
                case "no_track", "inet", "inet6" -> {
                }
                default -> kept.add(word);
            }
        }
        return "rule del " + String.join(" ", kept);
    }
}
