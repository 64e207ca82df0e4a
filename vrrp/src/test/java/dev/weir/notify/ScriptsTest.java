package dev.weir.notify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.conf.Command;
import dev.weir.conf.Definitions.Scripting;
import dev.weir.conf.KeepalivedConf;
import dev.weir.conf.LocalHost;
import dev.weir.notify.Scripts.Accepted;
import dev.weir.notify.Scripts.Refused;
import dev.weir.notify.Scripts.Status;
import dev.weir.notify.Scripts.Verdict;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Which scripts run, as whom, and which are refused, on a host of the test's own. */
class ScriptsTest implements Scripts.FileSystem {
    private static final int DIRECTORY = 0040000;
    private static final int FILE = 0100000;
    private final Map<String, Status> files = new HashMap<>(Map.of("/", new Status(0, 0, DIRECTORY | 0755), "/etc",
            new Status(0, 0, DIRECTORY | 0755), "/etc/a.sh", new Status(0, 0, FILE | 0755), "/usr/bin/curl",
            new Status(0, 0, FILE | 0755), "/usr", new Status(0, 0, DIRECTORY | 0755), "/usr/bin",
            new Status(0, 0, DIRECTORY | 0755), "/usr/bin/[", new Status(0, 0, FILE | 0755)));
    private final Map<String, Account> users = new HashMap<>(Map.of("root", Account.ROOT, "nobody",
            new Account(65534, 65534), "web", new Account(33, 33), "web+ops", new Account(33, 4)));

    @Override
    public @Nullable Status status(String path) {
        return files.get(path);
    }

    @Override
    public @Nullable Account account(String user, @Nullable String group) {
        return users.get(group == null ? user : user + "+" + group);
    }

    private Verdict judge(String line, @Nullable String user, @Nullable String group, @Nullable String standard,
            boolean secure) {
        Command command = KeepalivedConf.read("vrrp_script s {\nscript \"" + line + "\"\n" + (user == null
                ? ""
                : "user " + user + (group == null ? "" : " " + group) + "\n") + "}\n", "c", Path.of("/"),
                LocalHost.surroundings()).configuration().scripts().getFirst().command();
        return new Scripts(new Scripting(standard, null, secure, 0177, null, Duration.ZERO, null, Duration.ZERO), this)
                .judge(command);
    }

    private Script accepted(String line) {
        return ((Accepted) judge(line, null, null, null, true)).script();
    }

    private String refused(String line, boolean secure) {
        return ((Refused) judge(line, null, null, null, secure)).why();
    }

    @Test
    void aProgramGetsItsArgumentsAsTheyAreQuoted() {
        assertThat(accepted("/etc/a.sh 'b c' $HOME \\\\x41").arguments()).containsExactly("/etc/a.sh", "b c", "$HOME",
                "A");
    }

    @Test
    void aProgramWithoutAPathIsLookedForWhereProgramsAre() {
        assertThat(accepted("curl -s x").arguments().getFirst()).isEqualTo("/usr/bin/curl");
        assertThat(refused("cruel -s x", true)).contains("no program cruel in /usr/local/sbin:");
    }

    @Test
    void aLineForTheShellGoesToItAndTheOperatorIsTold() {
        Verdict verdict = judge("[ -f /etc/down ] && exit 1 || exit 0", null, null, null, true);
        assertThat(verdict).isInstanceOfSatisfying(Accepted.class, accepted -> {
            assertThat(accepted.script().shell()).isTrue();
            assertThat(accepted.remark()).contains("keepalived since 2.0 would give all of it to /usr/bin/[");
        });
    }

    @Test
    void withoutAUserItIsKeepalivedScriptIfThereIsOneElseRoot() {
        assertThat(accepted("/etc/a.sh").account()).isEqualTo(Account.ROOT);
        users.put("keepalived_script", new Account(7, 8));
        assertThat(accepted("/etc/a.sh").account()).isEqualTo(new Account(7, 8));
    }

    @Test
    void itsOwnUserCountsBeforeScriptUser() {
        assertThat(((Accepted) judge("/etc/a.sh", "web", "ops", "nobody", true)).script().account())
                .isEqualTo(new Account(33, 4));
        assertThat(((Accepted) judge("/etc/a.sh", null, null, "nobody", true)).script().account().uid())
                .isEqualTo(65534);
        assertThat(((Refused) judge("/etc/a.sh", "ghost", null, "nobody", true)).why())
                .isEqualTo("there is no user ghost");
    }

    @Test
    void whatIsMissingADirectoryOrNotExecutableIsRefused() {
        assertThat(refused("/etc/b.sh", true)).isEqualTo("there is no file /etc/b.sh");
        assertThat(refused("/etc", true)).isEqualTo("/etc is no regular file");
        files.put("/etc/a.sh", new Status(0, 0, FILE | 0644));
        assertThat(refused("/etc/a.sh", true)).contains("may not be executed by user 0");
        files.put("/etc/a.sh", new Status(0, 0, FILE | 0744));
        assertThat(judge("/etc/a.sh", "web", null, null, true)).isInstanceOf(Refused.class);
    }

    @Test
    void enableScriptSecurityRefusesWhatOthersThanRootCanChange() {
        files.put("/etc/a.sh", new Status(0, 0, FILE | 0757));
        assertThat(refused("/etc/a.sh", true)).contains("others than root can change /etc/a.sh");
        files.put("/etc/a.sh", new Status(0, 33, FILE | 0775));
        assertThat(refused("/etc/a.sh", true)).contains("change /etc/a.sh");
        files.put("/etc/a.sh", new Status(33, 0, FILE | 0755));
        assertThat(refused("/etc/a.sh", true)).contains("change /etc/a.sh");
        files.put("/etc/a.sh", new Status(0, 0, FILE | 0755));
        files.put("/etc", new Status(0, 0, DIRECTORY | 0777));
        assertThat(refused("/etc/a.sh", true)).contains("change /etc,");
        files.put("/etc", new Status(0, 0, DIRECTORY | 01777));
        assertThat(judge("/etc/a.sh", null, null, null, true)).as("sticky").isInstanceOf(Accepted.class);
    }

    @Test
    void aLineForTheShellMayNotCallWhatOthersCanChangeEither() {
        files.put("/etc/b.sh", new Status(33, 33, FILE | 0755));
        assertThat(refused("curl -s x | /etc/b.sh", true)).contains("others than root can change /etc/b.sh");
        assertThat(refused("/etc/b.sh; exit 0", true)).contains("others than root can change /etc/b.sh");
        assertThat(judge("/etc/b.sh; exit 0", "web", null, null, true)).isInstanceOf(Accepted.class);
        assertThat(judge("/etc/a.sh >/etc/b.log || exit 1", null, null, null, true)).isInstanceOf(Accepted.class);
    }

    @Test
    void withoutItTheOperatorIsWarned() {
        files.put("/etc/a.sh", new Status(0, 0, FILE | 0757));
        assertThat(judge("/etc/a.sh", null, null, null, false)).isInstanceOfSatisfying(Accepted.class,
                accepted -> assertThat(accepted.remark()).contains("enable_script_security would forbid it"));
    }

    @Test
    void whatDoesNotRunAsRootIsTheUsersOwnAffair() {
        files.put("/etc/a.sh", new Status(33, 33, FILE | 0777));
        assertThat(judge("/etc/a.sh", "web", null, null, true))
                .isEqualTo(new Accepted(new Script("/etc/a.sh", List.of("/etc/a.sh"), false, new Account(33, 33), 0177),
                        null));
        files.put("/etc/a.sh", new Status(0, 0, FILE | 04777));
        assertThat(judge("/etc/a.sh", "web", null, null, true)).as("becomes root").isInstanceOf(Refused.class);
    }
}
