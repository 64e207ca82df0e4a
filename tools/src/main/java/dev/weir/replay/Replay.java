package dev.weir.replay;

import dev.weir.ipvsadm.Result;
import dev.weir.route.StaticRoutes;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A director that lives through a recording: a real engine on the recording's topology and by its clock. One thread uses
 * it. Nothing in it depends on the machine, so one recording always comes to the same.
 */
public final class Replay implements AutoCloseable {
    private static final long NANOS = 1_000_000;
    private final HostStack host;
    private final MemoryDirector director;
    private final PolicyRouting policy;

    public Replay(Topology topology) {
        StaticRoutes routes = topology.staticRoutes();
        policy = new PolicyRouting(topology, routes);
        host = new HostStack(topology, routes);
        director = new MemoryDirector(topology, routes, 0);
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
            director.advance(row.atMilliseconds() * NANOS);
            return switch (row.step()) {
                case Step.Ipvsadm(String arguments, String stdin) -> {
                    Result result = director.ipvsadm(ShellWords.split(arguments), stdin == null ? "" : stdin);
                    yield outcome(new Outcome.Answer(result.exit(), result.stdout(), result.stderr()));
                }
                case Step.Arrival(FrameHex frame) -> {
                    outcome(null); // The recorder, too, forgets what was sent before it sends a frame.
                    director.arrive(frame.port(), frame.bytes());
                    yield outcome(null);
                }
                case Step.Sleep(long milliseconds) -> {
                    director.advance((row.atMilliseconds() + milliseconds) * NANOS);
                    yield outcome(null);
                }
                case Step.Mark(String rule) -> {
                    director.mark(rule);
                    yield outcome(null);
                }
                case Step.Ip(String arguments) -> {
                    policy.ip(ShellWords.split(arguments));
                    yield outcome(null);
                }
                case Step.Proc(String file) -> outcome(new Outcome.Answer(0, director.proc(file), ""));
                case Step.Sysctl(String key, String value) -> {
                    director.sysctl(key, value);
                    yield outcome(null);
                }
            };
        } catch (RuntimeException e) {
            return Outcome.failed(e + (e.getStackTrace().length == 0 ? "" : " at " + e.getStackTrace()[0]));
        }
    }

    private Outcome outcome(Outcome.@Nullable Answer answer) {
        List<FrameHex> sent = new ArrayList<>(director.takeSent());
        List<byte[]> handedBack = director.takeHandedBack();
        for (byte[] frame : handedBack) {
            FrameHex routed = host.route(frame);
            if (routed != null) {
                sent.add(routed);
            }
        }
        return new Outcome(answer, sent, !handedBack.isEmpty(), null);
    }

    @Override
    public void close() {
        director.close();
    }
}
