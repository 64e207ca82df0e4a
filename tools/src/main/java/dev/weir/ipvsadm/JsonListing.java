package dev.weir.ipvsadm;

import dev.weir.connection.ConnectionEntry;
import dev.weir.connection.Timeouts;
import dev.weir.engine.LocalPool;
import dev.weir.service.Counters;
import dev.weir.service.Forwarding.DirectRouting;
import dev.weir.service.Forwarding.FullNat;
import dev.weir.service.Forwarding.Masquerade;
import dev.weir.service.Forwarding.Tunnel;
import dev.weir.service.Forwarding.TunnelType;
import dev.weir.service.RealServer;
import dev.weir.service.ServiceKey;
import dev.weir.service.VirtualService;
import java.io.StringWriter;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** -L --json: one object on one line. Its fields stand in docs/ipvsadm.md; none is ever renamed. */
final class JsonListing {
    private static final JsonFactory JSON = new JsonFactory();
    private final JsonGenerator json;

    private JsonListing(JsonGenerator json) {
        this.json = json;
    }

    static String services(List<VirtualService> services) {
        return text(listing -> {
            listing.json.writeArrayPropertyStart("services");
            services.forEach(listing::service);
            listing.json.writeEndArray();
        });
    }

    static String connections(List<ConnectionEntry> connections) {
        return text(listing -> {
            listing.json.writeArrayPropertyStart("connections");
            connections.forEach(listing::connection);
            listing.json.writeEndArray();
        });
    }

    static String localPools(List<LocalPool> pools) {
        return text(listing -> LocalListing.json(pools, listing.json));
    }

    static String timeouts(Timeouts timeouts) {
        return text(listing -> {
            listing.json.writeObjectPropertyStart("timeouts");
            listing.json.writeNumberProperty("tcp", timeouts.tcp());
            listing.json.writeNumberProperty("tcp_fin", timeouts.tcpFin());
            listing.json.writeNumberProperty("udp", timeouts.udp());
            listing.json.writeEndObject();
        });
    }

    static String daemons(@Nullable SyncDaemon master, @Nullable SyncDaemon backup) {
        return text(listing -> {
            listing.json.writeArrayPropertyStart("daemons");
            listing.daemon("master", master);
            listing.daemon("backup", backup);
            listing.json.writeEndArray();
        });
    }

    private static String text(Consumer<JsonListing> body) {
        StringWriter out = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), out)) {
            json.writeStartObject();
            body.accept(new JsonListing(json));
            json.writeEndObject();
        }
        return out.append('\n').toString();
    }

    private void service(VirtualService service) {
        VirtualService.Settings settings = service.settings();
        json.writeStartObject();
        key(json, service.key());
        json.writeStringProperty("scheduler", settings.scheduler());
        json.writeArrayPropertyStart("sched_flags");
        for (String flag : SchedulerFlags.all(settings.scheduler(), settings.schedulerFlags()).split(",", -1)) {
            if (!flag.isEmpty()) {
                json.writeString(flag);
            }
        }
        json.writeEndArray();
        json.writeNumberProperty("persistent", settings.persistence());
        optional("netmask", ServiceListing.mask(service));
        optional("pe", settings.persistenceEngine());
        json.writeBooleanProperty("ops", settings.onePacket());
        json.writeStringProperty("client_address", ClientAddressWords.text(settings.clientAddress()));
        json.writeArrayPropertyStart("local_addresses");
        service.localAddresses().forEach(local -> json.writeString(local.toString()));
        json.writeEndArray();
        counters(service.counters());
        json.writeArrayPropertyStart("servers");
        Order.servers(service.servers()).forEach(this::server);
        json.writeEndArray();
        json.writeEndObject();
    }

    static void key(JsonGenerator json, ServiceKey key) {
        switch (key) {
            case ServiceKey.Mark(int mark, boolean v4) -> {
                json.writeNumberProperty("fwmark", Integer.toUnsignedLong(mark));
                json.writeStringProperty("family", v4 ? "inet" : "inet6");
            }
            case ServiceKey.Address at -> {
                json.writeStringProperty("protocol", at.protocol().name().toLowerCase(Locale.ROOT));
                json.writeStringProperty("address", at.address().toString());
                json.writeNumberProperty("port", at.port());
            }
        }
    }

    private void server(RealServer server) {
        RealServer.Settings settings = server.settings();
        json.writeStartObject();
        json.writeStringProperty("address", server.address().toString());
        json.writeNumberProperty("port", server.port());
        switch (settings.forwarding()) {
            case FullNat _ -> json.writeStringProperty("forward", "fullnat");
            case Masquerade _ -> json.writeStringProperty("forward", "masq");
            case DirectRouting _ -> json.writeStringProperty("forward", "route");
            case Tunnel tunnel -> tunnel(tunnel);
        }
        json.writeNumberProperty("weight", settings.weight());
        json.writeBooleanProperty("draining", settings.draining());
        json.writeNumberProperty("u_threshold", settings.upper());
        json.writeNumberProperty("l_threshold", settings.lower());
        json.writeObjectPropertyStart("counts");
        json.writeNumberProperty("active", server.activeConnections());
        json.writeNumberProperty("inactive", server.inactiveConnections());
        json.writeNumberProperty("persistent", server.persistentConnections());
        json.writeEndObject();
        counters(server.counters());
        json.writeEndObject();
    }

    private void tunnel(Tunnel tunnel) {
        json.writeStringProperty("forward", "tunnel");
        json.writeObjectPropertyStart("tunnel");
        json.writeStringProperty("type", tunnel.type().name().toLowerCase(Locale.ROOT));
        if (tunnel.type() == TunnelType.GUE) {
            json.writeNumberProperty("port", tunnel.port());
        }
        if (tunnel.type() != TunnelType.IPIP) {
            json.writeStringProperty("checksum", tunnel.checksum().name().toLowerCase(Locale.ROOT));
        }
        json.writeEndObject();
    }

    private void counters(Counters counters) {
        numbers("stats", counters.read());
        numbers("rates", counters.rates());
    }

    private void numbers(String name, Counters.Snapshot numbers) {
        json.writeObjectPropertyStart(name);
        json.writeNumberProperty("connections", numbers.connections());
        json.writeNumberProperty("in_packets", numbers.inPackets());
        json.writeNumberProperty("out_packets", numbers.outPackets());
        json.writeNumberProperty("in_bytes", numbers.inBytes());
        json.writeNumberProperty("out_bytes", numbers.outBytes());
        json.writeEndObject();
    }

    private void connection(ConnectionEntry entry) {
        json.writeStartObject();
        json.writeStringProperty("protocol", entry.protocolName().toLowerCase(Locale.ROOT));
        json.writeNumberProperty("expires", entry.expires());
        json.writeStringProperty("state", entry.state());
        json.writeBooleanProperty("template", entry.template());
        json.writeStringProperty("client", entry.client().toString());
        json.writeNumberProperty("client_port", entry.clientPort());
        json.writeStringProperty("virtual", entry.virtual().toString());
        json.writeNumberProperty("virtual_port", entry.virtualPort());
        json.writeStringProperty("server", entry.server().toString());
        json.writeNumberProperty("server_port", entry.serverPort());
        ConnectionEntry.Local local = entry.local();
        if (local != null) {
            json.writeStringProperty("local", local.address().toString());
            json.writeNumberProperty("local_port", local.port());
        }
        optional("pe", entry.callId() == null ? null : "sip");
        optional("pe_data", entry.callId());
        json.writeEndObject();
    }

    private void daemon(String role, @Nullable SyncDaemon daemon) {
        if (daemon != null) {
            json.writeStartObject();
            json.writeStringProperty("role", role);
            json.writeStringProperty("mcast_interface", daemon.network());
            json.writeNumberProperty("syncid", daemon.syncId());
            json.writeNumberProperty("sync_maxlen", daemon.maxLength());
            json.writeStringProperty("mcast_group", daemon.group().toString());
            json.writeNumberProperty("mcast_port", daemon.port());
            json.writeNumberProperty("mcast_ttl", daemon.ttl());
            json.writeEndObject();
        }
    }

    private void optional(String name, @Nullable String value) {
        if (value != null) {
            json.writeStringProperty(name, value);
        }
    }
}
