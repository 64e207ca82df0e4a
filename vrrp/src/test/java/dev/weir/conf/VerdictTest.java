package dev.weir.conf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.weir.conf.Keepalived.Verdict;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code keepalived -t} takes, Weir takes; what it refuses, Weir refuses with the same exit status. */
@Tag("root")
class VerdictTest {
    private static final int MUTATIONS = 600;
    private static final int SIGNALLED = 128;

    /** Not under /tmp, which keepalived sees empty. */
    @TempDir(factory = InTarget.class)
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @BeforeEach
    void hasKeepalived() throws Exception {
        boolean installed = Files.isExecutable(Keepalived.PROGRAM);
        if ("true".equals(System.getenv("CI"))) {
            assertThat(installed).as("keepalived is installed").isTrue();
        }
        assumeTrue(installed, "needs Debian's keepalived 2.2.7: apt-get install keepalived");
        Process id = new ProcessBuilder("id", "-u").start();
        assumeTrue(new String(id.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip()
                .equals("0"), "needs root: keepalived gets a network namespace of its own");
    }

    @Test
    void examplesOfAllDirectivesGetTheSameExitStatus() throws Exception {
        assertThat(disagreements(Corpus.directives(), true)).isEmpty();
    }

    @Test
    void wholeConfigurationsGetTheSameExitStatus() throws Exception {
        List<Corpus.Case> cases = new ArrayList<>(Corpus.combinations());
        cases.addAll(Corpus.samples());
        assertThat(disagreements(cases, true)).isEmpty();
    }

    /** After a first mistake both go on in their own ways, so that only taken or refused is compared. */
    @Test
    void mutationsAreTakenOrRefusedAlike() throws Exception {
        List<Corpus.Case> samples = Corpus.samples();
        List<Corpus.Case> cases = LongStream.range(0, MUTATIONS)
                .mapToObj(seed -> Corpus.mutation(samples.get((int) (seed % samples.size())), seed)).toList();
        assertThat(disagreements(cases, false)).isEmpty();
    }

    private List<String> disagreements(List<Corpus.Case> cases, boolean exactly) throws Exception {
        List<Verdict> verdicts = Keepalived.of(cases, folder);
        List<String> disagreements = new ArrayList<>();
        for (int i = 0; i < cases.size(); i++) {
            Verdict verdict = verdicts.get(i);
            KeepalivedConf conf = KeepalivedConf.read(cases.get(i).text(), "keepalived.conf", folder,
                    TestHost.surroundings());
            // Where keepalived crashes it refuses, whatever the signal.
            boolean agree = exactly && verdict.exit() < SIGNALLED
                    ? conf.exit() == verdict.exit()
                    : (conf.exit() == 0) == (verdict.exit() == 0);
            if (!agree) {
                disagreements.add(cases.get(i).name() + "\n  keepalived: " + verdict.exit() + " " + verdict.said()
                        + "\n  Weir: " + conf.exit() + " " + conf.problems());
            }
        }
        return disagreements;
    }
}
