package dev.weir.sys;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Scanner;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("root")
class ProcessorsTest {
    private static final int SCHED_FIFO = 1;

    @Test
    void whoRunsBeforeAllOthersDoesNotWaitForACollectorThatStandsBehindThem() throws Exception {
        NetworkNamespace.requireRoot();
        CompletableFuture<Integer> own = new CompletableFuture<>();
        Thread.ofPlatform().start(() -> {
            try {
                Processors.realTime(1);
                own.complete(policy(Path.of("/proc/thread-self")));
            } catch (Exception e) {
                own.completeExceptionally(e);
            }
        }).join();

        List<Integer> collectors = Processors.threads("VM Thread");

        assertThat(own.get()).isEqualTo(SCHED_FIFO);
        assertThat(collectors).hasSize(1);
        assertThat(policy(Path.of("/proc/self/task", collectors.getFirst().toString()))).isEqualTo(SCHED_FIFO);
    }

    /** See proc_pid_stat(5): the 41st field; what follows the name, which may have blanks, is from the third on. */
    private static int policy(Path task) throws IOException {
        String stat = Files.readString(task.resolve("stat"));
        return new Scanner(stat.substring(stat.lastIndexOf(')') + 2)).tokens().skip(41 - 3).mapToInt(Integer::parseInt)
                .findFirst().orElseThrow();
    }
}
