package dev.weir.lbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.sys.Capability;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a worker's thread has before it does anything else. */
@Tag("root")
class PinningTest {
    /** Places behind the name in /proc/PID/stat (proc_pid_stat(5)). */
    private static final int NICE = 16;
    private static final int PROCESSOR = 36;

    private static void requirePriority() throws IOException {
        boolean may = Capability.effective().contains(Capability.SYS_NICE);
        if ("true".equals(System.getenv("CI"))) {
            assertThat(may).as("CAP_SYS_NICE").isTrue();
        }
        Assumptions.assumeTrue(may, "needs CAP_SYS_NICE: run as root");
    }

    private static String[] worker(List<Integer> processors) throws Exception {
        AtomicReference<String[]> seen = new AtomicReference<>();
        Pinning pinning = new Pinning(processors);
        Thread thread = Thread.ofPlatform().start(pinning.of(0, () -> {
            try {
                String stat = Files.readString(Path.of("/proc/thread-self/stat"));
                seen.set(stat.substring(stat.lastIndexOf(')') + 2).split(" "));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }));
        thread.join();
        pinning.check();
        return seen.get();
    }

    @Test
    void aWorkerHasALargeShareOfItsProcessor() throws Exception {
        requirePriority();
        assertThat(worker(List.of())[NICE]).isEqualTo("-10");
    }

    @Test
    void itRunsWhereItBelongs() throws Exception {
        requirePriority();
        String[] stat = worker(List.of(0));
        assertThat(stat[NICE]).isEqualTo("-10");
        assertThat(stat[PROCESSOR]).isEqualTo("0");
    }

    @Test
    void aProcessorThatThereIsNoneOfIsNamed() throws Exception {
        requirePriority();
        assertThatThrownBy(() -> worker(List.of(1023))).isInstanceOf(RefusalException.class)
                .hasMessageContaining("1023").hasMessageContaining("taskset");
    }
}
