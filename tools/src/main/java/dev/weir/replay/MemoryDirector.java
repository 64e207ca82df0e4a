package dev.weir.replay;

import dev.weir.engine.Engine;
import dev.weir.engine.EngineOptions;
import dev.weir.engine.Engines;
import dev.weir.engine.FrameCounters;
import dev.weir.engine.WorkerPorts;
import dev.weir.ipvsadm.Ipvsadm;
import dev.weir.ipvsadm.Result;
import dev.weir.ipvsadm.SyncDaemons;
import dev.weir.ipvsadm.SystemNames;
import dev.weir.mark.text.MarkTable;
import dev.weir.mark.text.PortNames;
import dev.weir.mark.text.RuleException;
import dev.weir.mark.text.RuleParser;
import dev.weir.mark.text.TextRule;
import dev.weir.port.MemoryPort;
import dev.weir.port.Port;
import dev.weir.proc.ProcText;
import dev.weir.route.Routes;
import dev.weir.service.Counters;
import dev.weir.service.Services;
import dev.weir.wire.Frame;
import java.util.ArrayList;
import java.util.List;

/** A real engine between memory ports, one a link of a topology, whose clock its owner moves. One thread uses it. */
final class MemoryDirector implements AutoCloseable {
    private static final int CONNECTIONS = 1 << 16;
    private static final String PREROUTING = "PREROUTING";
    private static final int LINK_MTU = 1500;
    /** How far apart timers are looked at while nothing else happens. */
    private static final long TICK_NANOS = 100_000_000;
    private static final long RATES_NANOS = Counters.RATE_INTERVAL_SECONDS * 1_000_000_000L;
    /** Limits ICMP errors in no way, as the recorded host. */
    private static final EngineOptions OPTIONS = new EngineOptions(CONNECTIONS, 1, 0, true);

    private final Topology topology;
    private final List<MemoryPort> ports = new ArrayList<>();
    private final List<MemoryPort> handBack = new ArrayList<>();
    private final Frame[] burst = {new Frame()};
    private final Engines engines;
    private final Engine worker;
    private final Ipvsadm ipvsadm;
    private final MemorySync sync;
    private MarkTable marksV4 = MarkTable.EMPTY_V4;
    private MarkTable marksV6 = MarkTable.EMPTY_V6;
    private long now;
    private long nextMeasurement;

    /** @param now nanoseconds, of the clock that {@link #advance} moves */
    MemoryDirector(Topology topology, Routes routes, long now) {
        this.topology = topology;
        this.now = now;
        nextMeasurement = now + RATES_NANOS;
        for (int i = 0; i < topology.links().size(); i++) {
            Topology.Link link = topology.links().get(i);
            int index = Topology.interfaceIndex(i);
            ports.add(new MemoryPort(link.name(), index, link.hardwareAddress()));
            handBack.add(new MemoryPort("host-" + link.name(), index, link.hardwareAddress()));
        }
        engines = new Engines(new Services(), routes,
                List.of(new WorkerPorts(List.<Port>copyOf(ports), List.<Port>copyOf(handBack))), OPTIONS, now);
        worker = engines.engine(0);
        sync = new MemorySync(engines, topology);
        ipvsadm = new Ipvsadm(engines, new SystemNames(WellKnownPorts.LINES),
                new SyncDaemons(this::mtu, sync));
    }

    /** Lets the clock run to a moment, timers on the way in their order. */
    void advance(long nanos) {
        while (nanos - now > TICK_NANOS) {
            tick(now + TICK_NANOS);
        }
        tick(Math.max(now, nanos));
    }

    private void tick(long nanos) {
        now = nanos;
        worker.tick(now);
        sync.tick(now);
        if (now >= nextMeasurement) {
            engines.estimate();
            nextMeasurement += RATES_NANOS;
        }
    }

    Result ipvsadm(List<String> arguments, String stdin) {
        Result result = ipvsadm.run(arguments, stdin);
        worker.tick(now);
        return result;
    }

    /** What a file of IPVS under /proc holds. */
    String proc(String file) {
        return ProcText.of(file, engines);
    }

    /** @throws IllegalArgumentException where Weir has no such setting, or not that value of it */
    void sysctl(String key, String value) {
        engines.settings(engines.settings().with(key, value));
    }

    /**
     * Adds a rule.
     *
     * @param arguments behind {@code iptables -t mangle -A PREROUTING}, or ip6tables' where they have "::" in them
     * @throws IllegalArgumentException where Weir cannot do it
     */
    void mark(String arguments) {
        boolean v4 = !arguments.contains("::");
        try {
            List<TextRule> rules = new ArrayList<>(marks(v4).chains().getOrDefault(PREROUTING, List.of()));
            rules.addAll(RuleParser.parse(ShellWords.split(arguments), v4, PortNames.NONE));
            MarkTable changed = marks(v4).with(PREROUTING, rules);
            if (v4) {
                marksV4 = changed;
            } else {
                marksV6 = changed;
            }
            engines.markRules(marksV4.rules().then(marksV6.rules()));
        } catch (RuleException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    private MarkTable marks(boolean v4) {
        return v4 ? marksV4 : marksV6;
    }

    /** A frame reaches the director. */
    void arrive(String link, byte[] frame) {
        MemoryPort port = ports.get(place(link));
        port.put(frame);
        worker.process(burst, port.receive(burst), now);
        port.release();
        sync.tick(now);
    }

    /** What was sent since the last call, in order for each port. */
    List<FrameHex> takeSent() {
        List<FrameHex> sent = new ArrayList<>();
        for (MemoryPort port : ports) {
            port.takeSent().forEach(copy -> sent.add(FrameHex.of(port.name(), copy.frame())));
        }
        sent.addAll(sync.takeSent());
        return sent;
    }

    /** What was left to the host since the last call, but for what a backup took in. */
    List<byte[]> takeHandedBack() {
        List<byte[]> frames = new ArrayList<>();
        for (int place = 0; place < handBack.size(); place++) {
            String link = ports.get(place).name();
            handBack.get(place).takeSent().forEach(copy -> {
                if (!sync.receive(link, copy.frame())) {
                    frames.add(copy.frame());
                }
            });
        }
        return frames;
    }

    FrameCounters counters() {
        return engines.counters();
    }

    int waiting() {
        return engines.waiting();
    }

    Services services() {
        return engines.services();
    }

    private int place(String link) {
        for (int i = 0; i < ports.size(); i++) {
            if (topology.links().get(i).name().equals(link)) {
                return i;
            }
        }
        throw new IllegalArgumentException("there is no interface " + link);
    }

    private int mtu(String link) {
        return topology.links().stream().anyMatch(known -> known.name().equals(link)) ? LINK_MTU : -1;
    }

    @Override
    public void close() {
        engines.close();
        ports.forEach(MemoryPort::close);
        handBack.forEach(MemoryPort::close);
    }
}
