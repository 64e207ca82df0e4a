package dev.weir.conf;

import dev.weir.wire.IpAddress;
import java.time.Duration;
import java.util.List;
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
 */
public record Network(List<Route> routes, List<Rule> rules, @Nullable VirtualInterface virtualInterface,
        boolean addressInterfaces, String addressPrefix, boolean promoteSecondaries, Duration extraAnnouncements,
        boolean extraEverywhere, int receiveBuffer) {

    /** @param words as ip(8) has them, behind {@code ip route add} */
    public record Route(List<String> words) {
        public boolean tracked() {
            return !words.contains("no_track");
        }
    }

    /** @param words as ip(8) has them, behind {@code ip rule add} */
    public record Rule(List<String> words) {
        public boolean tracked() {
            return !words.contains("no_track");
        }
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

    /** What static_ipaddress, static_routes and static_rules ask for, whoever is master. */
    public record Fixed(List<VirtualAddress> addresses, List<Route> routes, List<Rule> rules) {
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
