package dev.weir.soak;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JvmTest {
    @TempDir
    private Path folder = Path.of("set by JUnit");

    @Test
    void readsTheLongestPausesButNotThoseOfItsOwnQuestions() throws IOException {
        Files.writeString(folder.resolve("jvm-7.log"),
                """
                        [1.2s] GC(0) Pause Young (Allocation Failure) 34M->2M(123M) 1.250ms
                        [1.2s] Safepoint "SerialCollectForAllocation", Time since last: 9 ns, Reaching safepoint: 5000 ns, \
                        Cleanup: 1 ns, At safepoint: 1300000 ns, Leaving safepoint: 1 ns, Total: 1305001 ns, Threads: 1 runnable, 9 total
                        [1.3s] Safepoint "PrintThreads", Time since last: 9 ns, Reaching safepoint: 7000 ns, \
                        Cleanup: 1 ns, At safepoint: 9900000 ns, Leaving safepoint: 1 ns, Total: 9907001 ns, Threads: 1 runnable, 9 total
                        """);
        assertThat(new Jvm(7, folder).stillness())
                .isEqualTo(new Jvm.Stillness(1.25, "Young (Allocation Failure)", 0.007, 1.3,
                        "SerialCollectForAllocation", 1, 2));
    }

    @Test
    void countsFramesThatNobodyAccountsFor() {
        Accounts total = new Accounts(100, 60, 20, 0, 15, 7, 0, 33, 0);
        assertThat(total.waiting()).isEqualTo(5);
        assertThat(total.unaccounted(120)).isZero();
        assertThat(total.unaccounted(123)).isEqualTo(3);
        assertThat(total.since(new Accounts(0, 0, 0, 0, 0, 7, 0, 0, 0)).noRoom()).isZero();
    }
}
