package dev.weir.vrrp.heartbeat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.vrrp.heartbeat.Acquaintance.Verdict;
import dev.weir.vrrp.machine.Heartbeat;
import dev.weir.vrrp.machine.State;
import dev.weir.vrrp.machine.Terms;
import dev.weir.wire.IpAddress;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Heartbeats that count, and those that do not: another's, changed ones, and recordings. */
class DatagramTest {
    private static final long OWN = 7;
    private static final long SECOND = 1_000_000_000;
    private static final Heartbeat MASTER = new Heartbeat(State.MASTER, 200, IpAddress.parse("fe80::1"),
            Duration.ofSeconds(12), Duration.ofMillis(250), true,
            new Terms(51, 3, Duration.ofMillis(100), 1, 0xbeef, true, -5));

    private static Datagram datagram(long session, long sequence, long echo) {
        return new Datagram(session, sequence, echo, true, "VI_1", MASTER);
    }

    @Test
    void whatIsWrittenIsReadTheSame() {
        assertThat(Datagram.read(datagram(-1, 2, 3).write("secret"), "secret")).contains(datagram(-1, 2, 3));
    }

    @Test
    void anotherSecretMakesItNobodys() {
        assertThat(Datagram.read(datagram(1, 2, 3).write("secret"), "Secret")).isEmpty();
    }

    @Test
    void noByteCanBeChangedOrLeftOut() {
        byte[] bytes = datagram(1, 2, 3).write("secret");
        for (int i = 0; i < bytes.length; i++) {
            byte[] changed = bytes.clone();
            changed[i] ^= 1;
            assertThat(Datagram.read(changed, "secret")).as("byte %d", i).isEmpty();
            assertThat(Datagram.read(Arrays.copyOf(bytes, i), "secret")).as("%d bytes", i).isEmpty();
        }
    }

    @Test
    void twoThatBeginCountForEachOtherAfterOneAnswer() {
        Acquaintance one = new Acquaintance(1);
        Acquaintance other = new Acquaintance(2);
        assertThat(one.hear(datagram(2, 1, other.echo()), SECOND, 0)).isEqualTo(Verdict.ANSWER);
        assertThat(other.hear(datagram(1, 1, one.echo()), SECOND, 0)).isEqualTo(Verdict.FRESH);
        assertThat(one.hear(datagram(2, 2, other.echo()), SECOND, 0)).isEqualTo(Verdict.FRESH);
    }

    @Test
    void aRecordingCountsForNothing() {
        Acquaintance known = new Acquaintance(OWN);
        assertThat(known.hear(datagram(2, 5, OWN), SECOND, 0)).isEqualTo(Verdict.FRESH);
        assertThat(known.hear(datagram(2, 5, OWN), SECOND, 0)).isEqualTo(Verdict.IGNORED);
        assertThat(known.hear(datagram(2, 4, OWN), SECOND, 0)).isEqualTo(Verdict.IGNORED);
        assertThat(known.hear(datagram(3, 1, OWN), SECOND, 0)).isEqualTo(Verdict.FRESH);
        assertThat(known.hear(datagram(2, 9, OWN), SECOND, 0)).as("of a session that is over")
                .isEqualTo(Verdict.IGNORED);
    }

    @Test
    void whatWasSaidToAnotherSessionOfThisNodeCountsForNothing() {
        Acquaintance known = new Acquaintance(OWN);
        assertThat(known.hear(datagram(2, 5, OWN + 1), SECOND, 0)).isEqualTo(Verdict.ANSWER);
        assertThat(known.hear(datagram(2, 6, OWN + 1), SECOND, 0)).isEqualTo(Verdict.IGNORED);
    }

    @Test
    void aRecordingDoesNotEndWhatGoesOn() {
        Acquaintance known = new Acquaintance(OWN);
        known.hear(datagram(2, 5, OWN), SECOND, 0);
        assertThat(known.hear(datagram(9, 1, 8), SECOND, SECOND / 2)).isEqualTo(Verdict.IGNORED);
        assertThat(known.echo()).isEqualTo(2);
    }

    @Test
    void aPeerThatWasStartedAnewIsAnsweredWhenItsFormerSessionHasBeenSilentForLong() {
        Acquaintance known = new Acquaintance(OWN);
        known.hear(datagram(2, 5, OWN), SECOND, 0);
        assertThat(known.hear(datagram(3, 1, 0), SECOND, 2 * SECOND)).isEqualTo(Verdict.ANSWER);
        assertThat(known.echo()).isEqualTo(3);
        assertThat(known.hear(datagram(3, 2, OWN), SECOND, 2 * SECOND)).isEqualTo(Verdict.FRESH);
    }
}
