package dev.weir.conf;

import dev.weir.wire.IpAddress;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an instance does with the host's network beside its addresses.
 *
 * @param routes             virtual_routes
 * @param rules              virtual_rules
 * @param virtualInterface   use_vmac or use_ipvlan, or null
 * @param addressInterfaces  use_vmac_addr: addresses on other interfaces get a VMAC there
 * @param addressPrefix      of the names of those: vmac_addr_prefix
 * @param promoteSecondaries promote_secondaries
 * @param extraAnnouncements garp_extra_if: how often, while master, addresses are announced on interfaces that send no
 *                           adverts; zero: never
 * @param extraEverywhere    the same on all interfaces of addresses, not only on VMACs
 * @param receiveBuffer      kernel_rx_buf_size in bytes, 0: the system's
 * @param vrf                in which an instance without an interface speaks to its peers, or null
 */
public record Network(List<Route> routes, List<Rule> rules, @Nullable VirtualInterface virtualInterface,
        boolean addressInterfaces, String addressPrefix, boolean promoteSecondaries, Duration extraAnnouncements,
        boolean extraEverywhere, int receiveBuffer, @Nullable String vrf) {

    /** What a host has for a while, or for good. */
    public sealed interface Possession permits VirtualAddress, Route, Rule {
        /** Null where it names none. */
        @Nullable
        String device();

        /** Whoever takes it away, it comes back, and its interface has to be up. */
        boolean tracked();
    }

    /** @param words as ip(8) has them, behind {@code ip route add} */
    public record Route(List<String> words) implements Possession {
        /** That of several next hops is nobody's concern, as in keepalived. */
        @Override
        public @Nullable String device() {
            List<String> own = words.stream().takeWhile(word -> !word.equals("nexthop") && !word.equals("or")).toList();
            return behind(own, Set.of("dev", "oif"));
        }

        @Override
        public boolean tracked() {
            return !words.contains("no_track");
        }
    }

    /** @param words as ip(8) has them, behind {@code ip rule add} */
    public record Rule(List<String> words) implements Possession {
        /** The one that packets come in by. */
        @Override
        public @Nullable String device() {
            return behind(words, Set.of("dev", "iif"));
        }

        @Override
        public boolean tracked() {
            return !words.contains("no_track");
        }
    }

    private static @Nullable String behind(List<String> words, Set<String> names) {
        for (int i = 0; i + 1 < words.size(); i++) {
            if (names.contains(words.get(i))) {
                return words.get(i + 1);
            }
        }
        return null;
    }

    /** An interface on top of the instance's, which has its addresses. */
    public sealed interface VirtualInterface {
        /** As given, or made of the prefix and the virtual_router_id. */
        String name();
    }

    /**
     * A macvlan with the virtual router's MAC address.
     *
     * @param mac              48 bits, first byte highest; 0: that of RFC 9568 section 7.3
     * @param transmitFromBase vmac_xmit_base: adverts are sent and received on the interface below
     */
    public record Vmac(String name, long mac, boolean transmitFromBase) implements VirtualInterface {
    }

    /** @param mode bridge, private or vepa */
    public record Ipvlan(String name, @Nullable IpAddress address, int length,
            String mode) implements VirtualInterface {
    }

    /**
     * What static_ipaddress, static_routes and static_rules ask for, whoever is master.
     *
     * @param needed by instances: what names a track_group
     */
    public record Fixed(List<VirtualAddress> addresses, List<Route> routes, List<Rule> rules, List<Needed> needed) {
    }

    /** @param instances that are in FAULT where it is not on the host, or its interface is down */
    public record Needed(Possession possession, Set<String> instances) {
    }

    /** interface_up_down_delays: for how long a link has to be down, or up, until that counts. */
    public record LinkDelay(Duration down, Duration up) {
    }

    /**
     * The pace of announcements: the time from one to the next, together on all of some interfaces.
     *
     * @param interfaces that share the pace; empty: every interface for itself
     * @param garp       between gratuitous ARPs, zero: none
     * @param neighbour  between neighbour advertisements, zero: none
     */
    public record Pace(List<String> interfaces, Duration garp, Duration neighbour) {
    }
}
