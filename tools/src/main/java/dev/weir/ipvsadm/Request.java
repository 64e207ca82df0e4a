package dev.weir.ipvsadm;

import dev.weir.service.ClientAddress;
import dev.weir.service.Forwarding.TunnelChecksum;
import dev.weir.service.Forwarding.TunnelType;
import dev.weir.service.Protocol;
import dev.weir.service.ServiceKey;
import dev.weir.wire.IpAddress;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One call, read but not yet checked; only {@link CommandLine} fills it. */
final class Request {
    static final String DEFAULT_SCHEDULER = "wlc";
    /** ipvsadm's persistence where -p has no value, in seconds. */
    static final int DEFAULT_PERSISTENCE = 360;
    /** Persistence and timeouts end at 31 days, in seconds. */
    static final int LONGEST = 31 * 24 * 3600;

    enum Method {
        GATEWAY, MASQUERADE, FULLNAT, TUNNEL
    }

    final Command command;
    final Set<Option> given = EnumSet.noneOf(Option.class);

    @Nullable
    Protocol protocol;
    IpAddress address = IpAddress.ANY_V4;
    int port;
    /** 0: the service is one of an address. */
    int mark;
    boolean v4 = true;

    String scheduler = DEFAULT_SCHEDULER;
    Set<String> schedulerFlags = Set.of();
    int persistence;
    /** Of IPv4 the mask's bits, of IPv6 the prefix length. */
    int netmask = -1;
    boolean onePacket;
    @Nullable
    String persistenceEngine;

    ClientAddress clientAddress = ClientAddress.TOA;

    IpAddress local = IpAddress.ANY_V4;
    /** Where DPVS's users say the local address shall be; Weir finds it itself. */
    String localInterface = "";

    IpAddress server = IpAddress.ANY_V4;
    /** -1: the service's. */
    int serverPort = -1;
    Method method = Method.GATEWAY;
    TunnelType tunnelType = TunnelType.IPIP;
    String tunnelLabel = "ipip";
    int tunnelPort;
    TunnelChecksum tunnelChecksum = TunnelChecksum.NONE;
    int weight = 1;
    int upper;
    int lower;

    List<Integer> timeouts = List.of(0, 0, 0);
    String daemonRole = "";
    SyncDaemon daemon = SyncDaemon.DEFAULT;

    Request(Command command) {
        this.command = command;
    }

    boolean has(Option option) {
        return given.contains(option);
    }

    /** The service that -t, -u, --sctp-service or -f names. */
    ServiceKey service() {
        return protocol == null ? new ServiceKey.Mark(mark, v4) : new ServiceKey.Address(protocol, address, port);
    }
}
