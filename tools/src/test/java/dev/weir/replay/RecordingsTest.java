package dev.weir.replay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Weir does what the kernel's IPVS does: every recording, step by step. Those of not-yet.txt are played too; one of them
 * that agrees fails until it is taken off the list, so the list can only become shorter.
 */
class RecordingsTest {
    private static final Map<String, String> NOT_YET = notYet();

    private static Map<String, String> notYet() {
        try {
            Map<String, String> reasons = new TreeMap<>();
            for (String line : Files.readAllLines(Recordings.resource("/not-yet.txt"))) {
                if (!line.startsWith("#")) {
                    String[] parts = line.split(": ", 2);
                    assertThat(parts).as("'NAME: REASON' in not-yet.txt: " + line).hasSize(2);
                    assertThat(reasons.put(parts[0], parts[1])).as(parts[0] + " stands twice in not-yet.txt").isNull();
                }
            }
            return reasons;
        } catch (IOException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private static List<String> names() {
        return Recordings.files().stream().map(Path::getFileName).map(String::valueOf)
                .map(name -> name.replace(".jsonl", "")).toList();
    }

    static List<String> expected() {
        return names().stream().filter(name -> !NOT_YET.containsKey(name)).toList();
    }

    static List<String> notYetExpected() {
        return List.copyOf(NOT_YET.keySet());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("expected")
    void weirDoesWhatTheKernelDoes(String name) throws IOException {
        Recording golden = Recordings.read(name);
        Comparison.Result result = Comparison.compare(golden, Replay.play(golden));
        assertThat(result.differences()).as("%d of %d steps agree", result.agreed(), result.steps()).isEmpty();
    }

    @ParameterizedTest(name = "not yet: {0}")
    @MethodSource("notYetExpected")
    void whatAgreesIsTakenOffTheList(String name) throws IOException {
        Recording golden = Recordings.read(name);
        assertThat(Comparison.compare(golden, Replay.play(golden)).agrees())
                .as("%s agrees in every step: take it off not-yet.txt", name).isFalse();
    }

    @Test
    void theListNamesRecordingsOnly() {
        assertThat(names()).containsAll(NOT_YET.keySet());
    }

    @Test
    void whatIsPromisedIsNotOnTheList() {
        List<String> promised = names().stream().filter(name -> name.startsWith("forwarding-")
                || name.matches("commands-(life-of-a-service|long-options|many-services|save-and-restore)")
                || name.matches("schedulers-(rr|wrr|wlc|lc|sed|nq|fo|sh-fallback|mh-fallback)-.*")).toList();
        assertThat(promised).hasSize(35).doesNotContainAnyElementsOf(NOT_YET.keySet());
    }

    @Test
    void aReplayOfOneRecordingAlwaysComesToTheSame() throws IOException {
        for (String name : List.of("forwarding-fragments", "schedulers-wlc-tcp", "statistics-rates")) {
            Recording golden = Recordings.read(name);
            assertThat(Replay.play(golden)).isEqualTo(Replay.play(golden));
        }
    }

    @Test
    void aStepThatWeirCannotDoIsNeverTakenForDone() throws IOException {
        Recording golden = Recordings.read("forwarding-dr");
        List<Row> rows = List.of(new Row(0, new Step.Mark("-m mark --mark 1 -j MARK --set-mark 1"), none(), null),
                new Row(1, new Step.Sysctl("no_such_setting", "1"), none(), null),
                new Row(2, new Step.Ipvsadm("-L 'open", null),
                        new Outcome(new Outcome.Answer(0, "", ""), List.of(), false, null), null));
        Recording odd = new Recording("odd", golden.topology(), rows);
        assertThat(Replay.play(odd).rows()).extracting(row -> String.valueOf(row.outcome().failure()))
                .satisfiesExactly(mark -> assertThat(mark).contains("-m mark"),
                        setting -> assertThat(setting).contains("no_such_setting"),
                        command -> assertThat(command).contains("a quote is not closed"));
        assertThat(Comparison.compare(odd, Replay.play(odd)).agreed()).isZero();
    }

    private static Outcome none() {
        return new Outcome(null, List.of(), false, null);
    }

    @Test
    void namesReasonsForWhatIsMissing() {
        assertThat(NOT_YET.values().stream().collect(Collectors.partitioningBy(String::isBlank)).get(true)).isEmpty();
    }
}
