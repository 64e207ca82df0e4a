package dev.weir.replay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.port.CaptureFile;
import dev.weir.port.PcapFilePort;
import dev.weir.wire.Frame;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The frames of the recording forwarding-nat-tcp as a capture. Needs libpcap (Debian: libpcap0.8). */
class CaptureReplayTest {
    private static final long BEGAN = 1_700_000_000_000_000_000L;
    private static final String RULES = """
            -A -t 172.25.254.200:80 -s rr
            -a -t 172.25.254.200:80 -r 192.168.0.10:8080 -m -w 1
            -a -t 172.25.254.200:80 -r 192.168.0.20:8080 -m -w 1
            """;

    @TempDir
    private Path folder = Path.of("set by JUnit");
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private List<String> golden = List.of();

    @BeforeEach
    void capture() throws IOException {
        Recording recording = Recordings.read("forwarding-nat-tcp");
        try (CaptureFile capture = CaptureFile.create(folder.resolve("in.pcap"), 1 << 20)) {
            for (Row row : recording.rows()) {
                if (row.step() instanceof Step.Arrival arrival) {
                    byte[] bytes = arrival.frame().bytes();
                    byte[] roomy = new byte[Frame.HEADROOM + bytes.length];
                    System.arraycopy(bytes, 0, roomy, Frame.HEADROOM, bytes.length);
                    Frame frame = new Frame();
                    frame.set(MemorySegment.ofArray(roomy), Frame.HEADROOM, bytes.length, 0);
                    capture.write(frame, BEGAN + row.atMilliseconds() * 1_000_000);
                }
            }
        }
        golden = recording.rows().stream().flatMap(row -> row.outcome().frames().stream()).map(FrameHex::hex).toList();
        Files.writeString(folder.resolve("rules"), RULES);
        Files.writeString(folder.resolve("topology"),
                Files.readAllLines(Recordings.resource("/recordings/forwarding-nat-tcp.jsonl")).get(0) + "\n");
    }

    private int run(String rules, String... more) {
        List<String> arguments = new ArrayList<>(
                List.of("--pcap", file("in.pcap"), "--rules", file(rules), "-o", file("out.pcap")));
        arguments.addAll(List.of(more));
        return new LbReplay(new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8)).run(arguments);
    }

    private String file(String name) {
        return folder.resolve(name).toString();
    }

    private List<String> written(List<Long> times) throws IOException {
        List<String> frames = new ArrayList<>();
        Frame[] burst = {new Frame()};
        try (PcapFilePort port = PcapFilePort.open("x", 1, 0, folder.resolve("out.pcap"), null, () -> Long.MAX_VALUE)) {
            for (OptionalLong next = port.nextArrival(); next.isPresent(); next = port.nextArrival()) {
                times.add(next.getAsLong());
                port.receive(burst);
                frames.add(HexFormat.of().formatHex(burst[0].memory().asSlice(burst[0].start(), burst[0].length())
                        .toArray(ValueLayout.JAVA_BYTE)));
                port.release();
            }
        }
        return frames;
    }

    @Test
    void sendsWhatTheKernelSentAtTheCapturesTimes() throws IOException {
        assertThat(run("rules", "--topology", file("topology"))).as(err::toString).isZero();
        List<Long> times = new ArrayList<>();
        assertThat(written(times)).isEqualTo(golden);
        assertThat(times).isSorted().allMatch(time -> time > BEGAN && time < BEGAN + 10_000_000_000L);
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("8 frames received\n", "8 sent on\n", "0 dropped\n");
    }

    @Test
    void inventsTheDirectorFromTheFirstPacketForAService() throws IOException {
        assertThat(run("rules")).as(err::toString).isZero();
        // What came in on the other interface was addressed to its MAC address: no frame of this director's.
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("8 frames received\n", "4 sent on\n", "4 OTHER_HOST");
        assertThat(written(new ArrayList<>())).hasSize(4)
                .allMatch(frame -> frame.startsWith("0204c0a800" + "14" + "020000000001")
                        || frame.startsWith("0204c0a8000a020000000001"));
    }

    @Test
    void refusesABadRuleWithItsLine() throws IOException {
        Files.writeString(folder.resolve("bad"), RULES + "-a -t 172.25.254.200:81 -r 192.168.0.10:80 -m\n");
        assertThat(run("bad")).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8)).startsWith("lb-replay: " + file("bad") + ":4: ");
    }

    @Test
    void refusesACaptureThatNoServiceIsIn() throws IOException {
        Files.writeString(folder.resolve("others"), "-A -t 10.9.9.9:80 -s rr\n");
        assertThat(run("others")).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("no packet in it is for a service", "--topology");
    }

    @Test
    void refusesFilesThatAreNoneAndOnesItWouldOverwrite() throws IOException {
        assertThat(run("no-such-rules")).isEqualTo(2);
        Files.writeString(folder.resolve("in.pcap"), "this is no capture");
        assertThat(run("rules")).isEqualTo(2);
        assertThat(run("rules", "-o", file("in.pcap"))).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8).lines()).satisfiesExactly(
                rules -> assertThat(rules).endsWith("no-such-rules: no such file"),
                capture -> assertThat(capture).contains("in.pcap"),
                same -> assertThat(same).contains("would be overwritten"));
    }
}
