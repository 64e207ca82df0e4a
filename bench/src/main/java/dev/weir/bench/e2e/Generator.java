package dev.weir.bench.e2e;

import dev.weir.sys.Link;
import dev.weir.sys.SystemException;
import dev.weir.wire.IpAddress;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** The load on core 0: a {@link FloodProgram} and the process that runs it, with the {@link SinkProgram} at the other end. */
final class Generator implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    /** Between a change of the rate and the first reading. */
    private static final Duration SETTLING = Duration.ofMillis(50);

    private final FloodProgram program;
    private final SinkProgram sink;
    private final Process process;
    private long flows = 1;

    /**
     * What passed in a time.
     *
     * @param offered   frames a second that the generator sent
     * @param delivered frames a second that came to the server
     */
    record Passed(double offered, double delivered) {
        double loss() {
            return offered == 0 ? 0 : 1 - delivered / offered;
        }
    }

    private Generator(FloodProgram program, SinkProgram sink, Process process) {
        this.program = program;
        this.sink = sink;
        this.process = process;
    }

    /** @param destination an IPv4 address to send to, by the director */
    static Generator start(Lab lab, String destination) throws IOException {
        Link link = lab.inside(Lab.Role.CLIENT, () -> Link.byName(lab.client));
        long director = lab.inside(Lab.Role.DIRECTOR, () -> Link.byName(lab.outside).hardwareAddress());
        SinkProgram sink = SinkProgram.attach(lab);
        FloodProgram program = new FloodProgram(
                new FloodFrame(director, link.hardwareAddress(), IpAddress.parse(destination).v4Bits()), link.index());
        Process process = lab.start(Lab.Role.CLIENT, "flood", List.of("taskset", "-c", "0",
                ProcessHandle.current().info().command().orElse("java"), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
                "-Xmx32m", "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"),
                Flood.class.getName(), String.valueOf(program.id())));
        Generator generator = new Generator(program, sink, process);
        try {
            generator.awaitFirst(lab);
            return generator;
        } catch (IOException | RuntimeException e) {
            generator.close();
            throw e;
        }
    }

    private void awaitFirst(Lab lab) throws IOException {
        rate(1000);
        Shell.await("the generator sent nothing", process, lab.log("flood"), Duration.ofSeconds(10), () -> {
            try {
                return program.sent() > 0;
            } catch (SystemException e) {
                throw new IllegalStateException(e);
            }
        });
        rate(0);
    }

    /** The flows from now on, 1 to {@link FloodFrame#MOST_FLOWS}, beginning with the first. */
    void flows(long number) throws IOException {
        rate(0);
        Shell.sleep(Duration.ofMillis(2));
        flows = number;
        program.begin(0);
    }

    void rate(long perSecond) throws SystemException {
        program.rate(perSecond, flows);
    }

    /** Sends at that rate and goes on so; what passed is counted after a short settling. */
    Passed run(long perSecond, Duration time) throws IOException {
        rate(perSecond);
        Shell.sleep(SETTLING);
        return count(time);
    }

    /** The next frame begins with that flow. */
    void skip(long firstFlow) throws SystemException {
        program.begin(firstFlow);
    }

    /** Sends at that rate for a time, and counts all of it. */
    Passed burst(long perSecond, Duration time) throws IOException {
        long sent = program.sent();
        long came = sink.came();
        long began = System.nanoTime();
        rate(perSecond);
        Shell.sleep(time);
        double delivered = sink.came() - came;
        rate(0);
        double seconds = (System.nanoTime() - began) / 1e9;
        double offered = program.sent() - sent;
        Shell.sleep(SETTLING);
        return new Passed(offered / seconds, delivered / seconds);
    }

    Passed count(Duration time) throws IOException {
        long sent = program.sent();
        long came = sink.came();
        long began = System.nanoTime();
        Shell.sleep(time);
        long sentThen = program.sent();
        long cameThen = sink.came();
        double seconds = (System.nanoTime() - began) / 1e9;
        return new Passed((sentThen - sent) / seconds, (cameThen - came) / seconds);
    }

    /** Frames that came to the server since the beginning. */
    long came() throws SystemException {
        return sink.came();
    }

    long sent() throws SystemException {
        return program.sent();
    }

    SinkProgram sink() {
        return sink;
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly();
        Shell.stop(process, PATIENCE);
        program.close();
        sink.close();
    }
}
