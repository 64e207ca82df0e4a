package dev.weir.lbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.conf.KeepalivedConf;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which files are taken at the start and at a reload, and what reload_check_config and reload_file leave and remove. */
class ConfigurationFileTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;
    private Path file = Path.of("/");
    private Path log = Path.of("/");
    private Path marker = Path.of("/");
    private final List<String> problems = new ArrayList<>();

    @BeforeEach
    void begin() {
        file = folder.resolve("keepalived.conf");
        log = folder.resolve("check.log");
        marker = folder.resolve("reload");
    }

    private KeepalivedOptions says(String... globals) throws IOException {
        Files.writeString(file, "global_defs {\n" + String.join("\n", globals) + "\n}\n");
        return new KeepalivedOptions(file, "node1", KeepalivedOptions.Run.VRRP, false, List.of(), null, false, false);
    }

    private String check() {
        return "reload_check_config " + log;
    }

    @Test
    void mistakesStopNothingAtTheStart() throws Exception {
        assertThat(ConfigurationFile.atStart(says("router_ix lb")).exit()).isEqualTo(5);
    }

    @Test
    void withReloadCheckConfigNothingStartsWithMistakes() throws Exception {
        KeepalivedOptions options = says(check(), "router_ix lb");
        assertThatThrownBy(() -> ConfigurationFile.atStart(options)).isInstanceOf(RefusalException.class)
                .hasMessageContaining("reload_check_config")
                .satisfies(refusal -> assertThat(((RefusalException) refusal).exit()).isEqualTo(2));
        assertThat(ConfigurationFile.atStart(says(check(), "router_id lb //x")).exit()).isZero();
    }

    @Test
    void aReloadIsCheckedAndWhatIsWrongIsWritten() throws Exception {
        KeepalivedConf taken = ConfigurationFile.atStart(says(check()));
        KeepalivedOptions wrong = says(check(), "router_ix lb");
        assertThatThrownBy(() -> ConfigurationFile.again(wrong, taken, problems)).isInstanceOf(RefusalException.class)
                .hasMessage("1 mistake, which has to be mended first: see above");
        assertThat(log).content().startsWith(file + ":3: 'router_ix' is unknown in global_defs").hasLineCount(1);
        assertThat(problems).hasSize(1);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(log))).isEqualTo("rw-------");
        assertThat(ConfigurationFile.again(says(check(), "router_id lb"), taken, problems).exit()).isZero();
        assertThat(log).isEmptyFile();
    }

    @Test
    void withReloadCheckConfigAMistakeThatWasThereBeforeIsOneToo() throws Exception {
        KeepalivedConf old = ConfigurationFile.atStart(says("router_ix lb"));
        assertThat(ConfigurationFile.again(says("router_ix lb", "router_id lb"), old, problems).exit()).isEqualTo(5);
        KeepalivedOptions checked = says("router_ix lb", check());
        assertThatThrownBy(() -> ConfigurationFile.again(checked, old, problems)).isInstanceOf(RefusalException.class);
        assertThat(log).doesNotExist();
    }

    @Test
    void theLogIsNotWrittenThroughALink() throws Exception {
        Path victim = Files.writeString(folder.resolve("victim"), "precious");
        Files.createSymbolicLink(log, victim);
        KeepalivedConf taken = ConfigurationFile.atStart(says(check()));
        assertThat(ConfigurationFile.again(says(check()), taken, problems).exit()).isZero();
        assertThat(victim).hasContent("precious");
    }

    /** A file that is included is read while the marker is there, so it can tell. */
    @Test
    void whileTheFileIsReadAnewTheMarkerIsThereAndEmpty() throws Exception {
        Files.writeString(marker, "written by who changes the file");
        KeepalivedConf taken = ConfigurationFile.atStart(says("reload_file " + marker));
        assertThat(marker).doesNotExist();
        Files.writeString(marker, "written by who changes the file");
        KeepalivedOptions including = says("reload_file " + marker, "include " + marker, "include " + folder + "/none");
        KeepalivedConf conf = ConfigurationFile.again(including, taken, problems);
        // Had it not been there, or not been empty, there would be two problems.
        assertThat(conf.problems()).hasSize(1).first().asString().contains("none");
        assertThat(marker).doesNotExist();
    }

    @Test
    void theMarkerGoesAlsoWhereTheFileIsNotTaken() throws Exception {
        KeepalivedConf taken = ConfigurationFile.atStart(says("reload_file " + marker));
        Files.delete(file);
        KeepalivedOptions gone = new KeepalivedOptions(file, "node1", KeepalivedOptions.Run.VRRP, false, List.of(),
                null, false, false);
        assertThatThrownBy(() -> ConfigurationFile.again(gone, taken, problems)).isInstanceOf(RefusalException.class);
        assertThat(marker).doesNotExist();
    }
}
