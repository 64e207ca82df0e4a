package dev.weir.sys;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Scanner;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Assumptions;
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

    /** As a director with --cpus: whoever runs by then, and whoever those start, but not the worker. */
    @Test
    void aProcessorIsLeftToWhoGoesThere() throws Exception {
        BitSet before = Processors.allowed();
        Assumptions.assumeTrue(before.cardinality() > 1, "needs a second processor");
        int last = before.length() - 1;
        Processors.leave(List.of(last));
        try {
            int collector = Processors.threads("VM Thread").getFirst();
            assertThat(Processors.allowed(collector).get(last)).as("a thread that was there").isFalse();
            assertThat(inAThread(() -> Processors.allowed().get(last))).as("one that was started since").isFalse();
            assertThat(inAThread(() -> {
                Processors.pin(last);
                return Processors.allowed().get(last);
            })).as("the worker").isTrue();
        } finally {
            Processors.allowAll(before);
        }
    }

    @Test
    void whereNoOtherIsLeftAllStay() throws Exception {
        BitSet before = Processors.allowed();
        Processors.leave(before.stream().boxed().toList());
        assertThat(Processors.allowed()).isEqualTo(before);
    }

    private static <T> T inAThread(Callable<T> body) throws Exception {
        FutureTask<T> task = new FutureTask<>(body);
        Thread.ofPlatform().start(task);
        return task.get();
    }

    /** See proc_pid_stat(5): the 41st field; what follows the name, which may have blanks, is from the third on. */
    private static int policy(Path task) throws IOException {
        String stat = Files.readString(task.resolve("stat"));
        return new Scanner(stat.substring(stat.lastIndexOf(')') + 2)).tokens().skip(41 - 3).mapToInt(Integer::parseInt)
                .findFirst().orElseThrow();
    }
}
