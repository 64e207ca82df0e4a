package dev.weir.conf;

import dev.weir.wire.IpAddress;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A vrrp_instance, with what holds where nothing is said filled in.
 *
 * @param master    state MASTER
 * @param device    interface, or null
 * @param version   2 or 3
 * @param source    the address it sends from, or null for the interface's first
 * @param strict    strict_mode
 * @param checksumAsV2 v3_checksum_as_v2 (of keepalived 2.3): version 3's checksum over IPv4 as RFC 9568 has it
 * @param ownerIgnoresAdverts owner_ignore_adverts (of keepalived 2.3): with priority 255 it never yields
 * @param addresses virtual_ipaddress, which adverts carry
 * @param vmac      the name of the interface of use_vmac or use_ipvlan, or null
 * @param excluded  virtual_ipaddress_excluded, which they do not
 */
public record VrrpInstance(String name, boolean master, @Nullable String device, int virtualRouterId, int priority,
        int version, Duration advertInterval, int downTimerAdverts, Preemption preemption, boolean accept,
        boolean strict, boolean skipCheckAdvAddr, boolean lowerPrioNoAdvert, boolean higherPrioSendAdvert,
        boolean checksumAsV2, boolean ownerIgnoresAdverts, Authentication authentication, Transport transport,
        @Nullable IpAddress source, boolean trackSource,
        @Nullable String vmac, boolean dontTrackPrimary, List<VirtualAddress> addresses,
        List<VirtualAddress> excluded, Announcements announcements, Watching watching, Notifications notifications,
        Network network, SplitBrain splitBrain) {

    /** Whether it speaks over IPv6. */
    public boolean six() {
        return addresses.isEmpty()
                ? transport instanceof Multicast(IpAddress group) ? !group.isV4() : source != null && !source.isV4()
                : !addresses.getFirst().address().isV4();
    }

    /** What its sockets are bound to: its interface, or else its VRF; null: neither is said. */
    public @Nullable String link() {
        return device != null ? device : network.vrf();
    }

    /**
     * How long a change of its link may be waited out (interface_up_down_delays), as keepalived 2.2.7 has it: who hears no
     * advert for want of a link must know of that before it takes over from the master.
     *
     * @param interval of adverts
     */
    public Duration longestLinkDelay(Duration interval) {
        Duration longest = interval.multipliedBy(downTimerAdverts - 1L).minus(interval.dividedBy(256));
        return longest.isNegative() ? Duration.ZERO : longest;
    }

    /** The same, watching something else. */
    public VrrpInstance watching(Watching other) {
        return new VrrpInstance(name, master, device, virtualRouterId, priority, version, advertInterval,
                downTimerAdverts, preemption, accept, strict, skipCheckAdvAddr, lowerPrioNoAdvert, higherPrioSendAdvert,
                checksumAsV2, ownerIgnoresAdverts, authentication, transport, source, trackSource, vmac,
                dontTrackPrimary, addresses, excluded, announcements, other, notifications, network, splitBrain);
    }

    /** @param delay of taking over from a master of lower priority */
    public record Preemption(boolean preempt, Duration delay) {
    }

    /** Of version 2 (RFC 2338). */
    public sealed interface Authentication {
    }

    public record NoAuthentication() implements Authentication {
    }

    /** @param password of 8 characters at most, as it goes over the wire */
    public record Password(String password) implements Authentication {
    }

    /** IPsec AH with HMAC-MD5-96. */
    public record AuthenticationHeader(String key) implements Authentication {
    }

    /** Whom adverts go to. */
    public sealed interface Transport {
    }

    public record Multicast(IpAddress group) implements Transport {
    }

    /**
     * @param checkSource packets of others than the peers are dropped
     * @param group       whose address, in the place of the peer's, the checksum of old versions has in it
     */
    public record Unicast(List<Peer> peers, int ttl, boolean checkSource, OldChecksum oldChecksum,
            IpAddress group) implements Transport {
    }

    /**
     * old_unicast_checksum: whether version 3's checksum over IPv4 to a peer is that of keepalived up to 1.3.6, in whose
     * pseudo-header the multicast group stands.
     */
    public enum OldChecksum {
        /** Not until a peer was heard that has it. */
        AS_HEARD, ALWAYS,
        /** And who has it is not heard. */
        NEVER
    }

    /** @param leastTtl of its packets, and the most: 0 to 255 */
    public record Peer(IpAddress address, int leastTtl, int mostTtl) {
    }

    /** Gratuitous ARP and unsolicited neighbour advertisements; no duration but the delays: how often at once. */
    public record Announcements(Duration masterDelay, int masterRepeat, Duration refresh, int refreshRepeat,
            Duration lowerPriorityDelay, int lowerPriorityRepeat) {
    }

    /** What changes the priority, or takes the instance to FAULT. */
    public record Watching(List<Watched> interfaces, List<Watched> scripts, List<Watched> files,
            List<Watched> processes, List<Watched> bfds) {
    }

    /** @param weight -254 to 254, or null: that of its definition */
    public record Watched(String name, @Nullable Integer weight, boolean reverse) {
    }

    /**
     * Commands as they are written, or null.
     *
     * @param asDeleted       notify_deleted, even without a command: one that goes with a reload is told of as DELETED,
     *                        not FAULT
     * @param priorityChanges notify_priority_changes
     */
    public record Notifications(@Nullable Command master, @Nullable Command backup, @Nullable Command fault,
            @Nullable Command stop, @Nullable Command deleted, @Nullable Command lowerPriority, @Nullable Command any,
            boolean asDeleted, boolean priorityChanges, boolean smtpAlert) {
    }
}
