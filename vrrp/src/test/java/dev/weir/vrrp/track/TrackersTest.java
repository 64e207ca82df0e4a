package dev.weir.vrrp.track;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.conf.Configuration;
import dev.weir.conf.KeepalivedConf;
import dev.weir.conf.LocalHost;
import dev.weir.conf.VrrpInstance.Watched;
import dev.weir.notify.ScriptRunner;
import dev.weir.sys.SystemException;
import dev.weir.vrrp.machine.Event;
import dev.weir.vrrp.machine.Event.FileChanged;
import dev.weir.vrrp.machine.Event.ProcessChanged;
import dev.weir.vrrp.machine.Event.ScriptChanged;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What virtual routers watch, on the machine that runs the test. */
@Timeout(30)
class TrackersTest {
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final ScriptRunner runner = new ScriptRunner();
    @SuppressWarnings("NullAway.Init")
    private Trackers trackers;
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @BeforeEach
    void begin() throws SystemException {
        trackers = new Trackers(runner, events::add);
    }

    @AfterEach
    void end() {
        trackers.close();
        runner.close();
    }

    private Configuration configure(String definitions, String watched) {
        String user = System.getProperty("user.name");
        return trackers.configure(KeepalivedConf.read("global_defs {\nscript_user " + user + "\n}\n" + definitions
                + "\nvrrp_instance A {\ninterface lo\nvirtual_router_id 1\n" + watched + "\n}\n", "c", folder,
                LocalHost.surroundings()).configuration());
    }

    private @Nullable Event next() throws InterruptedException {
        return events.poll(10, TimeUnit.SECONDS);
    }

    private @Nullable Event nothing() throws InterruptedException {
        return events.poll(300, TimeUnit.MILLISECONDS);
    }

    private String script(String name, String text) throws IOException {
        Path file = Files.writeString(folder.resolve(name), "#!/bin/sh\n" + text + "\n");
        assertThat(file.toFile().setExecutable(true)).isTrue();
        return file.toString();
    }

    @Test
    void aFilesNumberIsToldAtOnceAndWheneverItHasBeenWritten() throws Exception {
        Path file = Files.writeString(folder.resolve("f"), "5\n");
        configure("track_file f {\nfile " + file + "\n}", "track_file {\nf\n}");
        assertThat(events.poll()).isEqualTo(new FileChanged("f", 5));
        Files.writeString(file, "7\n");
        assertThat(next()).isEqualTo(new FileChanged("f", 7));
        Files.writeString(file, "7 again\n");
        assertThat(nothing()).as("the number is the same").isNull();
        Files.delete(file);
        assertThat(next()).isEqualTo(new FileChanged("f", 0));
        Files.move(Files.writeString(folder.resolve("g"), "-3"), file, StandardCopyOption.REPLACE_EXISTING);
        assertThat(next()).isEqualTo(new FileChanged("f", -3));
        Files.writeString(file, "99999999999");
        assertThat(nothing()).as("it is ignored").isNull();
        Files.writeString(file, "4");
        assertThat(next()).isEqualTo(new FileChanged("f", 4));
    }

    @Test
    void aDirectoryMayComeAndGo() throws Exception {
        Path file = folder.resolve("d/f");
        configure("track_file f {\nfile " + file + "\n}", "track_file {\nf\n}");
        assertThat(next()).isEqualTo(new FileChanged("f", 0));
        Files.createDirectory(folder.resolve("d"));
        Files.writeString(file, "1");
        assertThat(next()).isEqualTo(new FileChanged("f", 1));
        Files.move(folder.resolve("d"), folder.resolve("e"));
        assertThat(next()).isEqualTo(new FileChanged("f", 0));
        Files.writeString(folder.resolve("e/f"), "8");
        assertThat(nothing()).isNull();
        Files.move(folder.resolve("e"), folder.resolve("d"));
        assertThat(next()).isEqualTo(new FileChanged("f", 8));
    }

    @Test
    void initFileWritesAFileThatIsMissingOrAnyWithOverwrite() throws Exception {
        Path kept = Files.writeString(folder.resolve("kept"), "1\n");
        Path over = Files.writeString(folder.resolve("over"), "1\n");
        configure("""
                track_file made {
                    file %1$s/made
                    init_file 3
                }
                track_file kept {
                    file %1$s/kept
                    init_file 3
                }
                track_file over {
                    file %1$s/over
                    init_file 3 overwrite
                }
                track_file unwatched {
                    file %1$s/unwatched
                    init_file
                }
                """.formatted(folder), "track_file {\nmade\nkept\nover\n}");
        assertThat(events).containsExactly(new FileChanged("made", 3), new FileChanged("kept", 1),
                new FileChanged("over", 3));
        assertThat(folder.resolve("made")).hasContent("3");
        assertThat(kept).hasContent("1");
        assertThat(over).hasContent("3");
        assertThat(folder.resolve("unwatched")).doesNotExist();
    }

    @Test
    void aScriptIsToldOfAfterItsFirstRunAndWhenItChanges() throws Exception {
        Path down = folder.resolve("down");
        configure("vrrp_script s {\nscript \"[ -f " + down + " ] && exit 1 || exit 0\"\ninterval 1\n}\n"
                + "vrrp_script unwatched {\nscript \"/bin/false\"\n}", "track_script {\ns\n}");
        assertThat(next()).isEqualTo(new ScriptChanged("s", true));
        Files.writeString(down, "");
        assertThat(next()).isEqualTo(new ScriptChanged("s", false));
        Files.delete(down);
        assertThat(next()).isEqualTo(new ScriptChanged("s", true));
    }

    @Test
    void oneThatDoesNotEndHasFailed() throws Exception {
        configure("vrrp_script s {\nscript \"/bin/sleep 60\"\ntimeout 1\ninterval 5\n}", "track_script {\ns\n}");
        assertThat(next()).isEqualTo(new ScriptChanged("s", false));
    }

    @Test
    void underInitFailItHasFailedFromTheBeginning() throws Exception {
        configure("vrrp_script s {\nscript /bin/true\ninterval 1\nrise 2\ninit_fail\n}", "track_script {\ns\n}");
        assertThat(events.poll()).isEqualTo(new ScriptChanged("s", false));
        assertThat(next()).isEqualTo(new ScriptChanged("s", true));
    }

    @Test
    void aReloadThatChangesNothingStartsNothingAnew() throws Exception {
        String conf = "vrrp_script s {\nscript \"" + script("s.sh", "echo x >>" + folder.resolve("runs"))
                + "\"\ninterval 3600\n}\ntrack_file f {\nfile " + folder.resolve("f") + "\ninit_file 1 overwrite\n}";
        String watched = "track_script {\ns\n}\ntrack_file {\nf\n}";
        configure(conf, watched);
        assertThat(next()).isEqualTo(new FileChanged("f", 1));
        assertThat(next()).isEqualTo(new ScriptChanged("s", true));
        Files.writeString(folder.resolve("f"), "2");
        assertThat(next()).isEqualTo(new FileChanged("f", 2));
        configure(conf, watched);
        assertThat(nothing()).isNull();
        assertThat(Files.readAllLines(folder.resolve("runs"))).hasSize(1);
        assertThat(folder.resolve("f")).hasContent("2");
    }

    @Test
    void aScriptThatIsChangedByAReloadKeepsItsStateUntilItHasRun() throws Exception {
        configure("vrrp_script s {\nscript /bin/true\ninterval 1\n}", "track_script {\ns\n}");
        assertThat(next()).isEqualTo(new ScriptChanged("s", true));
        configure("vrrp_script s {\nscript /bin/true\ninterval 2\n}", "track_script {\ns\n}");
        assertThat(nothing()).isNull();
        configure("vrrp_script s {\nscript /bin/false\ninterval 1\nfall 1\n}", "track_script {\ns\n}");
        assertThat(next()).isEqualTo(new ScriptChanged("s", false));
    }

    @Test
    void nothingWatchesAScriptThatCannotBeRun() {
        Configuration usable = configure("""
                vrrp_script s {
                    script /nonexistent/x
                }
                vrrp_script t {
                    script /bin/true
                }
                """, "track_script {\ns\nt\n}");
        assertThat(usable.scripts()).singleElement().satisfies(script -> assertThat(script.name()).isEqualTo("t"));
        assertThat(usable.instances().getFirst().watching().scripts()).extracting(Watched::name)
                .containsExactly("t");
    }

    @Test
    void processesAreSeenToBeginAndToEnd() throws Exception {
        String number = Long.toString(1_000_000 + ProcessHandle.current().pid());
        configure("vrrp_track_process p {\nprocess sleep " + number + "\n}", "track_process {\np\n}");
        assertThat(events.poll()).isEqualTo(new ProcessChanged("p", false));
        Process process = new ProcessBuilder("sleep", number).start();
        assertThat(next()).isEqualTo(new ProcessChanged("p", true));
        process.destroyForcibly();
        assertThat(next()).isEqualTo(new ProcessChanged("p", false));
    }
}
