package dev.weir.replay;

import dev.weir.client.ControlMessage.Answer;
import dev.weir.testbed.DirectorHost;
import dev.weir.testbed.FarEnd;
import dev.weir.testbed.LbdProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A recording over real interfaces and in real time: lbd runs on a host as the recording's, in a network namespace; its
 * frames come from raw sockets at the other ends of its wires, and what leaves is caught there. What the host's own stack
 * does, the kernel of this machine does. Needs root, and a network namespace of this process' own.
 */
final class WireReplay implements AutoCloseable {
    /** Enough for every recording; the default would only lock memory. */
    private static final String CONNECTIONS = "65536";
    private static final int SLOTS = 120;
    /** How long a frame that the kernel's IPVS sent is waited for: a machine may be busy. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(2);
    /** How long lbd is given to take a frame of which the kernel's IPVS made none. */
    private static final long SILENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(60);
    /** No frame for so long ends a step. */
    private static final long QUIET_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final long LOOK_MILLIS = 1;

    private final Topology topology;
    private final Path folder;
    private final DirectorHost host;
    private final Map<String, FarEnd> ends = new LinkedHashMap<>();
    private final LbdProcess lbd;
    private final List<FrameHex> caught = new ArrayList<>();

    private WireReplay(Topology topology, String port) throws IOException {
        this.topology = topology;
        folder = Files.createTempDirectory("weir-replay-");
        host = DirectorHost.make();
        try {
            furnish();
            List<String> options = new ArrayList<>(List.of("--port", port, "--connections", CONNECTIONS));
            topology.links().forEach(link -> options.addAll(List.of("--interface", link.name())));
            lbd = LbdProcess.start(host, folder, options, List.of());
        } catch (IOException e) {
            end();
            throw e;
        }
    }

    /**
     * Plays a whole recording on a director of its own, and gives the same steps with what came of them.
     *
     * @param port as {@code lbd --port} has it
     */
    static Recording play(Recording recording, String port) throws IOException {
        try (WireReplay replay = new WireReplay(recording.topology(), port)) {
            return new Recording(recording.name(), recording.topology(), replay.play(recording.rows()));
        }
    }

    /** Interfaces, addresses, routes and neighbours; all neighbours are known, as in the recording. */
    private void furnish() throws IOException {
        List<String> lines = new ArrayList<>();
        for (Topology.Link link : topology.links()) {
            String end = host.wire(link.name(), hardwareAddress(link.hardwareAddress()), 1);
            ends.put(link.name(), FarEnd.open(end, SLOTS));
            link.addresses().forEach(address -> lines.add(address(address, link.name())));
        }
        String first = topology.links().get(0).name();
        topology.virtual().forEach(
                ip -> lines.add(address(new Topology.Prefix(ip, ip.isV4() ? 32 : 128), first)));
        for (Topology.Route route : topology.routes()) {
            lines.add("route add " + route.to() + (route.gateway() == null ? "" : " via " + route.gateway()) + " dev "
                    + route.link());
        }
        topology.local().forEach(prefix -> lines.add("route add local " + prefix + " dev lo"));
        topology.neighbours().forEach(n -> lines.add("neigh replace " + n.address() + " dev " + n.link() + " lladdr "
                + hardwareAddress(n.hardwareAddress()) + " nud permanent"));
        host.ip(lines);
    }

    private static String address(Topology.Prefix prefix, String link) {
        return "addr add " + prefix + " dev " + link + (prefix.address().isV4() ? "" : " nodad");
    }

    private static String hardwareAddress(long address) {
        return HexFormat.ofDelimiter(":").formatHex(new byte[]{(byte) (address >> 40), (byte) (address >> 32),
                (byte) (address >> 24), (byte) (address >> 16), (byte) (address >> 8), (byte) address});
    }

    /** A step never begins before its time, nor sooner after the one before than it did in the recording. */
    private List<Row> play(List<Row> golden) throws IOException {
        List<Row> played = new ArrayList<>();
        long due = System.nanoTime();
        long begun = due;
        long at = 0;
        for (Row row : golden) {
            due = Math.max(System.nanoTime(), due + TimeUnit.MILLISECONDS.toNanos(row.atMilliseconds() - at));
            at = row.atMilliseconds();
            watchUntil(due);
            addLate(played);
            Outcome outcome = play(row);
            played.add(row.with(outcome).at(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun)));
        }
        return played;
    }

    /** What comes between two steps is of the one before. */
    private void addLate(List<Row> played) {
        if (!caught.isEmpty() && !played.isEmpty()) {
            Row last = played.removeLast();
            Outcome outcome = last.outcome();
            List<FrameHex> frames = new ArrayList<>(outcome.frames());
            frames.addAll(caught);
            played.add(last.with(new Outcome(outcome.answer(), frames, outcome.host(), outcome.failure())));
        }
        caught.clear();
    }

    private Outcome play(Row row) throws IOException {
        int expected = frames(row.outcome().frames());
        Outcome.Answer answer = null;
        switch (row.step()) {
            case Step.Ipvsadm(String arguments, String stdin) ->
                answer = ask("ipvsadm", ShellWords.split(arguments), stdin == null ? "" : stdin);
            case Step.Arrival(FrameHex frame) -> arrive(frame, expected > 0);
            case Step.Sleep(long milliseconds) ->
                watchUntil(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(milliseconds));
            case Step.Mark(String rule) -> {
                List<String> words = new ArrayList<>(List.of("-A", "PREROUTING"));
                words.addAll(ShellWords.split(rule));
                if (rule.contains("::")) {
                    words.addFirst("-6");
                }
                succeed("lb-mark", words);
            }
            case Step.Ip(String arguments) -> host.ip(List.of(arguments));
            case Step.Proc(String file) -> {
                return Outcome.failed("over real interfaces there is no /proc/" + file);
            }
            case Step.Sysctl(String key, String value) -> succeed("lb-sysctl", List.of("-q", key + "=" + value));
        }
        awaitFrames(expected);
        List<FrameHex> frames = List.copyOf(caught);
        caught.clear();
        return new Outcome(answer, frames, false, null);
    }

    private void arrive(FrameHex frame, boolean answered) throws IOException {
        FarEnd end = ends.get(frame.port());
        if (end == null) {
            throw new IOException("there is no interface " + frame.port());
        }
        long before = received();
        end.send(frame.bytes());
        end.flush();
        long deadline = System.nanoTime() + SILENCE_NANOS;
        while (!answered && received() == before && System.nanoTime() - deadline < 0) {
            watchUntil(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LOOK_MILLIS));
        }
    }

    private long received() throws IOException {
        return lbd.number(List.of("lb-ctl", "status"), "frames received");
    }

    /** Until the expected number has come, and then nothing more. */
    private void awaitFrames(int expected) throws IOException {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (frames(caught) < expected && System.nanoTime() - deadline < 0) {
            watchUntil(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LOOK_MILLIS));
        }
        int before;
        do {
            before = caught.size();
            watchUntil(System.nanoTime() + QUIET_NANOS);
        } while (caught.size() > before);
    }

    private int frames(List<FrameHex> all) {
        return (int) all.stream().filter(frame -> !FreeFields.isHousekeeping(frame.bytes(), topology)).count();
    }

    private void watchUntil(long moment) throws IOException {
        do {
            ends.forEach((name, end) -> end.receive((memory, start, length) -> caught.add(FrameHex.of(name,
                    memory.asSlice(start, length).toArray(ValueLayout.JAVA_BYTE)))));
            long left = moment - System.nanoTime();
            if (left > 0) {
                sleep(Math.min(left, TimeUnit.MILLISECONDS.toNanos(LOOK_MILLIS)));
            }
        } while (System.nanoTime() - moment < 0);
    }

    private static void sleep(long nanos) throws IOException {
        try {
            TimeUnit.NANOSECONDS.sleep(nanos);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private Outcome.Answer ask(String tool, List<String> arguments, String stdin) throws IOException {
        List<String> words = new ArrayList<>(List.of(tool));
        words.addAll(arguments);
        Answer answer = lbd.ask(words, stdin);
        return new Outcome.Answer(answer.exit(), answer.stdout(), answer.stderr());
    }

    private void succeed(String tool, List<String> arguments) throws IOException {
        Outcome.Answer answer = ask(tool, arguments, "");
        if (answer.exit() != 0) {
            throw new IOException(tool + " " + String.join(" ", arguments) + ": " + answer.stderr().strip());
        }
    }

    private void end() {
        ends.values().forEach(FarEnd::close);
        host.close();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        lbd.close();
        end();
    }
}
