package dev.weir.lbd;

import dev.weir.lbd.Options.PortKind;
import dev.weir.route.Link;
import dev.weir.sys.Ethtool;
import dev.weir.sys.Umem;
import java.util.Optional;
import java.util.Set;

/**
 * Which kind of port suits an interface, and why.
 *
 * @param kind   {@link PortKind#AF_XDP} or {@link PortKind#AF_PACKET}
 * @param reason for the log
 */
record PortChoice(PortKind kind, String reason) {
    /** Drivers whose frames come from this machine or its hypervisor, where senders leave checksums to a wire there is not. */
    private static final Set<String> UNFINISHED = Set.of("veth", "virtio_net", "xen_netfront", "tun", "vif");

    /** For {@code --port auto}. */
    static PortChoice of(Link link, Ethtool ethtool) {
        return unfinished(link, ethtool).or(() -> unable(link, ethtool)).map(
                reason -> new PortChoice(PortKind.AF_PACKET, reason))
                .orElseGet(() -> new PortChoice(PortKind.AF_XDP,
                        "driver " + ethtool.driver() + ": what comes from a wire has its checksums finished"
                                + longFrames(link)));
    }

    private static String longFrames(Link link) {
        return link.mtu() > Umem.LARGEST_PACKET
                ? "; packets longer than " + Umem.LARGEST_PACKET + " (its MTU is " + link.mtu()
                        + ") come in several pieces and are copied"
                : "";
    }

    /** Why frames may come with checksums that their senders did not finish, which AF_XDP does not tell. */
    static Optional<String> unfinished(Link link, Ethtool ethtool) {
        String driver = ethtool.driver().isEmpty() ? link.kind() : ethtool.driver();
        return UNFINISHED.contains(driver)
                ? Optional.of(driver + ": senders leave checksums unfinished, which only AF_PACKET tells")
                : Optional.empty();
    }

    private static Optional<String> unable(Link link, Ethtool ethtool) {
        if (!link.kind().isEmpty() || ethtool.driver().isEmpty()) {
            return Optional.of((link.kind().isEmpty() ? "this interface" : "a " + link.kind())
                    + " has no driver that takes XDP programs");
        }
        if (ethtool.largeReceive()) {
            return Optional.of("it joins TCP segments as they come (ethtool -K " + link.name() + " lro off)");
        }
        return Optional.empty();
    }
}
