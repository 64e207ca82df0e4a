package dev.weir.vrrp.machine;

import static dev.weir.vrrp.machine.Director.instance;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an instance watches, and what follows: keepalived.conf(5), and keepalived 2.2.7 as it ran. */
class TrackingTest {
    private static final String HIGHER = "192.168.0.2";

    private static String script(String name, String... settings) {
        return "vrrp_script " + name + " {\nscript /bin/true\n" + String.join("\n", settings) + "\n}\n";
    }

    private static String track(String kind, String entry) {
        return "track_" + kind + " {\n" + entry + "\n}";
    }

    @Test
    void anInterfaceThatGoesDownTakesItsInstanceToFaultAndBackToBackup() {
        Director node = Director.with(instance("VI_1", 51, 100));
        node.run(4);
        node.done();
        node.on(new Event.LinkChanged("eth0", false));
        assertThat(node.done()).containsExactly("send VI_1 0", "release VI_1", "VI_1 FAULT 100");
        node.run(60);
        assertThat(node.done()).isEmpty();
        node.on(new Event.LinkChanged("eth0", true));
        assertThat(node.done()).containsExactly("VI_1 BACKUP 100");
        assertThat(node.secondsUntil("VI_1", State.MASTER)).isEqualTo(3.609);
    }

    @Test
    void anOwnerComesBackFromFaultAsBackupToo() {
        Director node = Director.with(instance("VI_1", 51, 255, "state MASTER"));
        node.on(new Event.LinkChanged("eth0", false));
        node.on(new Event.LinkChanged("eth0", true));
        assertThat(node.notified()).containsExactly("VI_1 MASTER 255", "VI_1 FAULT 255", "VI_1 BACKUP 255");
        assertThat(node.secondsUntil("VI_1", State.MASTER)).isEqualTo(3.004);
    }

    @Test
    void dontTrackPrimaryLetsTheInterfaceGoDown() {
        Director node = Director.with(instance("VI_1", 51, 100, "dont_track_primary"));
        node.run(4);
        node.on(new Event.LinkChanged("eth0", false));
        assertThat(node.state("VI_1")).isEqualTo(State.MASTER);
    }

    private static String elsewhere(String list, String line) {
        return list + " {\n" + line + "\n}";
    }

    private static State withoutEth1(String... settings) {
        Director node = Director.with(instance("VI_1", 51, 100, settings));
        node.on(new Event.LinkChanged("eth1", false));
        return node.state("VI_1");
    }

    @Test
    void interfacesOfAddressesRoutesAndRulesHaveToBeUp() {
        assertThat(withoutEth1()).isEqualTo(State.BACKUP);
        assertThat(withoutEth1(elsewhere("virtual_ipaddress", "10.1.0.1/24 dev eth1"))).isEqualTo(State.FAULT);
        assertThat(withoutEth1(elsewhere("virtual_ipaddress_excluded", "10.1.0.1/24 dev eth1")))
                .isEqualTo(State.FAULT);
        assertThat(withoutEth1(elsewhere("virtual_routes", "10.2.0.0/16 via 10.1.0.9 dev eth1")))
                .isEqualTo(State.FAULT);
        assertThat(withoutEth1(elsewhere("virtual_rules", "from 10.2.0.0/16 iif eth1 table 77 preference 5")))
                .isEqualTo(State.FAULT);
    }

    @Test
    void notThoseOfWhatHasNoTrack() {
        assertThat(withoutEth1(elsewhere("virtual_ipaddress", "10.1.0.1/24 dev eth1 no_track"),
                elsewhere("virtual_routes", "10.2.0.0/16 via 10.1.0.9 dev eth1 no_track"),
                elsewhere("virtual_rules", "from 10.2.0.0/16 iif eth1 table 77 preference 5 no_track")))
                .isEqualTo(State.BACKUP);
    }

    @Test
    void anInterfaceWatchedWithAWeightHasToBeUpAllTheSameForAnAddressOnIt() {
        assertThat(withoutEth1(track("interface", "eth1 weight 10"),
                elsewhere("virtual_ipaddress", "10.1.0.1/24 dev eth1"))).isEqualTo(State.FAULT);
    }

    @Test
    void dontTrackPrimaryHoldsForAddressesAndNotForRoutes() {
        Director node = Director.with(instance("VI_1", 51, 100, "dont_track_primary",
                elsewhere("virtual_ipaddress", "10.0.0.9/24 dev eth0"))
                + instance("VI_2", 52, 100, "dont_track_primary",
                        elsewhere("virtual_routes", "10.2.0.0/16 via 10.0.0.9 dev eth0")));
        node.on(new Event.LinkChanged("eth0", false));
        assertThat(node.state("VI_1")).isEqualTo(State.BACKUP);
        assertThat(node.state("VI_2")).isEqualTo(State.FAULT);
    }

    private static final String TRACK_GROUP = """
            track_group G {
            group {
            VI_1
            }
            }
            static_ipaddress {
            10.8.8.8/32 dev eth1 track_group G
            }
            """;

    @Test
    void membersOfATrackGroupNeedTheInterfaceOfWhatIsStatic() {
        Director node = Director.with(TRACK_GROUP + instance("VI_1", 51, 100) + instance("VI_2", 52, 100));
        node.on(new Event.LinkChanged("eth1", false));
        assertThat(node.state("VI_1")).isEqualTo(State.FAULT);
        assertThat(node.state("VI_2")).isEqualTo(State.BACKUP);
        node.on(new Event.LinkChanged("eth1", true));
        assertThat(node.state("VI_1")).isEqualTo(State.BACKUP);
    }

    @Test
    void membersOfATrackGroupNeedWhatIsStaticOnTheHost() {
        Director node = Director.with(TRACK_GROUP + instance("VI_1", 51, 100));
        node.done();
        node.on(new Event.PossessionsMissing("VI_1", List.of("10.8.8.8/32 dev eth1")));
        assertThat(node.told()).containsExactly("entering FAULT state: static 10.8.8.8/32 dev eth1 is not on the host");
        node.on(new Event.PossessionsMissing("VI_1", List.of()));
        assertThat(node.state("VI_1")).isEqualTo(State.BACKUP);
    }

    @Test
    void whatHasNoAddressToSendFromIsInFault() {
        Director node = Director.with(instance("VI_1", 51, 100));
        node.on(new Event.SourceChanged("VI_1", null));
        assertThat(node.told()).contains("entering FAULT state: interface eth0 has no address to send from");
        node.on(new Event.SourceChanged("VI_1", Director.SELF));
        assertThat(node.state("VI_1")).isEqualTo(State.BACKUP);
    }

    @Test
    void unicastFaultNoPeerIsAFaultWithoutPeers() {
        Director node = Director.with(instance("VI_1", 51, 100, "unicast_fault_no_peer"));
        assertThat(node.state("VI_1")).isEqualTo(State.FAULT);
    }

    @Test
    void whileTheDataplaneStandsStillAllAreInFault() {
        Director node = Director.with(instance("VI_1", 51, 100) + instance("VI_2", 52, 100));
        node.run(4);
        node.on(new Event.ForwardingChanged(false));
        assertThat(node.state("VI_1")).isEqualTo(State.FAULT);
        assertThat(node.state("VI_2")).isEqualTo(State.FAULT);
        assertThat(node.standing("VI_1").faults()).containsExactly("the dataplane does not forward");
        node.on(new Event.ForwardingChanged(true));
        assertThat(node.state("VI_2")).isEqualTo(State.BACKUP);
    }

    @Test
    void aScriptWithoutWeightIsWaitedForInSilence() {
        Director node = Director.with(script("chk") + instance("VI_1", 51, 100, track("script", "chk")));
        node.run(30);
        assertThat(node.done()).containsExactly("configure VI_1");
        node.on(new Event.ScriptChanged("chk", true));
        assertThat(node.done()).containsExactly("VI_1 BACKUP 100");
        assertThat(node.secondsUntil("VI_1", State.MASTER)).isEqualTo(3.609);
        node.on(new Event.ScriptChanged("chk", false));
        assertThat(node.state("VI_1")).isEqualTo(State.FAULT);
        assertThat(node.told()).contains("entering FAULT state: script chk fails");
    }

    @Test
    void aScriptThatFailsAtOnceIsAFault() {
        Director node = Director.with(script("chk") + instance("VI_1", 51, 100, track("script", "chk")));
        node.on(new Event.ScriptChanged("chk", false));
        assertThat(node.notified()).containsExactly("VI_1 FAULT 100");
    }

    @Test
    void initFailIsAFaultUntilTheScriptHasSucceeded() {
        Director node = Director.with(script("chk", "init_fail") + instance("VI_1", 51, 100, track("script", "chk")));
        assertThat(node.notified()).containsExactly("VI_1 FAULT 100");
        node.on(new Event.ScriptChanged("chk", true));
        assertThat(node.notified()).containsExactly("VI_1 BACKUP 100");
    }

    @ParameterizedTest
    @CsvSource({"weight -20, true, 100", "weight -20, false, 80", "weight 20, true, 120", "weight 20, false, 100",
            "weight -20 reverse, false, 120", "weight -20 reverse, true, 100", "weight 20 reverse, true, 80",
            "weight 20 reverse, false, 100"})
    void aWeightChangesThePriority(String weight, boolean up, int priority) {
        for (String text : new String[]{
                script("chk", weight) + instance("VI_1", 51, 100, track("script", "chk")),
                script("chk") + instance("VI_1", 51, 100, track("script", "chk " + weight))}) {
            Director node = Director.with(text);
            assertThat(node.standing("VI_1").priority()).isEqualTo(100);
            node.on(new Event.ScriptChanged("chk", up));
            assertThat(node.standing("VI_1").priority()).isEqualTo(priority);
        }
    }

    @Test
    void thePairWithAScriptOfMinusTwentyChangesItsMaster() {
        String pair = script("chk_nginx", "weight -20") + instance("VI_1", 51, 100, track("script", "chk_nginx"));
        Director node = Director.with(pair);
        node.run(5);
        node.on(new Event.ScriptChanged("chk_nginx", false));
        node.run(1.1);
        assertThat(node.done()).contains("send VI_1 80");
        node.hear("VI_1", HIGHER, 90);
        assertThat(node.state("VI_1")).isEqualTo(State.BACKUP);
        assertThat(node.told()).anySatisfy(text -> assertThat(text)
                .isEqualTo("entering BACKUP state: 192.168.0.2 has the higher priority 90, here 80"));
        node.on(new Event.ScriptChanged("chk_nginx", true));
        node.runHearing(4, "VI_1", HIGHER, 90);
        assertThat(node.state("VI_1")).isEqualTo(State.MASTER);
    }

    @Test
    void whatThePriorityIsMadeOfIsTold() {
        Director node = Director.with(script("chk", "weight -20") + script("up", "weight 5")
                + instance("VI_1", 51, 100, track("script", "chk\nup")));
        node.told();
        node.on(new Event.ScriptChanged("chk", false));
        node.on(new Event.ScriptChanged("up", true));
        assertThat(node.told()).containsExactly("effective priority 80, was 100 (priority 100, chk -20)",
                "effective priority 85, was 80 (priority 100, chk -20, up +5)");
    }

    @Test
    void aBackupsTimerGoesOnWithTheNewSkew() {
        Director node = Director.with(script("chk", "weight -64") + instance("VI_1", 51, 128, track("script", "chk")));
        node.run(1);
        node.on(new Event.ScriptChanged("chk", false));
        assertThat(node.secondsUntil("VI_1", State.MASTER)).isEqualTo(2.75);
    }

    @Test
    void prioritiesStayBetween1And254AndAnOwnerKeepsIts() {
        String scripts = script("low", "weight -200") + script("high", "weight 200");
        Director node = Director.with(scripts + instance("VI_1", 51, 100, track("script", "low\nhigh"))
                + instance("VI_2", 52, 255, track("script", "low")));
        node.on(new Event.ScriptChanged("low", false));
        assertThat(node.standing("VI_1").priority()).isEqualTo(1);
        assertThat(node.standing("VI_2").priority()).isEqualTo(255);
        node.on(new Event.ScriptChanged("low", true));
        node.on(new Event.ScriptChanged("high", true));
        assertThat(node.standing("VI_1").priority()).isEqualTo(254);
    }

    @Test
    void priorityChangesAreNotifiedWhereAsked() {
        String text = script("chk", "weight -20") + instance("VI_1", 51, 100, track("script", "chk"));
        Director silent = Director.with(text);
        silent.on(new Event.ScriptChanged("chk", false));
        assertThat(silent.done()).noneMatch(action -> action.startsWith("priority"));
        Director node = Director.with("global_defs {\nvrrp_notify_priority_changes on\n}\n" + text);
        node.on(new Event.ScriptChanged("chk", false));
        assertThat(node.done()).contains("priority VI_1 BACKUP 80");
    }

    @Test
    void aTrackedInterfaceCountsAsAScriptDoes() {
        Director node = Director.with(instance("VI_1", 51, 100, track("interface", "eth1 weight -30"))
                + instance("VI_2", 52, 100, track("interface", "eth1"))
                + instance("VI_3", 53, 100, track("interface", "eth9")));
        assertThat(node.state("VI_3")).isEqualTo(State.FAULT);
        node.on(new Event.LinkChanged("eth1", false));
        assertThat(node.standing("VI_1").priority()).isEqualTo(70);
        assertThat(node.state("VI_2")).isEqualTo(State.FAULT);
    }

    @ParameterizedTest
    @CsvSource({"weight 1, 30, 130, BACKUP", "weight -2, 30, 40, BACKUP", "weight 1, -254, 100, FAULT",
            "weight 1, -253, 1, BACKUP", "weight 0, 1, 100, FAULT", "weight 0, 0, 100, BACKUP",
            "weight 0 reverse, 0, 100, FAULT", "weight 1 reverse, 30, 70, BACKUP", "weight 254, 100, 254, BACKUP"})
    void aFilesNumberTimesItsWeightIsAdded(String weight, int number, int priority, State state) {
        Director node = Director.with("vrrp_track_file f {\nfile /f\n" + weight + "\n}\n"
                + instance("VI_1", 51, 100, track("file", "f")));
        node.on(new Event.FileChanged("f", number));
        assertThat(node.standing("VI_1").priority()).isEqualTo(priority);
        assertThat(node.state("VI_1")).isEqualTo(state);
    }

    @Test
    void aProcessThatIsMissingIsAFaultOrALowerPriority() {
        String processes = "vrrp_track_process p {\nprocess nginx\n}\nvrrp_track_process q {\nprocess squid\nweight -9\n}\n";
        Director node = Director.with(processes + instance("VI_1", 51, 100, track("process", "p\nq")));
        assertThat(node.state("VI_1")).isEqualTo(State.FAULT);
        node.on(new Event.ProcessChanged("p", true));
        assertThat(node.state("VI_1")).isEqualTo(State.BACKUP);
        assertThat(node.standing("VI_1").priority()).isEqualTo(91);
        node.on(new Event.ProcessChanged("q", true));
        assertThat(node.standing("VI_1").priority()).isEqualTo(100);
    }

    @Test
    void severalFaultsMustAllBeGone() {
        Director node = Director.with(script("chk") + instance("VI_1", 51, 100, track("script", "chk"),
                track("interface", "eth1")));
        node.on(new Event.ScriptChanged("chk", true));
        node.on(new Event.LinkChanged("eth1", false));
        node.on(new Event.ScriptChanged("chk", false));
        node.on(new Event.LinkChanged("eth1", true));
        assertThat(node.state("VI_1")).isEqualTo(State.FAULT);
        node.on(new Event.ScriptChanged("chk", true));
        assertThat(node.notified()).containsExactly("VI_1 BACKUP 100", "VI_1 FAULT 100", "VI_1 BACKUP 100");
    }

    private static String bfd(String... settings) {
        return "bfd_instance B {\nneighbor_ip 10.0.0.9\n" + String.join("\n", settings) + "\n}\n";
    }

    @Test
    void aBfdSessionWithoutWeightIsAFaultUntilItIsUp() {
        Director node = Director.with(bfd() + instance("VI_1", 51, 100, track("bfd", "B")));
        assertThat(node.notified()).containsExactly("VI_1 FAULT 100");
        assertThat(node.standing("VI_1").faults()).containsExactly("BFD session B is down");
        node.on(new Event.BfdChanged("B", true));
        assertThat(node.notified()).containsExactly("VI_1 BACKUP 100");
        assertThat(node.secondsUntil("VI_1", State.MASTER)).isEqualTo(3.609);
        node.on(new Event.BfdChanged("B", false));
        assertThat(node.state("VI_1")).isEqualTo(State.FAULT);
    }

    @Test
    void weightZeroReverseIsAFaultWhileTheSessionIsUp() {
        Director node = Director.with(bfd("weight 0 reverse") + instance("VI_1", 51, 100, track("bfd", "B")));
        assertThat(node.state("VI_1")).isEqualTo(State.BACKUP);
        node.on(new Event.BfdChanged("B", true));
        assertThat(node.state("VI_1")).isEqualTo(State.FAULT);
    }

    @ParameterizedTest
    @CsvSource({"weight -20, true, 100", "weight -20, false, 80", "weight 20, true, 120", "weight 20, false, 100",
            "weight -20 reverse, false, 120", "weight -20 reverse, true, 100", "weight 20 reverse, true, 80",
            "weight 20 reverse, false, 100"})
    void aBfdSessionsWeightChangesThePriority(String weight, boolean up, int priority) {
        for (String text : new String[]{bfd(weight) + instance("VI_1", 51, 100, track("bfd", "B")),
                bfd("weight 7") + instance("VI_1", 51, 100, track("bfd", "B " + weight))}) {
            Director node = Director.with(text);
            node.on(new Event.BfdChanged("B", true));
            node.on(new Event.BfdChanged("B", up));
            assertThat(node.standing("VI_1").priority()).isEqualTo(priority);
        }
    }

    @Test
    void aBfdSessionThatTellsCheckersOnlyIsNotWatched() {
        Director node = Director.with(bfd("checker") + instance("VI_1", 51, 100, track("bfd", "B")));
        assertThat(node.state("VI_1")).isEqualTo(State.BACKUP);
    }
}
