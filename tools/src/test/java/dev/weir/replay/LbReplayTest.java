package dev.weir.replay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LbReplayTest {
    private static final String GOOD = Recordings.resource("/recordings/forwarding-dr.jsonl").toString();

    @TempDir
    private Path folder = Path.of("set by JUnit");
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(String... arguments) {
        out.reset();
        err.reset();
        return new LbReplay(new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8)).run(List.of(arguments));
    }

    private String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String err() {
        return err.toString(StandardCharsets.UTF_8);
    }

    /** A copy of a good recording in which the kernel seems to have answered otherwise five times. */
    private String bad() throws IOException {
        Recording good = RecordingReader.read(Path.of(GOOD));
        List<Row> rows = good.rows().stream()
                .map(row -> row.outcome().answer() == null || row.atMilliseconds() > 1000
                        ? row
                        : row.with(new Outcome(new Outcome.Answer(7, "", ""), List.of(), false, null)))
                .toList();
        Path file = folder.resolve("bad.jsonl");
        RecordingWriter.write(new Recording("bad", good.topology(), rows), file);
        return file.toString();
    }

    @Test
    void saysHowManyStepsAgree() throws IOException {
        int steps = RecordingReader.read(Path.of(GOOD)).rows().size();
        assertThat(run(GOOD)).isZero();
        assertThat(out()).isEqualTo(steps + " of " + steps + " steps agree in 1 files\n");
    }

    @Test
    void printsTheFirstThreeDifferencesOfAFile() throws IOException {
        String bad = bad();
        assertThat(run(GOOD, bad)).isEqualTo(1);
        assertThat(out().lines().filter(line -> line.contains("exit: 7 became 0"))).hasSize(3);
        assertThat(out()).contains("bad step 1 (ipvsadm -A").contains("steps agree in 2 files");
    }

    @Test
    void printsAllDifferencesOrNoneWhereAsked() throws IOException {
        String bad = bad();
        assertThat(run("-v", bad)).isEqualTo(1);
        assertThat(out().lines().filter(line -> line.contains("exit: 7 became 0"))).hasSizeGreaterThan(3);
        assertThat(run("-q", bad)).isEqualTo(1);
        assertThat(out().lines()).singleElement().asString().endsWith("steps agree in 1 files");
    }

    @Test
    void writesWhatWeirDid() throws IOException {
        Path target = folder.resolve("new/folder");
        assertThat(run("-o", target.toString(), GOOD)).isZero();
        Recording golden = RecordingReader.read(Path.of(GOOD));
        assertThat(RecordingReader.read(target.resolve("forwarding-dr.jsonl"))).isEqualTo(Replay.play(golden));
    }

    @Test
    void doesNotOverwriteTheRecordingItself() throws IOException {
        Path copy = Files.copy(Path.of(GOOD), folder.resolve("copy.jsonl"));
        assertThat(run("-o", folder.toString(), copy.toString())).isEqualTo(2);
        assertThat(err()).contains("would be overwritten");
        assertThat(copy).hasSameTextualContentAs(Path.of(GOOD));
    }

    @Test
    void refusesABadFileWithItsLine() throws IOException {
        Path bad = Files.writeString(folder.resolve("x.jsonl"),
                Files.readAllLines(Path.of(GOOD)).get(0) + "\nrubbish\n");
        assertThat(run(bad.toString())).isEqualTo(2);
        assertThat(err()).startsWith("lb-replay: " + bad + ":2: ");
    }

    @Test
    void refusesAWrongCommandLine() {
        assertThat(run()).isEqualTo(2);
        assertThat(err()).contains("no recording is named");
        assertThat(run("--fast", GOOD)).isEqualTo(2);
        assertThat(err()).contains("unknown option --fast");
        assertThat(run(GOOD, "-o")).isEqualTo(2);
        assertThat(err()).contains("-o needs a name after it");
        assertThat(run("-v", "-q", GOOD)).isEqualTo(2);
        assertThat(err()).contains("contradict");
        assertThat(run("--port", "token-ring", GOOD)).isEqualTo(2);
        assertThat(err()).contains("--port is af-packet, af-xdp or pcap, not token-ring");
        assertThat(run("--pcap", "x.pcap", "--rules", "x", "-o", "y.pcap", "--port", "pcap")).isEqualTo(2);
        assertThat(err()).contains("--pcap goes neither with recordings nor with --port");
    }

    @Test
    void explainsItself() {
        assertThat(run("--help")).isZero();
        assertThat(out()).startsWith("usage: lb-replay ");
    }
}
