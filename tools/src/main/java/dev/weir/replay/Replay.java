package dev.weir.replay;

import dev.weir.engine.Engine;
import dev.weir.engine.EngineOptions;
import dev.weir.ipvsadm.Ipvsadm;
import dev.weir.ipvsadm.Result;
import dev.weir.ipvsadm.SyncDaemons;
import dev.weir.ipvsadm.SystemNames;
import dev.weir.port.MemoryPort;
import dev.weir.port.Port;
import dev.weir.route.StaticRoutes;
import dev.weir.service.Counters;
import dev.weir.service.Services;
import dev.weir.wire.Frame;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A director that lives through a recording: a real engine on the recording's topology and by its clock. One thread uses
 * it. Nothing in it depends on the machine, so one recording always comes to the same.
 */
public final class Replay implements AutoCloseable {
    private static final int CONNECTIONS = 1 << 16;
    private static final int BURST = 32;
    private static final int LINK_MTU = 1500;
    private static final long NANOS = 1_000_000;
    /** How far apart timers are looked at while nothing else happens. */
    private static final long TICK_MILLISECONDS = 100;
    /** The recorded host limits its ICMP errors in no way. */
    private static final EngineOptions OPTIONS = new EngineOptions(CONNECTIONS, 1, 0, true);

    private final Topology topology;
    private final List<MemoryPort> ports = new ArrayList<>();
    private final List<MemoryPort> handBack = new ArrayList<>();
    private final Frame[] burst = new Frame[BURST];
    private final PlainForwarding host;
    private final Engine engine;
    private final Ipvsadm ipvsadm;
    private long now;
    private long nextMeasurement = Counters.RATE_INTERVAL_SECONDS * 1000L;

    public Replay(Topology topology) {
        this.topology = topology;
        for (int i = 0; i < topology.links().size(); i++) {
            Topology.Link link = topology.links().get(i);
            int index = Topology.interfaceIndex(i);
            ports.add(new MemoryPort(link.name(), index, link.hardwareAddress()));
            handBack.add(new MemoryPort("host-" + link.name(), index, link.hardwareAddress()));
        }
        for (int i = 0; i < burst.length; i++) {
            burst[i] = new Frame();
        }
        StaticRoutes routes = topology.staticRoutes();
        host = new PlainForwarding(topology, routes);
        engine = new Engine(new Services(), routes, List.<Port>copyOf(ports),
                List.<Port>copyOf(handBack),
                OPTIONS, 0);
        ipvsadm = new Ipvsadm(engine, new SystemNames(WellKnownPorts.LINES), new SyncDaemons(this::mtu));
    }

    /** Plays a whole recording on a director of its own, and gives the same steps with what came of them. */
    public static Recording play(Recording recording) {
        try (Replay replay = new Replay(recording.topology())) {
            List<Row> rows = recording.rows().stream().map(row -> row.with(replay.play(row))).toList();
            return new Recording(recording.name(), recording.topology(), rows);
        }
    }

    /** Carries out one step. A fault of Weir's own fails the step and no other. */
    Outcome play(Row row) {
        try {
            advance(row.atMilliseconds());
            return switch (row.step()) {
                case Step.Ipvsadm(String arguments, String stdin) -> command(arguments, stdin == null ? "" : stdin);
                case Step.Arrival(FrameHex frame) -> arrive(frame);
                case Step.Sleep(long milliseconds) -> {
                    advance(row.atMilliseconds() + milliseconds);
                    yield outcome(null);
                }
                case Step.Mark mark -> Outcome.failed("Weir has no firewall marks yet");
                case Step.Sysctl(String key, String value) -> Outcome.failed("Weir has no setting " + key + " yet");
            };
        } catch (RuntimeException e) {
            return Outcome.failed(e + fault(e));
        }
    }

    private static String fault(RuntimeException e) {
        return e.getStackTrace().length == 0 ? "" : " at " + e.getStackTrace()[0];
    }

    /** Lets the clock run to a moment, timers on the way in their order. What they send belongs to the next step. */
    private void advance(long milliseconds) {
        while (milliseconds - now > TICK_MILLISECONDS) {
            now += TICK_MILLISECONDS;
            engine.tick(now * NANOS);
            measureRates();
        }
        now = Math.max(now, milliseconds);
        engine.tick(now * NANOS);
        measureRates();
    }

    private void measureRates() {
        if (now >= nextMeasurement) {
            engine.services().measureRates();
            nextMeasurement += Counters.RATE_INTERVAL_SECONDS * 1000L;
        }
    }

    private Outcome command(String arguments, String stdin) {
        Result result = ipvsadm.run(ShellWords.split(arguments), stdin);
        engine.tick(now * NANOS);
        return outcome(new Outcome.Answer(result.exit(), result.stdout(), result.stderr()));
    }

    private Outcome arrive(FrameHex frame) {
        outcome(null); // The recorder, too, forgets what was sent before it sends a frame.
        MemoryPort port = ports.get(place(frame.port()));
        port.put(frame.bytes());
        int count = port.receive(burst);
        engine.process(burst, count, now * NANOS);
        port.release();
        return outcome(null);
    }

    private Outcome outcome(Outcome.@Nullable Answer answer) {
        List<FrameHex> sent = new ArrayList<>();
        for (MemoryPort port : ports) {
            port.takeSent().forEach(copy -> sent.add(FrameHex.of(port.name(), copy.frame())));
        }
        boolean handedBack = false;
        for (MemoryPort port : handBack) {
            for (MemoryPort.Copy copy : port.takeSent()) {
                handedBack = true;
                FrameHex routed = host.route(copy.frame());
                if (routed != null) {
                    sent.add(routed);
                }
            }
        }
        return new Outcome(answer, sent, handedBack, null);
    }

    private int place(String link) {
        for (int i = 0; i < topology.links().size(); i++) {
            if (topology.links().get(i).name().equals(link)) {
                return i;
            }
        }
        return -1;
    }

    private int mtu(String link) {
        return place(link) < 0 ? -1 : LINK_MTU;
    }

    @Override
    public void close() {
        engine.close();
        ports.forEach(MemoryPort::close);
        handBack.forEach(MemoryPort::close);
    }
}
