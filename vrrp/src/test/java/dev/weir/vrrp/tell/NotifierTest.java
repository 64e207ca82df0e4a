package dev.weir.vrrp.tell;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.conf.KeepalivedConf;
import dev.weir.conf.LocalHost;
import dev.weir.notify.Fifos;
import dev.weir.notify.ScriptRunner;
import dev.weir.vrrp.machine.Action.SplitBrain;
import dev.weir.vrrp.machine.Action.Notify;
import dev.weir.vrrp.machine.Action.NotifyLowerPriority;
import dev.weir.vrrp.machine.Action.NotifyPriority;
import dev.weir.vrrp.machine.Action.Subject;
import dev.weir.vrrp.machine.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whom an instance tells, with scripts and FIFOs that are real. */
@Timeout(30)
class NotifierTest {
    private final ScriptRunner runner = new ScriptRunner();
    private final Fifos fifos = new Fifos(runner);
    private final Notifier notifier = new Notifier(runner, fifos);
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;
    @SuppressWarnings("NullAway.Init")
    private String script;

    @BeforeEach
    void begin() throws IOException {
        Path file = Files.writeString(folder.resolve("n.sh"), "#!/bin/sh\necho \"$@\" >>" + folder + "/told\n");
        assertThat(file.toFile().setExecutable(true)).isTrue();
        script = file.toString();
    }

    @AfterEach
    void end() {
        close();
        runner.close();
    }

    private void close() {
        notifier.close();
        fifos.close();
    }

    private void configure(String global, String blocks) {
        String user = System.getProperty("user.name");
        notifier.configure(KeepalivedConf.read("global_defs {\nscript_user " + user + "\n" + global + "\n}\n"
                + blocks.replace("SCRIPT", script), "c", folder, LocalHost.surroundings()).configuration());
    }

    private static String instance(String directives) {
        return "vrrp_instance VI_1 {\ninterface lo\nvirtual_router_id 1\n" + directives + "\n}\n";
    }

    private void entered(State state) {
        notifier.tell(new Notify(Subject.INSTANCE, "VI_1", state, 100));
    }

    private List<String> told() throws IOException {
        return Files.exists(folder.resolve("told")) ? Files.readAllLines(folder.resolve("told")) : List.of();
    }

    private void await(String last) throws IOException, InterruptedException {
        for (int i = 0; i < 500 && !told().contains(last); i++) {
            Thread.sleep(10);
        }
        assertThat(told()).contains(last);
    }

    @Test
    void eachStateRunsItsScriptAndTheOneOfAllStates() throws Exception {
        configure("", instance("""
                notify_master "SCRIPT m 'a b'"
                notify_backup "SCRIPT b"
                notify_fault "SCRIPT f"
                notify_stop "SCRIPT s"
                notify "SCRIPT any"
                """));
        entered(State.BACKUP);
        entered(State.MASTER);
        entered(State.FAULT);
        entered(State.STOP);
        close();
        assertThat(told()).containsExactlyInAnyOrder("b", "any INSTANCE VI_1 BACKUP 100", "m a b",
                "any INSTANCE VI_1 MASTER 100", "f", "any INSTANCE VI_1 FAULT 100", "s",
                "any INSTANCE VI_1 STOP 100");
        assertThat(told().indexOf("any INSTANCE VI_1 BACKUP 100")).isLessThan(told().indexOf("m a b"));
        assertThat(told().indexOf("m a b")).isLessThan(told().indexOf("f"));
    }

    @Test
    void aSplitBrainRunsItsScriptWithWhoTheOtherIsAndWhy() throws Exception {
        configure("", instance("split_brain script \"SCRIPT split\"\n"));
        notifier.tell(new SplitBrain("VI_1", true, 100, "10.0.0.2", "a firewall"));
        notifier.tell(new SplitBrain("VI_1", false, 100, "10.0.0.2", "-"));
        notifier.close();
        assertThat(told()).containsExactly("split INSTANCE VI_1 SPLIT_BRAIN 100 10.0.0.2 a firewall",
                "split INSTANCE VI_1 SPLIT_BRAIN_OVER 100 10.0.0.2 -");
    }

    @Test
    void statesComeInTheirOrderThoughTheFirstScriptIsSlow() throws Exception {
        configure("", instance("notify_master \"/bin/sh -c 'sleep 0.3; echo master >>" + folder + "/told'\"\n"
                + "notify_backup \"/bin/sh -c 'echo backup >>" + folder + "/told'\"\n"));
        entered(State.MASTER);
        entered(State.BACKUP);
        close();
        assertThat(told()).containsExactly("master", "backup");
    }

    @Test
    void whoTellsNeverWaits() {
        configure("", instance("notify \"/bin/sleep 60\"\n"));
        long begun = System.nanoTime();
        for (int i = 0; i < 100; i++) {
            entered(State.BACKUP);
        }
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofMillis(200));
    }

    @Test
    void aGroupHasPriorityZero() throws Exception {
        configure("vrrp_notify_fifo " + folder + "/fifo", "vrrp_sync_group G1 {\ngroup { VI_1 }\nnotify SCRIPT\n}\n");
        notifier.tell(new Notify(Subject.GROUP, "G1", State.MASTER, 150));
        await("GROUP G1 MASTER 0");
    }

    @Test
    void fifosGetOneLineEach() throws Exception {
        assertThat(new ProcessBuilder("mkfifo", folder + "/fifo").start().waitFor()).isZero();
        Process reader = new ProcessBuilder("cat", folder + "/fifo").redirectOutput(folder.resolve("lines").toFile())
                .start();
        configure("vrrp_notify_fifo " + folder + "/fifo", instance("notify_master_rx_lower_pri SCRIPT"));
        entered(State.BACKUP);
        notifier.tell(new NotifyPriority(Subject.INSTANCE, "VI_1", State.BACKUP, 90));
        entered(State.MASTER);
        notifier.tell(new NotifyPriority(Subject.INSTANCE, "VI_1", State.MASTER, 110));
        notifier.tell(new NotifyLowerPriority("VI_1", 110));
        entered(State.STOP);
        close();
        assertThat(reader.waitFor()).isZero();
        assertThat(folder.resolve("lines")).hasContent("""
                INSTANCE "VI_1" BACKUP 100
                INSTANCE "VI_1" BACKUP_PRIORITY 90
                INSTANCE "VI_1" MASTER 100
                INSTANCE "VI_1" MASTER_PRIORITY 110
                INSTANCE "VI_1" MASTER_RX_LOWER_PRI 110
                INSTANCE "VI_1" STOP 100
                """);
        assertThat(told()).containsExactly("");
    }

    @Test
    void aFifosScriptReadsToTheLastLine() throws Exception {
        Path reader = Files.writeString(folder.resolve("r.sh"),
                "#!/bin/sh\nwhile read line; do echo \"$1 $line\" >>" + folder + "/told; done <$2\n");
        assertThat(reader.toFile().setExecutable(true)).isTrue();
        configure("notify_fifo " + folder + "/fifo\nnotify_fifo_script \"" + reader + " got\"", instance(""));
        entered(State.BACKUP);
        await("got INSTANCE \"VI_1\" BACKUP 100");
        entered(State.STOP);
        close();
        await("got INSTANCE \"VI_1\" STOP 100");
        assertThat(folder.resolve("fifo")).doesNotExist();
    }

    @Test
    void anInstanceThatAReloadTookAwayHasItsLastStateToldByItsOwnScripts() throws Exception {
        configure("", instance("notify_fault \"SCRIPT fault\"\n")
                + instance("notify_deleted \"SCRIPT deleted\"\nnotify SCRIPT").replace("VI_1", "VI_2"));
        configure("", "");
        entered(State.FAULT);
        entered(State.FAULT);
        notifier.tell(new Notify(Subject.INSTANCE, "VI_2", State.DELETED, 7));
        close();
        assertThat(told()).containsExactlyInAnyOrder("fault", "deleted", "INSTANCE VI_2 DELETED 7");
    }

    @Test
    void afterAReloadFifosGetAllStatesAgainWhereThatIsWanted() throws Exception {
        assertThat(new ProcessBuilder("mkfifo", folder + "/fifo").start().waitFor()).isZero();
        Process reader = new ProcessBuilder("cat", folder + "/fifo").redirectOutput(folder.resolve("lines").toFile())
                .start();
        String global = "notify_fifo " + folder + "/fifo\nfifo_write_vrrp_states_on_reload";
        configure(global, instance(""));
        entered(State.BACKUP);
        configure(global, instance(""));
        close();
        assertThat(reader.waitFor()).isZero();
        assertThat(folder.resolve("lines")).hasContent("""
                INSTANCE "VI_1" BACKUP 100
                INSTANCE "VI_1" BACKUP 100
                """);
    }

    @Test
    void stopScriptsAreFinishedBeforeTheDaemonEnds() throws Exception {
        configure("", instance("notify_stop \"/bin/sh -c 'sleep 1; echo stopped >>" + folder + "/told'\"\n"));
        entered(State.STOP);
        close();
        assertThat(told()).containsExactly("stopped");
    }
}
