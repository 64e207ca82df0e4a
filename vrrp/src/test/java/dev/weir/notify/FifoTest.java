package dev.weir.notify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A notify FIFO on a file system. */
@Timeout(20)
class FifoTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @Test
    void linesWaitForAReaderThatComesLate() throws Exception {
        Path path = folder.resolve("fifo");
        try (Fifo fifo = Fifo.open(path.toString(), null)) {
            fifo.write("INSTANCE \"VI_1\" BACKUP 100");
            fifo.write("INSTANCE \"VI_1\" MASTER 100");
            try (BufferedReader reader = Files.newBufferedReader(path)) {
                assertThat(reader.readLine()).isEqualTo("INSTANCE \"VI_1\" BACKUP 100");
                assertThat(reader.readLine()).isEqualTo("INSTANCE \"VI_1\" MASTER 100");
                fifo.write("INSTANCE \"VI_1\" STOP 100");
                assertThat(reader.readLine()).isEqualTo("INSTANCE \"VI_1\" STOP 100");
            }
        }
    }

    @Test
    void aReaderThatNeverComesBlocksNobody() throws Exception {
        Path path = folder.resolve("fifo");
        try (Fifo fifo = Fifo.open(path.toString(), null)) {
            for (int i = 0; i < 10_000; i++) {
                fifo.write("INSTANCE \"VI_1\" BACKUP_PRIORITY 100");
            }
            try (BufferedReader reader = Files.newBufferedReader(path)) {
                assertThat(reader.readLine()).isEqualTo("INSTANCE \"VI_1\" BACKUP_PRIORITY 100");
            }
        }
    }

    @Test
    void oneThatIsMissingIsMadeForItsOwnerAloneAndRemovedInTheEnd() throws Exception {
        Path path = folder.resolve("fifo");
        try (Fifo _ = Fifo.open(path.toString(), null)) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path))).isEqualTo("rw-------");
        }
        assertThat(path).doesNotExist();
    }

    @Test
    @Tag("root")
    void oneThatIsMadeBelongsToWhomTheConfigurationNames() throws Exception {
        assumeTrue(Account.own().uid() == 0, "needs root: it becomes another's");
        Path path = folder.resolve("fifo");
        try (Fifo _ = Fifo.open(path.toString(), new Account(65534, 7))) {
            assertThat(Files.getAttribute(path, "unix:uid")).isEqualTo(65534);
            assertThat(Files.getAttribute(path, "unix:gid")).isEqualTo(7);
        }
    }

    @Test
    void oneThatIsThereStays() throws Exception {
        Path path = folder.resolve("fifo");
        assertThat(new ProcessBuilder("mkfifo", path.toString()).start().waitFor()).isZero();
        Fifo.open(path.toString(), null).close();
        assertThat(path).exists();
    }

    @Test
    void whatIsNoFifoIsLeftAlone() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "x");
        assertThatThrownBy(() -> Fifo.open(file.toString(), null)).isInstanceOf(IOException.class)
                .hasMessageContaining("is there and is no FIFO");
        assertThat(file).hasContent("x");
        Path link = folder.resolve("link");
        Path fifo = folder.resolve("fifo");
        assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor()).isZero();
        Files.createSymbolicLink(link, fifo);
        assertThatThrownBy(() -> Fifo.open(link.toString(), null)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> Fifo.open(folder.resolve("none/fifo").toString(), null))
                .isInstanceOf(IOException.class).hasMessageContaining("No such file");
    }
}
