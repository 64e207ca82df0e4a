package dev.weir.ipvsadm;

import dev.weir.service.ClientAddress;
import dev.weir.service.Counters;
import dev.weir.service.Forwarding;
import dev.weir.service.Forwarding.DirectRouting;
import dev.weir.service.Forwarding.FullNat;
import dev.weir.service.Forwarding.Masquerade;
import dev.weir.service.Forwarding.Tunnel;
import dev.weir.service.Protocol;
import dev.weir.service.RealServer;
import dev.weir.service.ServiceKey;
import dev.weir.service.VirtualService;
import dev.weir.wire.IpAddress;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** -L of services: one of six tables. */
final class ServiceListing {
    private static final String SERVERS = "  -> RemoteAddress:Port";

    /** Which columns, in the order in which one option hides another. */
    enum Table {
        STATS, RATE, THRESHOLDS, PERSISTENT_CONN, TUN_INFO, PLAIN
    }

    private final Table table;
    private final boolean exact;
    private final boolean sorted;
    private final Endpoints endpoints;
    private final StringBuilder out = new StringBuilder();

    ServiceListing(Table table, boolean exact, boolean sorted, Endpoints endpoints) {
        this.table = table;
        this.exact = exact;
        this.sorted = sorted;
        this.endpoints = endpoints;
    }

    /** The columns' titles. */
    void titles() {
        switch (table) {
            case STATS -> counted("Conns", "InPkts", "OutPkts", "InBytes", "OutBytes");
            case RATE -> counted("CPS", "InPPS", "OutPPS", "InBPS", "OutBPS");
            case THRESHOLDS -> line(String.format(Locale.ROOT, "%-33s %-10s %-10s %-10s %-10s%n%s",
                    "Prot LocalAddress:Port", "Uthreshold",
                    "Lthreshold", "ActiveConn", "InActConn", SERVERS));
            case PERSISTENT_CONN ->
                line(String.format(Locale.ROOT, "%-33s %-9s %-11s %-10s %-10s%n%s", "Prot LocalAddress:Port", "Weight",
                        "PersistConn", "ActiveConn", "InActConn", SERVERS));
            case TUN_INFO -> line(String.format(Locale.ROOT, "%s%n%-33s %-7s %-13s %s",
                    "Prot LocalAddress:Port Scheduler Flags", SERVERS,
                    "Forward", "TunnelInfo", "Weight ActiveConn InActConn"));
            case PLAIN ->
                line(String.format(Locale.ROOT, "%s%n%-33s %s", "Prot LocalAddress:Port Scheduler Flags", SERVERS,
                        "Forward Weight ActiveConn InActConn"));
        }
    }

    void service(VirtualService service) {
        String name = name(service.key(), endpoints);
        switch (table) {
            case STATS -> counters(name, service.counters());
            case RATE -> rates(name, service.counters());
            default -> line(name + " " + settings(service));
        }
        Protocol protocol = service.key() instanceof ServiceKey.Address(Protocol known, IpAddress address, int port)
                ? known
                : null;
        List<RealServer> servers = sorted ? Order.servers(service.servers()) : service.servers();
        for (RealServer server : servers) {
            server(server, protocol);
        }
    }

    String text() {
        return out.toString();
    }

    private void server(RealServer server, @Nullable Protocol protocol) {
        String full = endpoints.text(server.address(), server.port(), protocol);
        String name = "  -> " + (server.address().isV4() ? cut(full, 28) : full);
        RealServer.Settings settings = server.settings();
        int active = server.activeConnections();
        int inactive = server.inactiveConnections();
        switch (table) {
            case STATS -> counters(name, server.counters());
            case RATE -> rates(name, server.counters());
            case THRESHOLDS -> line(String.format(Locale.ROOT, "%-33s %-10d %-10d %-10d %-10d", name, settings.upper(),
                    settings.lower(), active,
                    inactive));
            case PERSISTENT_CONN ->
                line(String.format(Locale.ROOT, "%-33s %-9d %-11d %-10d %-10d", name, settings.weight(),
                        server.persistentConnections(), active, inactive));
            case TUN_INFO -> line(
                    String.format(Locale.ROOT, "%-33s %-7s %-13s %-6d %-10d %-10d", name, method(settings.forwarding()),
                            tunnel(settings.forwarding()), settings.weight(), active, inactive));
            case PLAIN -> line(String.format(Locale.ROOT, "%-33s %-7s %-6d %-10d %-10d", name,
                    method(settings.forwarding()), settings.weight(),
                    active, inactive));
        }
    }

    static String name(ServiceKey key, Endpoints endpoints) {
        return switch (key) {
            case ServiceKey.Mark(int mark, boolean v4) -> "FWM  " + mark + (v4 ? "" : " IPv6");
            case ServiceKey.Address(Protocol protocol, IpAddress address, int port) -> {
                String name = String.format(Locale.ROOT, "%-4s ", protocol)
                        + endpoints.text(address, port, protocol);
                yield address.isV4() ? cut(name, 33) : name;
            }
        };
    }

    private static String settings(VirtualService service) {
        VirtualService.Settings settings = service.settings();
        StringBuilder text = new StringBuilder(settings.scheduler());
        if (!settings.schedulerFlags().isEmpty()) {
            text.append(" (").append(SchedulerFlags.text(settings.scheduler(), settings.schedulerFlags())).append(')');
        }
        if (settings.persistence() != 0) {
            text.append(" persistent ").append(settings.persistence());
            String mask = mask(service);
            if (mask != null) {
                text.append(" mask ").append(mask);
            }
            if (settings.persistenceEngine() != null) {
                text.append(" pe ").append(settings.persistenceEngine());
            }
        }
        if (settings.onePacket()) {
            text.append(" ops");
        }
        if (settings.clientAddress() != ClientAddress.TOA) {
            text.append(" client-address ").append(ClientAddressWords.text(settings.clientAddress()));
        }
        return text.toString();
    }

    /** The persistence netmask as ipvsadm writes it; null where clients are told apart by their whole address. */
    static @Nullable String mask(VirtualService service) {
        int netmask = service.settings().netmask();
        if (service.key().v4()) {
            return netmask == -1 ? null : IpAddress.v4(netmask).toString();
        }
        return netmask == 128 ? null : Integer.toString(netmask);
    }

    private static String method(Forwarding forwarding) {
        return switch (forwarding) {
            case Masquerade _ -> "Masq";
            case FullNat _ -> "FullNat";
            case DirectRouting _ -> "Route";
            case Tunnel _ -> "Tunnel";
        };
    }

    private static String tunnel(Forwarding forwarding) {
        if (!(forwarding instanceof Tunnel tunnel)) {
            return "n/a";
        }
        String checksum = switch (tunnel.checksum()) {
            case NONE -> "-c";
            case CHECKSUM -> "+c";
            case REMOTE -> "r+c";
        };
        return switch (tunnel.type()) {
            case IPIP -> "ipip";
            case GUE -> "gue:" + tunnel.port() + ":" + checksum;
            case GRE -> "gre:" + checksum;
        };
    }

    private void counted(String... columns) {
        out.append(String.format(Locale.ROOT, "%-33s", "Prot LocalAddress:Port"));
        for (String column : columns) {
            out.append(String.format(Locale.ROOT, " %8s", column));
        }
        out.append('\n').append(SERVERS).append('\n');
    }

    private void counters(String name, Counters counters) {
        Counters.Snapshot now = counters.read();
        numbers(name, now.connections(), now.inPackets(), now.outPackets(), now.inBytes(), now.outBytes());
    }

    private void rates(String name, Counters counters) {
        Counters.Snapshot now = counters.rates();
        numbers(name, now.connections(), now.inPackets(), now.outPackets(), now.inBytes(), now.outBytes());
    }

    private void numbers(String name, long... values) {
        out.append(String.format(Locale.ROOT, "%-33s", name));
        for (long value : values) {
            out.append(exact ? Numbers.exact(value) : Numbers.large(value));
        }
        out.append('\n');
    }

    private void line(String text) {
        out.append(text).append('\n');
    }

    private static String cut(String text, int most) {
        return text.length() > most ? text.substring(0, most) : text;
    }
}
