package dev.weir.vrrp.machine;

import static dev.weir.vrrp.machine.Director.instance;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.vrrp.Configurations;
import org.junit.jupiter.api.Test;

/** A reload is a difference. */
class ReloadTest {
    private static final String HIGHER = "192.168.0.2";

    private static Director masters(String text) {
        Director node = Director.with(text);
        node.run(4);
        node.done();
        return node;
    }

    @Test
    void anUnchangedFileDoesNothingAndKeepsTimers() {
        String text = instance("V1", 51, 100) + instance("V2", 52, 100);
        Director node = masters(text);
        node.hear("V2", HIGHER, 200);
        node.done();
        long deadline = node.machine.deadline();
        node.run(0.2);
        node.reload(text);
        assertThat(node.done()).isEmpty();
        assertThat(node.machine.deadline()).isEqualTo(deadline);
    }

    @Test
    void aChangedPriorityOfAMasterIsInItsNextAdvert() {
        Director node = masters(instance("V1", 51, 100) + instance("V2", 52, 100));
        node.reload(instance("V1", 51, 120) + instance("V2", 52, 100));
        assertThat(node.done()).containsExactly("configure V1", "own V1", "send V1 120");
        assertThat(node.state("V1")).isEqualTo(State.MASTER);
    }

    @Test
    void aChangedPriorityOfABackupChangesItsSkewOnly() {
        Director node = masters(instance("V1", 51, 128));
        node.hear("V1", HIGHER, 200);
        node.run(1);
        node.done();
        node.reload(instance("V1", 51, 64));
        assertThat(node.done()).containsExactly("configure V1");
        assertThat(node.secondsUntil("V1", State.MASTER)).isEqualTo(2.75);
    }

    @Test
    void anAddedAddressIsTakenAndAnnounced() {
        Director node = masters(instance("V1", 51, 100));
        node.reload(instance("V1", 51, 100).replace("10.0.0.51", "10.0.0.51\n10.0.0.151"));
        assertThat(node.done()).containsExactly("configure V1", "own V1", "announce V1 5", "send V1 100");
    }

    @Test
    void anAddressTakenAwayIsNotAnnounced() {
        Director node = masters(instance("V1", 51, 100).replace("10.0.0.51", "10.0.0.51\n10.0.0.151"));
        node.reload(instance("V1", 51, 100));
        assertThat(node.done()).containsExactly("configure V1", "own V1", "send V1 100");
    }

    @Test
    void anInstanceThatIsGoneResignsAndIsToldOfAsFaultOrDeleted() {
        Director node = masters(instance("V1", 51, 100) + instance("V2", 52, 100)
                + instance("V3", 53, 100, "notify_deleted"));
        node.reload(instance("V1", 51, 100));
        assertThat(node.done()).containsExactly("send V2 0", "release V2", "V2 FAULT 100", "forget V2", "send V3 0",
                "release V3", "V3 DELETED 100", "forget V3");
    }

    @Test
    void aNewInstanceBegins() {
        Director node = masters(instance("V1", 51, 100));
        node.reload(instance("V1", 51, 100) + instance("V2", 52, 100));
        assertThat(node.done()).containsExactly("configure V2", "V2 BACKUP 100");
        assertThat(node.secondsUntil("V2", State.MASTER)).isEqualTo(3.609);
    }

    @Test
    void anotherVirtualRouterUnderTheOldNameBeginsAnew() {
        Director node = masters(instance("V1", 51, 100));
        node.reload(instance("V1", 52, 100));
        assertThat(node.done()).containsExactly("send V1 0", "release V1", "V1 FAULT 100", "forget V1",
                "configure V1", "V1 BACKUP 100");
    }

    @Test
    void aChangedIntervalIsTheNextAdverts() {
        Director node = masters(instance("V1", 51, 100));
        node.reload(instance("V1", 51, 100, "advert_int 3"));
        node.done();
        node.run(2.9);
        assertThat(node.done()).isEmpty();
        node.run(0.1);
        assertThat(node.done()).containsExactly("send V1 100");
    }

    @Test
    void aScriptThatIsNoLongerWatchedIsNoFaultAnyMore() {
        String script = "vrrp_script chk {\nscript /bin/true\n}\n";
        Director node = Director.with(script + instance("V1", 51, 100, "track_script {\nchk\n}"));
        node.on(new Event.ScriptChanged("chk", false));
        node.done();
        node.reload(instance("V1", 51, 100));
        assertThat(node.done()).containsExactly("configure V1", "V1 BACKUP 100");
    }

    @Test
    void aMasterThatJoinsABackupsGroupIsBackupUntilBothWouldBeMaster() {
        Director node = masters(instance("V1", 51, 100) + instance("V2", 52, 100));
        node.hear("V2", HIGHER, 200);
        node.notified();
        node.reload(instance("V1", 51, 100) + instance("V2", 52, 100)
                + "vrrp_sync_group G {\ngroup {\nV1\nV2\n}\n}\n");
        assertThat(node.notified()).containsExactly("V1 BACKUP 100", "GROUP G BACKUP 0");
        node.run(4);
        assertThat(node.state("V1")).isEqualTo(State.MASTER);
        assertThat(node.state("V2")).isEqualTo(State.MASTER);
    }

    @Test
    void aGroupThatIsGoneLeavesItsMembersAsTheyAre() {
        String members = instance("V1", 51, 100) + instance("V2", 52, 100);
        Director node = masters(members + "vrrp_sync_group G {\ngroup {\nV1\nV2\n}\n}\n");
        node.reload(members);
        assertThat(node.done()).isEmpty();
        node.hear("V1", HIGHER, 200);
        assertThat(node.state("V2")).isEqualTo(State.MASTER);
    }

    private static String faulty(String name, int virtualRouter) {
        return instance(name, virtualRouter, 100, "track_interface {\neth9\n}");
    }

    private static String group(String members) {
        return "vrrp_sync_group G {\ngroup {\n" + members + "\n}\n}\n";
    }

    @Test
    void aGroupThatLosesItsFaultyMemberComesUp() {
        String well = instance("V1", 51, 100) + instance("V3", 53, 100);
        Director node = Director.with(well + faulty("V2", 52) + group("V1 V2 V3"));
        assertThat(node.notified()).endsWith("V3 FAULT 100", "GROUP G FAULT 0");
        node.reload(well + group("V1 V2 V3"));
        assertThat(node.notified()).endsWith("V1 BACKUP 100", "V3 BACKUP 100", "GROUP G BACKUP 0");
    }

    @Test
    void aMemberThatLeavesAGroupInFaultComesUp() {
        String both = instance("V1", 51, 100) + faulty("V2", 52);
        Director node = Director.with(both + group("V1 V2"));
        node.notified();
        node.reload(both);
        assertThat(node.notified()).containsExactly("V1 BACKUP 100");
    }

    @Test
    void aMasterThatJoinsAGroupInFaultFails() {
        String all = instance("V1", 51, 100) + faulty("V2", 52) + instance("V3", 53, 100);
        Director node = masters(all + group("V2 V3"));
        assertThat(node.state("V1")).isEqualTo(State.MASTER);
        node.reload(all + group("V1 V2 V3"));
        assertThat(node.notified()).containsExactly("V1 FAULT 100");
    }

    @Test
    void whatLeavesSaysFarewellBeforeTheRestIsConfigured() {
        String stays = instance("VI_1", 51, 100);
        String goes = instance("VI_2", 52, 100);
        Director node = Director.with(stays + goes + "vrrp_sync_group G {\ngroup {\nVI_1\nVI_2\n}\n}\n");
        node.run(5);
        node.done();
        String after = stays + "vrrp_sync_group G {\ngroup {\nVI_1\n}\n}\n";
        node.on(new Event.Leaving(Configurations.read(after)));
        assertThat(node.done()).containsExactly("send VI_2 0", "release VI_2", "VI_2 FAULT 100", "forget VI_2");
        node.on(new Event.LinkChanged("eth1", false));
        node.reload(after);
        assertThat(node.done()).doesNotContain("send VI_1 0", "release VI_1", "send VI_2 0", "VI_2 FAULT 100");
        assertThat(node.state("VI_1")).isEqualTo(State.MASTER);
    }
}
