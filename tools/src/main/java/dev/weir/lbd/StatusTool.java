package dev.weir.lbd;

import dev.weir.client.ControlMessage.Answer;
import dev.weir.engine.DropReason;
import dev.weir.engine.Engines;
import dev.weir.engine.FrameCounters;
import dev.weir.port.Port;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** lbctl: what the director counts, for people and scripts, one line a thing: number first, then its name; and sysctl. */
final class StatusTool implements ControlThread.Tool {
    private static final String USAGE = "usage: lbctl status|drops|sysctl [KEY[=VALUE]]...|check-path VIP:PORT SERVER\n";

    private final Engines engines;
    private final List<Port> ports;
    private final SysctlTool sysctl;

    /** @param ports of all workers */
    StatusTool(Engines engines, List<Port> ports, SysctlTool sysctl) {
        this.engines = engines;
        this.ports = ports;
        this.sysctl = sysctl;
    }

    @Override
    public Answer run(List<String> arguments, String stdin) {
        if (!arguments.isEmpty() && arguments.getFirst().equals("sysctl")) {
            return sysctl.run(arguments.subList(1, arguments.size()), stdin);
        }
        return switch (String.join(" ", arguments)) {
            case "status", "" -> new Answer(0, status(), "");
            case "drops" -> new Answer(0, drops(), "");
            case "--help", "-h" -> new Answer(0, USAGE, "");
            default -> new Answer(2, "", USAGE);
        };
    }

    private String status() {
        FrameCounters counters = engines.counters();
        StringBuilder text = new StringBuilder();
        line(text, counters.received(), "frames received");
        line(text, counters.forwarded(), "frames forwarded");
        line(text, counters.handedBack(), "frames handed back to the host");
        line(text, counters.made(), "frames made by the director (ICMP errors)");
        line(text, counters.dropped(), "frames dropped; lbctl drops says why");
        line(text, counters.evicted(), "half-open connections ended to make room in the full table");
        Map<String, List<Port>> interfaces = new LinkedHashMap<>();
        ports.forEach(port -> interfaces.computeIfAbsent(port.name(), _ -> new ArrayList<>()).add(port));
        interfaces.forEach((name, own) -> {
            line(text, own.stream().mapToLong(Port::receiveDrops).sum(),
                    name + ": frames that found no room when they came");
            line(text, own.stream().mapToLong(Port::transmitErrors).sum(),
                    name + ": frames that the kernel refused to send");
        });
        for (int worker = 0; engines.workers() > 1 && worker < engines.workers(); worker++) {
            FrameCounters own = engines.counters(worker);
            line(text, own.received(), "worker " + worker + ": frames received");
            line(text, own.passedOn(),
                    "worker " + worker + ": frames passed on to the worker that owns their connection");
        }
        return text.toString();
    }

    private String drops() {
        FrameCounters counters = engines.counters();
        StringBuilder text = new StringBuilder();
        for (DropReason reason : DropReason.values()) {
            line(text, counters.dropped(reason), name(reason) + ": " + reason.text());
        }
        return text.toString();
    }

    /** A reason as lbctl and docs/drops.md name it. */
    static String name(DropReason reason) {
        return reason.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static void line(StringBuilder text, long count, String name) {
        text.append(String.format(Locale.ROOT, "%14d  %s%n", count, name));
    }
}
