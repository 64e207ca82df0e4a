package dev.weir.proc;

import dev.weir.connection.ConnectionEntry;
import dev.weir.engine.Director;
import dev.weir.engine.Sysctl;
import dev.weir.service.Counters;
import dev.weir.service.Forwarding;
import dev.weir.service.Protocol;
import dev.weir.service.RealServer;
import dev.weir.service.ServiceKey;
import dev.weir.service.VirtualService;
import dev.weir.wire.IpAddress;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/**
 * The files under /proc as the kernel writes them, byte for byte (ip_vs_ctl.c, ip_vs_conn.c): numbers are hexadecimal
 * where its are, and a service's persistence counts in ticks. Any thread may ask; no worker is disturbed.
 */
public final class ProcText {
    /** The services and servers, their counters in all, and those for each worker where the kernel has processors. */
    public static final List<String> SMALL = List.of("net/ip_vs", "net/ip_vs_stats", "net/ip_vs_stats_percpu");
    /** A line for each connection. */
    public static final String CONNECTIONS = "net/ip_vs_conn";
    public static final String CONNECTIONS_SYNC = "net/ip_vs_conn_sync";
    /** Before the name of a {@link Sysctl}. */
    public static final String SYSCTL = "sys/net/ipv4/vs/";
    /** The kernel's clock ticks a second as the programs know them (USER_HZ). */
    private static final int HZ = 100;

    private ProcText() {
    }

    /**
     * @param file a path below /proc
     * @throws IllegalArgumentException where IPVS has no such file
     */
    public static String of(String file, Director director) {
        if (file.startsWith(SYSCTL)) {
            return director.settings().text(file.substring(SYSCTL.length())) + "\n";
        }
        return switch (file) {
            case "net/ip_vs" -> services(director);
            case "net/ip_vs_stats" -> statistics(director.services().total());
            case "net/ip_vs_stats_percpu" -> statisticsOfWorkers(director.services().total());
            case CONNECTIONS -> connections(director.connections(), false);
            case CONNECTIONS_SYNC -> connections(director.connections(), true);
            default -> throw new IllegalArgumentException("IPVS has no file /proc/" + file);
        };
    }

    private static String services(Director director) {
        StringBuilder out = new StringBuilder(1024);
        out.append("IP Virtual Server version 1.2.1 (size=").append(director.connectionTableSize()).append(")\n");
        out.append("Prot LocalAddress:Port Scheduler Flags\n");
        out.append("  -> RemoteAddress:Port Forward Weight ActiveConn InActConn\n");
        for (VirtualService service : director.services().current().all()) {
            service(out, service);
            service.servers().forEach(server -> server(out, server));
        }
        return out.toString();
    }

    private static void service(StringBuilder out, VirtualService service) {
        VirtualService.Settings settings = service.settings();
        String onePacket = settings.onePacket() ? "ops " : "";
        out.append(switch (service.key()) {
            case ServiceKey.Mark(int mark, boolean v4) ->
                String.format(Locale.ROOT, "FWM  %08X %s %s", mark, settings.scheduler(), onePacket);
            case ServiceKey.Address(Protocol protocol, IpAddress address, int port) when address.isV4() ->
                String.format(Locale.ROOT, "%s  %s %s %s ", protocol, endpoint(address, port), settings.scheduler(),
                        onePacket);
            case ServiceKey.Address(Protocol protocol, IpAddress address, int port) ->
                String.format(Locale.ROOT, "%s  %s %s ", protocol, endpoint(address, port), settings.scheduler());
        });
        if (settings.persistence() != 0) {
            // An IPv6 prefix length, too, is shown as if it were a mask in network order.
            int mask = service.key().v4() ? settings.netmask() : Integer.reverseBytes(settings.netmask());
            out.append(String.format(Locale.ROOT, "persistent %d %08X", (long) settings.persistence() * HZ, mask));
        }
        out.append('\n');
    }

    private static void server(StringBuilder out, RealServer server) {
        String method = switch (server.settings().forwarding()) {
            case Forwarding.Masquerade _ -> "Masq";
            case Forwarding.FullNat _ -> "FullNat";
            case Forwarding.DirectRouting _ -> "Route";
            case Forwarding.Tunnel _ -> "Tunnel";
        };
        out.append(String.format(Locale.ROOT, "  -> %s      %-7s %-6d %-10d %-10d\n",
                endpoint(server.address(), server.port()), method,
                server.weight(), server.activeConnections(), server.inactiveConnections()));
    }

    private static String statistics(Counters total) {
        return """
                   Total Incoming Outgoing         Incoming         Outgoing
                   Conns  Packets  Packets            Bytes            Bytes
                %s

                 Conns/s   Pkts/s   Pkts/s          Bytes/s          Bytes/s
                %s
                """.formatted(numbers(total.read()), numbers(total.rates()));
    }

    /** A worker's row, as a processor's of the kernel, is never zeroed. */
    private static String statisticsOfWorkers(Counters total) {
        StringBuilder rows = new StringBuilder();
        for (int worker = 0; worker < total.workers(); worker++) {
            rows.append(String.format(Locale.ROOT, "%3X %s\n", worker, numbers(total.total(worker))));
        }
        return """
                       Total Incoming Outgoing         Incoming         Outgoing
                CPU    Conns  Packets  Packets            Bytes            Bytes
                %s  ~ %s

                     Conns/s   Pkts/s   Pkts/s          Bytes/s          Bytes/s
                    %s
                """.formatted(rows, numbers(total.read()), numbers(total.rates()));
    }

    private static String numbers(Counters.Snapshot values) {
        return String.format(Locale.ROOT, "%8X %8X %8X %16X %16X", values.connections(), values.inPackets(),
                values.outPackets(),
                values.inBytes(), values.outBytes());
    }

    private static String connections(List<ConnectionEntry> entries, boolean origin) {
        StringBuilder out = new StringBuilder(128 + 80 * entries.size());
        out.append("Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       ");
        out.append(origin ? "Origin Expires\n" : "Expires PEName PEData\n");
        for (ConnectionEntry entry : entries) {
            out.append(String.format(Locale.ROOT, "%-3s %s %04X %s %04X %s %04X %-11s ",
                    entry.protocolName(),
                    address(entry.client()), entry.clientPort(), address(entry.virtual()), entry.virtualPort(),
                    address(entry.server()), entry.serverPort(), entry.state()));
            if (origin) {
                out.append("LOCAL  ");
            }
            out.append(String.format(Locale.ROOT, "%7d", entry.expires()));
            if (!origin && entry.callId() != null) {
                out.append(" sip ").append(entry.callId());
            }
            out.append('\n');
        }
        return out.toString();
    }

    private static String endpoint(IpAddress address, int port) {
        String text = address(address);
        return String.format(Locale.ROOT, "%s:%04X", address.isV4() ? text : "[" + text + "]", port);
    }

    /** Eight digits, or eight groups of four. */
    private static String address(IpAddress address) {
        byte[] bytes = address.bytes();
        if (address.isV4()) {
            return HexFormat.of().withUpperCase().formatHex(bytes);
        }
        StringBuilder text = new StringBuilder(39);
        for (int i = 0; i < bytes.length; i += 2) {
            text.append(i == 0 ? "" : ":").append(HexFormat.of().formatHex(bytes, i, i + 2));
        }
        return text.toString();
    }
}
