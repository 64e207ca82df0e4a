package dev.weir.bfd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.bfd.Reading.Flaw;
import dev.weir.bfd.Sessions.Arrival;
import dev.weir.wire.IpAddress;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Two hosts with sessions, and a clock. */
class SessionsTest {
    private final Host one = new Host("10.0.0.1", 1);
    private final Host other = new Host("10.0.0.2", 2);
    private long now;

    private static String session(String name, String neighbour, String... settings) {
        return "bfd_instance " + name + " {\nneighbor_ip " + neighbour + "\n" + String.join("\n", settings) + "\n}\n";
    }

    private void pass(long milliseconds) {
        long end = now + TimeUnit.MILLISECONDS.toNanos(milliseconds);
        Host.run(one, other, now, end);
        now = end;
    }

    private void up() {
        one.configure(session("A", "10.0.0.2"), now);
        other.configure(session("B", "10.0.0.1"), now);
        pass(1500);
        assertThat(one.told).containsExactly("A down", "A up");
        assertThat(other.told).containsExactly("B down", "B up");
        one.told.clear();
        other.told.clear();
    }

    @Test
    void bothComeUpAndAgreeOnTheirTimes() {
        one.configure(session("A", "10.0.0.2", "min_tx 20", "min_rx 30", "multiplier 3"), now);
        other.configure(session("B", "10.0.0.1", "min_tx 25", "min_rx 50", "multiplier 4"), now);
        pass(1500);
        assertThat(one.standing("A").transmitInterval()).isEqualTo(50_000);
        assertThat(other.standing("B").detectionTime()).isEqualTo(150_000);
        assertThat(other.standing("B").transmitInterval()).isEqualTo(30_000);
        assertThat(one.standing("A").detectionTime()).isEqualTo(120_000);
        assertThat(one.standing("A").remoteDiscriminator()).isEqualTo(other.standing("B").discriminator());
        pass(600_000);
        assertThat(one.told).containsExactly("A down", "A up");
        assertThat(other.told).containsExactly("B down", "B up");
    }

    @Test
    void oneThatDiesIsMissedWithinTheDetectionTime() {
        up();
        other.die();
        pass(39);
        assertThat(one.told).isEmpty();
        pass(12);
        assertThat(one.told).containsExactly("A down");
        assertThat(one.standing("A").own()).isEqualTo(Diagnostic.EXPIRED);
    }

    @Test
    void aPathThatCarriesOneWayOnlyIsDownAtBothEnds() {
        up();
        other.farAway(254);
        pass(60);
        assertThat(one.told).containsExactly("A down");
        assertThat(other.told).containsExactly("B down");
        assertThat(other.standing("B").own()).isEqualTo(Diagnostic.NEIGHBOUR_DOWN);
        other.farAway(255);
        pass(3000);
        assertThat(one.told).containsExactly("A down", "A up");
    }

    @Test
    void twoPassiveOnesWaitForEver() {
        one.configure(session("A", "10.0.0.2", "passive"), now);
        other.configure(session("B", "10.0.0.1", "passive"), now);
        pass(60_000);
        assertThat(one.state("A")).isEqualTo(SessionState.DOWN);
        other.configure(session("B", "10.0.0.1"), now);
        pass(3000);
        assertThat(one.state("A")).isEqualTo(SessionState.UP);
    }

    @Test
    void aReloadKeepsWhatIsTheSameSession() {
        up();
        int discriminator = one.standing("A").discriminator();
        one.configure(session("A", "10.0.0.2", "min_rx 40", "min_tx 20") + session("C", "10.0.0.3"), now);
        pass(1000);
        assertThat(one.told).containsExactly("C down");
        assertThat(other.told).isEmpty();
        assertThat(one.standing("A").discriminator()).isEqualTo(discriminator);
        assertThat(other.standing("B").transmitInterval()).isEqualTo(40_000);
        assertThat(other.standing("B").detectionTime()).isEqualTo(100_000);
    }

    @Test
    void oneThatAReloadTakesAwaySaysSoAndItsNeighbourTellsNobody() {
        up();
        one.configure("", now);
        pass(1000);
        assertThat(other.state("B")).isEqualTo(SessionState.DOWN);
        assertThat(other.standing("B").remoteState()).isEqualTo(SessionState.ADMIN_DOWN);
        assertThat(other.told).isEmpty();
        one.configure(session("A", "10.0.0.2"), now);
        pass(3000);
        assertThat(other.state("B")).isEqualTo(SessionState.UP);
        assertThat(other.told).isEmpty();
    }

    @Test
    void oneThatWasStartedAnewBeforeItWasMissedComesUpAgain() {
        up();
        one.configure(session("A", "10.0.0.3"), now);
        one.wire.clear();
        one.configure(session("A", "10.0.0.2"), now);
        pass(3000);
        assertThat(one.state("A")).isEqualTo(SessionState.UP);
        assertThat(other.state("B")).isEqualTo(SessionState.UP);
    }

    @ParameterizedTest
    @CsvSource({"'', 255, true", "'', 254, false", "ttl 64, 64, true", "ttl 64, 63, false", "max_hops 2, 253, true",
            "max_hops 2, 252, false", "max_hops 255, 1, true", "max_hops -1, 1, true"})
    void aPacketMayHaveLostMaxHopsOfItsTtl(String settings, int left, boolean taken) {
        one.configure(session("A", "10.0.0.2", settings), now);
        other.configure(session("B", "10.0.0.1", "max_hops 255"), now);
        other.farAway(left);
        pass(3000);
        assertThat(one.state("A") == SessionState.UP).isEqualTo(taken);
        assertThat(one.sessions.flaws().containsKey(Flaw.HOPS)).isEqualTo(!taken);
    }

    @Test
    void aSessionIsFoundByItsAddressesUntilTheNeighbourKnowsItsNumber() {
        one.configure(session("A", "10.0.0.2", "source_ip 10.0.0.1") + session("C", "10.0.0.3"), now);
        ControlPacket down = down();
        one.perform(one.sessions.receive(arrival("10.0.0.2", "10.0.0.9", down), now));
        assertThat(one.state("A")).isEqualTo(SessionState.DOWN);
        one.perform(one.sessions.receive(arrival("10.0.0.3", "10.0.0.9", down), now));
        assertThat(one.state("C")).isEqualTo(SessionState.INIT);
        one.perform(one.sessions.receive(arrival("10.0.0.2", "10.0.0.1", down), now));
        assertThat(one.state("A")).isEqualTo(SessionState.INIT);
        ControlPacket init = new ControlPacket(Diagnostic.NONE, SessionState.INIT, false, false, false, 5, 77,
                one.standing("C").discriminator(), 1_000_000, 10_000);
        one.perform(one.sessions.receive(arrival("10.9.9.9", "10.0.0.1", init), now));
        assertThat(one.state("C")).isEqualTo(SessionState.UP);
        assertThat(one.state("A")).isEqualTo(SessionState.INIT);
        assertThat(one.sessions.flaws()).isEqualTo(Map.of(Flaw.SESSION, 1L));
    }

    /** Another router may have the same address on another link. */
    @Test
    void aNeighbourOfOneLinkIsHeardOnThatOnly() {
        one.configure(session("A", "fe80::1", "@weir interface eth1"), now);
        one.perform(one.sessions.receive(arrival("fe80::1", "fe80::2", 1, down()), now));
        assertThat(one.state("A")).isEqualTo(SessionState.DOWN);
        assertThat(one.sessions.flaws()).isEqualTo(Map.of(Flaw.SESSION, 1L));
        one.perform(one.sessions.receive(arrival("fe80::1", "fe80::2", 2, down()), now));
        assertThat(one.state("A")).isEqualTo(SessionState.INIT);
    }

    private static ControlPacket down() {
        return new ControlPacket(Diagnostic.NONE, SessionState.DOWN, false, false, false, 5, 77, 0, 1_000_000, 10_000);
    }

    private static Arrival arrival(String from, String to, ControlPacket packet) {
        return arrival(from, to, 1, packet);
    }

    private static Arrival arrival(String from, String to, int index, ControlPacket packet) {
        return new Arrival(IpAddress.parse(from), IpAddress.parse(to), index, 255, new Reading.Valid(packet));
    }
}
