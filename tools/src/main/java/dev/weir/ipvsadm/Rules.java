package dev.weir.ipvsadm;

import dev.weir.connection.Timeouts;
import dev.weir.service.ClientAddress;
import dev.weir.service.Forwarding.DirectRouting;
import dev.weir.service.Forwarding.FullNat;
import dev.weir.service.Forwarding.Masquerade;
import dev.weir.service.Forwarding.Tunnel;
import dev.weir.service.Forwarding.TunnelType;
import dev.weir.service.Protocol;
import dev.weir.service.RealServer;
import dev.weir.service.ServiceKey;
import dev.weir.service.VirtualService;
import dev.weir.wire.IpAddress;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * -S: the services as the commands that would make them. ipvsadm leaves out thresholds, a third scheduler flag of sh and
 * mh, and timeouts; --full keeps them.
 */
final class Rules {
    private final Endpoints endpoints;
    private final boolean full;
    private final StringBuilder out = new StringBuilder();

    private Rules(Endpoints endpoints, boolean full) {
        this.endpoints = endpoints;
        this.full = full;
    }

    /** @param shared local addresses of all services that have none of their own */
    static String text(List<VirtualService> services, List<IpAddress> shared, Endpoints endpoints) {
        Rules rules = new Rules(endpoints, false);
        rules.localAddresses(shared, "");
        services.forEach(rules::service);
        return rules.out.toString();
    }

    /** The same with nothing left out. */
    static String full(List<VirtualService> services, List<IpAddress> shared, Timeouts timeouts,
            Endpoints endpoints) {
        Rules rules = new Rules(endpoints, true);
        rules.out.append("--set ").append(timeouts.tcp()).append(' ').append(timeouts.tcpFin()).append(' ')
                .append(timeouts.udp()).append('\n');
        rules.localAddresses(shared, "");
        services.forEach(rules::service);
        return rules.out.toString();
    }

    private void localAddresses(List<IpAddress> addresses, String of) {
        addresses.forEach(local -> out.append("-P ").append(of).append("-z ").append(local).append('\n'));
    }

    private void service(VirtualService service) {
        String name = name(service.key());
        out.append("-A ").append(name).append(settings(service)).append('\n');
        localAddresses(service.localAddresses(), name + " ");
        Protocol protocol = service.key() instanceof ServiceKey.Address(Protocol known, IpAddress address, int port)
                ? known
                : null;
        for (RealServer server : Order.servers(service.servers())) {
            RealServer.Settings settings = server.settings();
            out.append("-a ").append(name).append(" -r ")
                    .append(endpoints.text(server.address(), server.port(), protocol));
            switch (settings.forwarding()) {
                case Masquerade _ -> out.append(" -m -w ").append(settings.weight());
                case FullNat _ -> out.append(" --fullnat -w ").append(settings.weight());
                case DirectRouting _ -> out.append(" -g -w ").append(settings.weight());
                case Tunnel tunnel -> out.append(" -i -w ").append(settings.weight()).append(tunnel(tunnel));
            }
            if (full && (settings.upper() != 0 || settings.lower() != 0)) {
                out.append(" -x ").append(settings.upper()).append(" -y ").append(settings.lower());
            }
            out.append('\n');
        }
    }

    private String name(ServiceKey key) {
        return switch (key) {
            case ServiceKey.Mark(int mark, boolean v4) -> "-f " + mark + (v4 ? "" : " -6");
            case ServiceKey.Address(Protocol protocol, IpAddress address, int port) ->
                switch (protocol) {
                    case TCP -> "-t ";
                    case UDP -> "-u ";
                    case SCTP -> "--sctp-service ";
                } + endpoints.text(address, port, protocol);
        };
    }

    private String settings(VirtualService service) {
        VirtualService.Settings settings = service.settings();
        StringBuilder text = new StringBuilder(" -s ").append(settings.scheduler());
        if (settings.persistence() != 0) {
            text.append(" -p ").append(settings.persistence());
            @Nullable
            String mask = ServiceListing.mask(service);
            if (mask != null) {
                text.append(" -M ").append(mask);
            }
        }
        if (settings.persistenceEngine() != null) {
            text.append(" --pe ").append(settings.persistenceEngine());
        }
        if (settings.onePacket()) {
            text.append(" -o");
        }
        if (!settings.schedulerFlags().isEmpty()) {
            text.append(" -b ").append(full
                    ? SchedulerFlags.all(settings.scheduler(), settings.schedulerFlags())
                    : SchedulerFlags.text(settings.scheduler(), settings.schedulerFlags()));
        }
        if (settings.clientAddress() != ClientAddress.TOA) {
            text.append(" --client-address ").append(ClientAddressWords.text(settings.clientAddress()));
        }
        return text.toString();
    }

    private static String tunnel(Tunnel tunnel) {
        String text = " --tun-type " + tunnel.type().name().toLowerCase(Locale.ROOT);
        if (tunnel.type() == TunnelType.IPIP) {
            return text;
        }
        return text + (tunnel.type() == TunnelType.GUE ? " --tun-port " + tunnel.port() : "")
                + switch (tunnel.checksum()) {
                    case NONE -> " --tun-nocsum";
                    case CHECKSUM -> " --tun-csum";
                    case REMOTE -> " --tun-remcsum";
                };
    }
}
