package dev.weir.replay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ComparisonTest {
    static List<Path> files() {
        return Recordings.files();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("files")
    void aRecordingAgreesWithItselfInEveryStep(Path file) throws IOException {
        Recording recording = RecordingReader.read(file);
        Comparison.Result result = Comparison.compare(recording, recording);
        assertThat(result.differences()).isEmpty();
        assertThat(result.agrees()).isTrue();
        assertThat(result.steps()).isEqualTo(recording.rows().size()).isPositive();
    }

    /** Each frame that was sent, changed in each of its bytes in turn, is another frame, but for bytes that are free. */
    @ParameterizedTest
    @CsvSource({"forwarding-nat-tcp", "forwarding-dr-ipv6", "forwarding-tunnel-types",
            "forwarding-tunnel-across-families",
            "sync-master"})
    void everyChangedByteOfASentFrameIsReportedUnlessItIsFree(String name) throws IOException {
        Recording golden = Recordings.read(name);
        Comparison comparison = new Comparison(golden.topology());
        int compared = 0;
        for (Row row : golden.rows()) {
            for (int i = 0; i < row.outcome().frames().size(); i++) {
                FrameHex frame = row.outcome().frames().get(i);
                for (int at = 0; at < frame.bytes().length; at++) {
                    byte[] bytes = frame.bytes();
                    bytes[at] ^= 1;
                    if (!isFree(bytes, at) && !changesHousekeeping(at)) {
                        Row changed = withFrame(row, i, FrameHex.of(frame.port(), bytes));
                        assertThat(comparison.difference(row, changed)).as("%s byte %d of %s", row.title(), at, frame)
                                .startsWith("frames: ");
                        compared++;
                    }
                }
            }
        }
        assertThat(compared).isGreaterThan(200);
    }

    /** By the head of tools/oracle/compare.py, for frames of these recordings; changed bytes included. */
    private static boolean isFree(byte[] frame, int at) {
        boolean v4 = frame[12] == 8;
        boolean directors = v4 && (frame[26] & 255) == 192 && frame[29] == 100;
        boolean gue = v4 ? directors && frame[23] == 17 && frame[36] == 0x17 : frame[20] == 17 && frame[56] == 0x17;
        boolean sync = directors && (frame[30] & 255) >= 224;
        int udp = v4 ? 34 : 54;
        boolean udpSource = at == udp || at == udp + 1 || at == udp + 6 || at == udp + 7;
        return sync && (at >= 15 && at < 26 || udpSource) || directors && (at == 18 || at == 19 || at == 24 || at == 25)
                || gue && udpSource;
    }

    /** The type of the frame and the protocol decide what is compared at all. */
    private static boolean changesHousekeeping(int at) {
        return at == 12 || at == 13 || at == 16 || at == 17 || at == 23 || at == 20;
    }

    private static Row withFrame(Row row, int place, FrameHex frame) {
        List<FrameHex> frames = new ArrayList<>(row.outcome().frames());
        frames.set(place, frame);
        return row.with(new Outcome(row.outcome().answer(), frames, row.outcome().host(), null));
    }

    private static Row withFrames(Row row, List<FrameHex> frames) {
        return row.with(new Outcome(row.outcome().answer(), frames, row.outcome().host(), null));
    }

    private static Row sentOn(Recording recording) {
        return recording.rows().stream().filter(row -> !row.outcome().frames().isEmpty()).findFirst().orElseThrow();
    }

    @Test
    void aFrameTooFewTooManyOrOnAnotherPortIsReported() throws IOException {
        Recording golden = Recordings.read("forwarding-nat-tcp");
        Comparison comparison = new Comparison(golden.topology());
        Row row = sentOn(golden);
        FrameHex frame = row.outcome().frames().get(0);
        assertThat(comparison.difference(row, withFrames(row, List.of()))).contains("became: none");
        assertThat(comparison.difference(row, withFrames(row, List.of(frame, frame)))).startsWith("frames: ");
        assertThat(comparison.difference(row, withFrames(row, List.of(new FrameHex("eth0", frame.hex())))))
                .contains("became: eth0 ");
    }

    @Test
    void theOrderOfFramesCountsOnOnePortOnly() throws IOException {
        Recording golden = Recordings.read("forwarding-dr");
        Comparison comparison = new Comparison(golden.topology());
        Row row = sentOn(golden);
        FrameHex one = row.outcome().frames().get(0);
        byte[] changed = one.bytes();
        changed[0] ^= 4;
        FrameHex two = FrameHex.of(one.port(), changed);
        FrameHex elsewhere = new FrameHex("eth0", one.hex());
        Row both = withFrames(row, List.of(one, two, elsewhere));
        assertThat(comparison.difference(both, withFrames(row, List.of(elsewhere, one, two)))).isNull();
        assertThat(comparison.difference(both, withFrames(row, List.of(two, one, elsewhere)))).isNotNull();
    }

    @Test
    void paddingAndTheHostsOwnTrafficAreLeftOut() throws IOException {
        Recording golden = Recordings.read("forwarding-nat-tcp");
        Comparison comparison = new Comparison(golden.topology());
        Row row = sentOn(golden);
        FrameHex frame = row.outcome().frames().get(0);
        byte[] padded = Arrays.copyOf(frame.bytes(), frame.bytes().length + 6);
        Arrays.fill(padded, frame.bytes().length, padded.length, (byte) 0x5a);
        assertThat(comparison.difference(row, withFrame(row, 0, FrameHex.of(frame.port(), padded)))).isNull();
        FrameHex arp = new FrameHex("eth1", "ffffffffffff0200000000020806" + "00".repeat(28));
        assertThat(comparison.difference(row, withFrames(row, List.of(arp, frame)))).isNull();
        FrameHex solicitation = new FrameHex("eth1",
                "3333ff00000a02000000000286dd" + "6000000000203aff" + "00".repeat(32) + "87" + "00".repeat(31));
        assertThat(comparison.difference(row, withFrames(row, List.of(solicitation, frame)))).isNull();
        FrameHex unreachable = new FrameHex("eth1",
                "3333ff00000a02000000000286dd" + "6000000000203aff" + "00".repeat(32) + "01" + "00".repeat(31));
        assertThat(comparison.difference(row, withFrames(row, List.of(unreachable, frame)))).isNotNull();
    }

    @Test
    void everyFrameIsComparedWhateverItsLengthWithoutAnException() throws IOException {
        Recording golden = Recordings.read("forwarding-tunnel-types");
        Comparison comparison = new Comparison(golden.topology());
        for (Row row : golden.rows()) {
            for (FrameHex frame : row.outcome().frames()) {
                for (int length = 0; length < frame.bytes().length; length++) {
                    FrameHex cut = FrameHex.of(frame.port(), Arrays.copyOf(frame.bytes(), length));
                    assertThat(comparison.difference(row, withFrame(row, 0, cut))).isNotNull();
                }
            }
        }
    }

    @Test
    void aFrameLeftToTheHostMayBeAnsweredOrHandedBackButNotDropped() throws IOException {
        Recording golden = Recordings.read("forwarding-local-node");
        Comparison comparison = new Comparison(golden.topology());
        Row row = golden.rows().stream().filter(r -> r.outcome().host()).findFirst().orElseThrow();
        List<FrameHex> answered = row.outcome().frames();
        assertThat(answered).isNotEmpty();
        assertThat(comparison.difference(row, row.with(new Outcome(null, List.of(), true, null)))).isNull();
        assertThat(comparison.difference(row, row.with(new Outcome(null, answered, false, null)))).isNull();
        assertThat(comparison.difference(row, row.with(new Outcome(null, List.of(), false, null)))).isNotNull();
        Row other = sentOn(Recordings.read("forwarding-dr"));
        assertThat(comparison.difference(other, other.with(new Outcome(null, List.of(), true, null))))
                .contains("left to the host");
    }

    @Test
    void anAnswersEveryPartIsCompared() throws IOException {
        Recording golden = Recordings.read("commands-life-of-a-service");
        Comparison comparison = new Comparison(golden.topology());
        for (Row row : golden.rows()) {
            if (row.outcome().answer() == null) {
                continue;
            }
            assertThat(difference(comparison, row, a -> new Outcome.Answer(a.exit() + 1, a.stdout(), a.stderr())))
                    .startsWith("exit: ");
            assertThat(difference(comparison, row, a -> new Outcome.Answer(a.exit(), a.stdout(), a.stderr() + "!")))
                    .startsWith("stderr:");
            assertThat(difference(comparison, row, a -> new Outcome.Answer(a.exit(), a.stdout() + "!\n", a.stderr())))
                    .startsWith("stdout:");
            assertThat(comparison.difference(row, row.with(new Outcome(null, List.of(), false, null))))
                    .isEqualTo("has no answer");
        }
    }

    private static String difference(Comparison comparison, Row row, UnaryOperator<Outcome.Answer> change) {
        Outcome old = row.outcome();
        Outcome.Answer answer = change.apply(Objects.requireNonNull(old.answer()));
        return String
                .valueOf(comparison.difference(row, row.with(new Outcome(answer, old.frames(), old.host(), null))));
    }

    @Test
    void anotherKindOfStepAMissingOneAndAFailedOneAreReported() throws IOException {
        Recording golden = Recordings.read("affinity-mark");
        List<Row> shorter = golden.rows().subList(0, golden.rows().size() - 1);
        Comparison.Result result = Comparison.compare(golden, new Recording("short", golden.topology(), shorter));
        assertThat(result.agreed()).isEqualTo(result.steps() - 1);
        assertThat(result.differences()).hasSize(1);
        assertThat(result.differences().get(0)).contains("step " + result.steps()).endsWith("is missing");
        Comparison comparison = new Comparison(golden.topology());
        Row row = golden.rows().get(0);
        assertThat(comparison.difference(row, new Row(0, new Step.Sleep(1), row.outcome(), null)))
                .isEqualTo("is a step 'sleep'");
        assertThat(comparison.difference(row, row.with(Outcome.failed("not here")))).isEqualTo("failed: not here");
    }

    @Test
    void identificationOfAnOuterHeaderIsFreeThatOfAClientsPacketIsNot() {
        Topology topology = new Topology(
                List.of(new Topology.Link("eth0", 1,
                        List.of(new Topology.Prefix(dev.weir.wire.IpAddress.parse("10.0.0.1"), 8)))),
                List.of(), List.of(), List.of(), List.of());
        FreeFields free = new FreeFields(topology);
        String made = "0200000000020200000000010800" + "45000014%s000040 06%s0a0000010a000002".replace(" ", "");
        String passed = made.replace("0a0000010a000002", "0a0000090a000002");
        assertThat(free.cleared(hex(made.formatted("1111", "2222"))))
                .isEqualTo(free.cleared(hex(made.formatted("3333", "4444"))));
        assertThat(free.cleared(hex(passed.formatted("1111", "2222"))))
                .isNotEqualTo(free.cleared(hex(passed.formatted("3333", "4444"))));
    }

    @Test
    void flowLabelOfTheHostsOwnRefusalsAndEchoRepliesIsFreeThatOfOtherPacketsIsNot() throws IOException {
        Recording recording = Recordings.read("affinity-mark-ipv6");
        FreeFields free = new FreeFields(recording.topology());
        String director = "20010db8000c00000000000000000200";
        String client = "20010db8000c00000000000000000010";
        String frame = "020000000c10020000000001" + "86dd600%s" + "000c3a40" + "%s" + client + "%s000000000000"
                + "00000000";
        for (String kind : List.of("0104", "8100")) {
            assertThat(free.cleared(hex(frame.formatted("a145d", director, kind))))
                    .isEqualTo(free.cleared(hex(frame.formatted("00000", director, kind))));
            assertThat(free.cleared(hex(frame.formatted("a145d", client, kind))))
                    .isNotEqualTo(free.cleared(hex(frame.formatted("00000", client, kind))));
        }
        assertThat(free.cleared(hex(frame.formatted("a145d", director, "8000"))))
                .isNotEqualTo(free.cleared(hex(frame.formatted("00000", director, "8000"))));
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text);
    }
}
