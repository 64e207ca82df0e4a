package dev.weir.lbctl;

import dev.weir.engine.DropReason;
import dev.weir.engine.Engines;
import dev.weir.engine.FrameCounters;
import dev.weir.engine.LocalPool;
import dev.weir.ipvsadm.LocalListing;
import dev.weir.port.Port;
import dev.weir.service.ServiceTable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import tools.jackson.core.JsonGenerator;

/** What the dataplane counts, for people and scripts, one line a thing: number first, then its name. */
public final class Counts {
    private final Engines engines;
    private final Supplier<Map<String, Long>> synchronisation;
    private final Map<String, List<Port>> interfaces = new LinkedHashMap<>();

    /**
     * @param ports           of all workers
     * @param synchronisation what its daemons count, each number with what it counts
     */
    public Counts(Engines engines, List<Port> ports, Supplier<Map<String, Long>> synchronisation) {
        this.engines = engines;
        this.synchronisation = synchronisation;
        ports.forEach(port -> interfaces.computeIfAbsent(port.name(), _ -> new ArrayList<>()).add(port));
    }

    String status() {
        FrameCounters counters = engines.counters();
        StringBuilder text = new StringBuilder();
        line(text, counters.received(), "frames received");
        line(text, counters.forwarded(), "frames forwarded");
        line(text, counters.handedBack(), "frames handed back to the host");
        line(text, counters.made(), "frames made by the director (ICMP errors)");
        line(text, counters.dropped(), "frames dropped; lb-ctl drops says why");
        line(text, counters.evicted(), "half-open connections ended to make room in the full table");
        interfaces.forEach((name, own) -> {
            line(text, receiveDrops(own), name + ": frames that found no room when they came");
            line(text, transmitErrors(own), name + ": frames that the kernel refused to send");
        });
        pools().forEach(pool -> pool.addresses().forEach(local -> line(text, local.connections(),
                "local address " + local.address() + (pool.service() == null ? "" : " of " + pool.service().name())
                        + ": connections; " + local.fullest() + " % of its ports to the fullest server, "
                        + local.refused() + " refused")));
        for (int worker = 0; engines.workers() > 1 && worker < engines.workers(); worker++) {
            FrameCounters own = engines.counters(worker);
            line(text, own.received(), "worker " + worker + ": frames received");
            line(text, own.passedOn(),
                    "worker " + worker + ": frames passed on to the worker that owns their connection");
        }
        adopted().forEach((name, count) -> line(text, count, name));
        synchronisation.get().forEach((name, count) -> line(text, count, "synchronisation: " + name));
        return text.toString();
    }

    /** What became of other directors' connections that did not come to stand here, where there were any. */
    private Map<String, Long> adopted() {
        Map<String, Long> counts = new LinkedHashMap<>();
        counts.put("connections of other directors that there was no room for", engines.synchronisation().refused());
        counts.put("connections under FULLNAT of other directors whose local address and port could not be had",
                engines.synchronisation().refusedEnds());
        counts.values().removeIf(count -> count == 0);
        return counts;
    }

    /** Those that are shared once, and of services only what is their own. */
    private List<LocalPool> pools() {
        ServiceTable services = engines.services().current();
        return LocalPool.all(services, services.all(), engines.localUse()).stream()
                .filter(pool -> pool.service() == null || !pool.shared()).toList();
    }

    private static long receiveDrops(List<Port> own) {
        return own.stream().mapToLong(Port::receiveDrops).sum();
    }

    private static long transmitErrors(List<Port> own) {
        return own.stream().mapToLong(Port::transmitErrors).sum();
    }

    void status(JsonGenerator json) {
        FrameCounters counters = engines.counters();
        json.writeObjectPropertyStart("frames");
        json.writeNumberProperty("received", counters.received());
        json.writeNumberProperty("forwarded", counters.forwarded());
        json.writeNumberProperty("handed_back", counters.handedBack());
        json.writeNumberProperty("made", counters.made());
        json.writeNumberProperty("dropped", counters.dropped());
        json.writeEndObject();
        json.writeNumberProperty("evicted", counters.evicted());
        json.writeArrayPropertyStart("interfaces");
        interfaces.forEach((name, own) -> {
            json.writeStartObject();
            json.writeStringProperty("name", name);
            json.writeNumberProperty("receive_drops", receiveDrops(own));
            json.writeNumberProperty("transmit_errors", transmitErrors(own));
            json.writeEndObject();
        });
        json.writeEndArray();
        json.writeArrayPropertyStart("synchronisation");
        synchronisation.get().forEach((name, count) -> {
            json.writeStartObject();
            json.writeStringProperty("name", name);
            json.writeNumberProperty("count", count);
            json.writeEndObject();
        });
        json.writeEndArray();
        json.writeObjectPropertyStart("refused_connections");
        json.writeNumberProperty("no_room", engines.synchronisation().refused());
        json.writeNumberProperty("local_end", engines.synchronisation().refusedEnds());
        json.writeEndObject();
        LocalListing.json(pools(), json);
        json.writeArrayPropertyStart("workers");
        for (int worker = 0; worker < engines.workers(); worker++) {
            FrameCounters own = engines.counters(worker);
            json.writeStartObject();
            json.writeNumberProperty("received", own.received());
            json.writeNumberProperty("passed_on", own.passedOn());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    String drops() {
        FrameCounters counters = engines.counters();
        StringBuilder text = new StringBuilder();
        for (DropReason reason : DropReason.values()) {
            line(text, counters.dropped(reason), name(reason) + ": " + reason.text());
        }
        return text.toString();
    }

    void drops(JsonGenerator json) {
        FrameCounters counters = engines.counters();
        json.writeObjectPropertyStart("drops");
        for (DropReason reason : DropReason.values()) {
            json.writeNumberProperty(name(reason), counters.dropped(reason));
        }
        json.writeEndObject();
    }

    /** A reason as lb-ctl and docs/drops.md name it. */
    public static String name(DropReason reason) {
        return reason.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static void line(StringBuilder text, long count, String name) {
        text.append(String.format(Locale.ROOT, "%14d  %s%n", count, name));
    }
}
