package dev.weir.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.weir.connection.ConnectionEntry;
import dev.weir.connection.Connections;
import dev.weir.service.Forwarding;
import dev.weir.service.Protocol;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** drop_entry, drop_packet and secure_tcp. The shares that survive drop_entry were seen in Linux 6.1 as well. */
class DefenceTest {
    /** Connections in a page of 4096 bytes. */
    private static final int PAGE = 4096;

    /** The fewest connections that take so many pages. */
    private static int connections(int pages) {
        return Math.ceilDiv(pages * PAGE, Connections.BYTES);
    }

    private static Lab lab(int pages) {
        return new Lab(new EngineOptions(connections(pages), 42, 0, true), 1500)
                .service(Protocol.TCP, Lab.VIP, 80, Forwarding.DIRECT_ROUTING, Lab.SERVER)
                .service(Protocol.UDP, Lab.VIP, 80, Forwarding.MASQUERADE, Lab.SERVER)
                .service(Protocol.TCP, Lab.VIP, 81, 3000, -1, Forwarding.MASQUERADE, Lab.SERVER);
    }

    /** As many SYNs; how many of them passed. */
    private static int flood(Lab lab, int firstPort, int count) {
        for (int i = 0; i < count; i++) {
            lab.client(Packets.from(Lab.CLIENT, Lab.VIP).tcp(firstPort + i, 80, Packets.SYN, new byte[0]));
        }
        return lab.toServers().size();
    }

    private static long standing(Lab lab, String state) {
        return lab.engine.connections().stream().map(ConnectionEntry::state).filter(state::equals).count();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void dropEntryEndsA32ndOfHalfOpenConnectionsEachSecond(int mode) {
        try (Lab lab = lab(400)) {
            flood(lab, 1000, 10_000);
            lab.engine.settings(Settings.DEFAULT.with(Sysctl.DROP_ENTRY, mode).with(Sysctl.AMEMTHRESH, 1000));
            lab.pass(0.2);
            for (int second = 1; second <= 40; second++) {
                lab.pass(1);
                assertThat(standing(lab, "SYN_RECV")).as("after %d s", second)
                        .isCloseTo(Math.round(10_000 * Math.exp(-second / 32.0)), within(200L));
            }
        }
    }

    @Test
    void dropEntryTakesOfConnectionsIdleForAMinuteOneInAsManyAsTheirPackets() {
        try (Lab lab = lab(400)) {
            for (int packets = 1; packets <= 9; packets++) {
                for (int i = 0; i < 1000; i++) {
                    for (int sent = 0; sent < packets; sent++) {
                        lab.client(Packets.from(Lab.CLIENT, Lab.VIP).udp(packets * 1000 + i, 80, new byte[1]));
                    }
                }
            }
            lab.engine.settings(Settings.DEFAULT.with(Sysctl.DROP_ENTRY, 3));
            lab.pass(59.5);
            assertThat(lab.engine.connections()).as("idle for less than a minute").hasSize(9000);
            lab.pass(32);
            long[] left = new long[10];
            lab.engine.connections().forEach(each -> left[each.clientPort() / 1000]++);
            for (int packets = 1; packets <= 8; packets++) {
                assertThat(left[packets]).as("%d packets, of all %s", packets, Arrays.toString(left))
                        .isCloseTo(Math.round(1000 * Math.exp(-1.0 / packets)), within(60L));
            }
            assertThat(left[9]).as("more than 8 packets are no flood").isEqualTo(1000);
        }
    }

    @Test
    void dropEntrySparesWhatWasAnswered() {
        try (Lab lab = lab(400)) {
            for (int i = 0; i < 100; i++) {
                lab.client(Packets.from(Lab.CLIENT, Lab.VIP).tcp(1000 + i, 80, Packets.SYN, new byte[0]));
                lab.client(Packets.from(Lab.CLIENT, Lab.VIP).tcp(1000 + i, 80, Packets.ACK, new byte[0]));
            }
            lab.client(Packets.from(Lab.CLIENT, Lab.VIP).tcp(1000, 81, Packets.SYN, new byte[0]));
            lab.engine.settings(Settings.DEFAULT.with(Sysctl.DROP_ENTRY, 3));
            lab.pass(300);
            assertThat(standing(lab, "ESTABLISHED")).as("in spite of a minute's silence: one in two a 32nd")
                    .isLessThan(20);
            assertThat(lab.engine.connections()).as("an unanswered client is forgotten, template and all")
                    .noneMatch(each -> each.virtualPort() == 81);
        }
    }

    @Test
    void modes1And2FollowTheFreePagesOfTheTable() {
        try (Lab lab = lab(200)) {
            Settings settings = Settings.DEFAULT.with(Sysctl.AMEMTHRESH, 100).with(Sysctl.DROP_PACKET, 2)
                    .with(Sysctl.DROP_ENTRY, 2).with(Sysctl.SECURE_TCP, 1);
            lab.engine.settings(settings);
            int few = connections(200) - connections(101);
            assertThat(flood(lab, 1000, few)).as("101 pages are free").isEqualTo(few);
            lab.pass(1);
            assertThat(modes(lab)).isEqualTo("1 1 1");
            lab.engine.settings(lab.engine.settings().with(Sysctl.DROP_ENTRY, 0));
            flood(lab, 10_000, connections(101) - connections(80));
            lab.pass(1);
            assertThat(modes(lab)).as("80 pages are free").isEqualTo("0 2 2");
            assertThat(flood(lab, 20_000, 20)).as("one in 100 / (100 - 80) is dropped").isEqualTo(16);
            assertThat(lab.engine.counters().dropped(DropReason.DROP_PACKET)).isEqualTo(4);
            lab.pass(130);
            assertThat(modes(lab)).as("they have expired").isEqualTo("0 1 1");
            assertThat(flood(lab, 30_000, 100)).isEqualTo(100);
        }
    }

    private static String modes(Lab lab) {
        Settings settings = lab.engine.settings();
        return settings.text(Sysctl.DROP_ENTRY) + " " + settings.text(Sysctl.DROP_PACKET) + " "
                + settings.text(Sysctl.SECURE_TCP);
    }

    @Test
    void theModesThatTheControlThreadSetsStand() {
        try (Lab lab = lab(200)) {
            lab.engine.settings(Settings.DEFAULT.with(Sysctl.DROP_PACKET, 2));
            lab.pass(0.1);
            assertThat(modes(lab)).as("fewer pages than the default's 1024").isEqualTo("0 2 0");
            lab.engine.settings(lab.engine.settings().with(Sysctl.AMEMTHRESH, -1));
            lab.pass(0.1);
            assertThat(modes(lab)).as("never scarce").isEqualTo("0 1 0");
        }
    }
}
