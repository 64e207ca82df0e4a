package dev.weir.sys;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** In a process of its own, so that the tests' memory stays as it is. */
@Tag("root")
class MemoryTest {
    public static void main(String[] arguments) throws Exception {
        Memory.lock();
        Files.readAllLines(Path.of("/proc/self/status")).stream().filter(line -> line.startsWith("VmLck"))
                .forEach(System.out::println);
    }

    @Test
    void theProcessStaysInMemory() throws Exception {
        NetworkNamespace.requireRoot();
        Process process = new ProcessBuilder(ProcessHandle.current().info().command().orElseThrow(), "-Xmx32m",
                "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"),
                MemoryTest.class.getName()).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        assertThat(output).containsPattern("VmLck:\\s+[1-9][0-9]{4,} kB");
    }
}
