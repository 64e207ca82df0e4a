package dev.weir.ipvsadm;

import dev.weir.engine.LocalPool;
import dev.weir.service.ServiceKey;
import java.util.List;
import java.util.Locale;
import tools.jackson.core.JsonGenerator;

/** -G: local addresses and how much of each is in use, as numbers in DPVS's columns and two more. */
public final class LocalListing {
    private static final String SHARED = "shared";

    private LocalListing() {
    }

    static String text(List<LocalPool> pools, Endpoints endpoints) {
        StringBuilder out = new StringBuilder(
                row("Prot VIP:VPORT", "TOTAL", "SNAT_IP", "REFUSED", "CONNS", "PORTS", "FULLEST"));
        for (LocalPool pool : pools) {
            ServiceKey service = pool.service();
            out.append(row(service == null ? SHARED : ServiceListing.name(service, endpoints),
                    service != null && pool.shared() ? SHARED : Integer.toString(pool.addresses().size()), "", "", "",
                    "",
                    ""));
            pool.addresses().forEach(local -> out.append(row("", "", local.address().toString(),
                    Long.toString(local.refused()), Long.toString(local.connections()), Long.toString(local.ports()),
                    local.fullest() + "%")));
        }
        return out.toString();
    }

    private static String row(String... columns) {
        return String.format(Locale.ROOT, "%-25s %-8s %-20s %-10s %-10s %-10s %s", (Object[]) columns).stripTrailing()
                + "\n";
    }

    /** Writes the property {@code local_pools} into an object that is open. */
    public static void json(List<LocalPool> pools, JsonGenerator json) {
        json.writeArrayPropertyStart("local_pools");
        for (LocalPool pool : pools) {
            json.writeStartObject();
            ServiceKey service = pool.service();
            if (service != null) {
                JsonListing.key(json, service);
            }
            json.writeBooleanProperty(SHARED, pool.shared());
            json.writeArrayPropertyStart("addresses");
            for (LocalPool.Use local : pool.addresses()) {
                json.writeStartObject();
                json.writeStringProperty("address", local.address().toString());
                json.writeNumberProperty("connections", local.connections());
                json.writeNumberProperty("ports", local.ports());
                json.writeNumberProperty("fullest_percent", local.fullest());
                json.writeNumberProperty("refused", local.refused());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        json.writeEndArray();
    }
}
