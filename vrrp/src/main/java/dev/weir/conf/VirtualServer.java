package dev.weir.conf;

import dev.weir.wire.IpAddress;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A virtual_server, with what holds where nothing is said filled in.
 *
 * @param services    what clients ask for, never empty: one, or the members of its virtual_server_group
 * @param group       the virtual_server_group, or null
 * @param scheduler   as ipvsadm has it
 * @param flags       of the scheduler, as in ipvsadm -b
 * @param persistence zero: none
 * @param granularity the netmask as it is written, or null
 * @param engine      persistence_engine, or null
 * @param omega       scripts and mail tell of its end, too
 * @param haSuspend   servers are checked only while its address is this host's
 */
public record VirtualServer(List<Service> services, @Nullable Group group, String scheduler, Set<String> flags,
        boolean onePacket, Duration persistence, @Nullable String granularity, @Nullable String engine, long quorum,
        long hysteresis, boolean omega, boolean haSuspend, boolean smtpAlert, @Nullable Command quorumUp,
        @Nullable Command quorumDown, @Nullable RealServer sorryServer, List<RealServer> servers, FullNat fullNat) {

    /**
     * What holds for its servers under FULLNAT.
     *
     * @param localAddresses of the director, that they answer to; none: those of all services
     * @param clientAddress  how they hear of a TCP connection's client, as in {@code ipvsadm --client-address}
     */
    public record FullNat(List<IpAddress> localAddresses, String clientAddress) {
        public static final List<String> CLIENT_ADDRESSES = List.of("none", "toa", "proxy-v1", "proxy-v2");
        public static final String STANDARD = "toa";
        public static final FullNat NONE = new FullNat(List.of(), STANDARD);
    }

    /** What clients ask for. */
    public sealed interface Service {
        /** As keepalived's log, scripts and FIFOs name it: {@code [10.0.0.1]:tcp:80} or {@code FWM 5}. */
        String name();
    }

    /**
     * @param protocol TCP, UDP or SCTP
     * @param port     0 to 65535; 0: all, with persistence
     */
    public record AtAddress(String protocol, IpAddress address, int port) implements Service {
        @Override
        public String name() {
            return bracketed(address, protocol, port);
        }
    }

    /** @param v4 of which family its packets are */
    public record OfMark(long mark, boolean v4) implements Service {
        @Override
        public String name() {
            return "FWM " + mark;
        }
    }

    /** The protocol that servers are asked by, in lower case; TCP under a firewall mark. */
    public String protocol() {
        return services.getFirst() instanceof AtAddress one
                ? one.protocol().toLowerCase(Locale.ROOT)
                : "tcp";
    }

    /**
     * @param name   of the virtual_server_group
     * @param number 0 for the first virtual_server with that group in the file, and so on
     */
    public record Group(String name, int number) {
    }

    /** As keepalived names it; several of a mark may have the same name. */
    public String name() {
        return group != null ? "[" + group.name() + "]:" + group.number() : services.getFirst().name();
    }

    /** What no other has. */
    public String id() {
        return group == null && services.getFirst() instanceof OfMark mark && !mark.v4() ? name() + " inet6" : name();
    }

    private static String bracketed(IpAddress address, String protocol, int port) {
        return "[" + address + "]:" + protocol.toLowerCase(Locale.ROOT) + ":" + port;
    }

    /**
     * A real_server.
     *
     * @param port             0: that of the client's packet
     * @param method           NAT, FNAT, DR or TUN with its options
     * @param upperThreshold   uthreshold; 0: none
     * @param inhibitOnFailure while it is down it has weight 0, and stays
     * @param slowStart        how long the weight grows after the server has come back; zero: at once
     */
    public record RealServer(IpAddress address, int port, int weight, List<String> method, long upperThreshold,
            long lowerThreshold, boolean inhibitOnFailure, boolean smtpAlert, Duration slowStart,
            @Nullable Command notifyUp, @Nullable Command notifyDown, List<HealthCheck> checks) {
        /** As keepalived names it. */
        public String name(VirtualServer of) {
            return bracketed(address, of.protocol(), port);
        }
    }
}
