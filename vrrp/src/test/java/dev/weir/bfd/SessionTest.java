package dev.weir.bfd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.conf.BfdInstance;
import dev.weir.vrrp.Configurations;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One session by itself: RFC 5880 section 6.8, and keepalived 2.2.7 as it ran. */
class SessionTest {
    private static final int OURS = 7;
    private static final int THEIRS = 9;
    /** Of which nothing is cut from intervals. */
    private static final RandomGenerator NO_CHANCE = () -> 0;

    private final List<Action> actions = new ArrayList<>();
    private long now = -TimeUnit.SECONDS.toNanos(3);
    private Session session = session("");

    static BfdInstance conf(String settings) {
        return Configurations.read("bfd_instance B {\nneighbor_ip 10.0.0.2\n" + settings + "\n}\n").bfds().getFirst();
    }

    private static Session session(String settings) {
        return new Session(conf(settings), OURS, NO_CHANCE);
    }

    private void begin(String settings) {
        session = session(settings);
        actions.addAll(session.begin(now));
    }

    private static ControlPacket packet(SessionState state) {
        return packet(state, false, false, state == SessionState.UP ? 10_000 : 1_000_000, 10_000);
    }

    private static ControlPacket packet(SessionState state, boolean poll, boolean last, long minTx, long minRx) {
        return new ControlPacket(Diagnostic.NONE, state, poll, last, false, 5, THEIRS, OURS, minTx, minRx);
    }

    private void hear(ControlPacket packet) {
        actions.addAll(session.receive(packet, now));
    }

    private void hear(SessionState state) {
        hear(packet(state));
    }

    /** To that state by the shortest way, with nothing left of what was done. */
    private void bring(SessionState state) {
        if (state != SessionState.DOWN) {
            hear(state == SessionState.UP ? SessionState.INIT : SessionState.DOWN);
        }
        assertThat(session.standing().state()).isEqualTo(state);
        actions.clear();
    }

    /** Up, and the poll that follows is answered. */
    private void up(String settings) {
        begin(settings);
        bring(SessionState.UP);
        hear(packet(SessionState.UP, false, true, 10_000, 10_000));
        actions.clear();
    }

    private void pass(long milliseconds) {
        long end = now + TimeUnit.MILLISECONDS.toNanos(milliseconds);
        while (session.deadline() <= end) {
            now = Math.max(now, session.deadline());
            actions.addAll(session.wake(now));
        }
        now = end;
    }

    private List<ControlPacket> sent() {
        List<ControlPacket> sent = new ArrayList<>();
        actions.forEach(action -> {
            if (action instanceof Action.Send(BfdInstance _, ControlPacket packet)) {
                sent.add(packet);
            }
        });
        actions.clear();
        return sent;
    }

    private List<Boolean> told() {
        return actions.stream().filter(Action.Tell.class::isInstance).map(action -> ((Action.Tell) action).up())
                .toList();
    }

    private SessionState state() {
        return session.standing().state();
    }

    @ParameterizedTest
    @CsvSource({"DOWN, ADMIN_DOWN, DOWN", "DOWN, DOWN, INIT", "DOWN, INIT, UP", "DOWN, UP, DOWN",
            "INIT, ADMIN_DOWN, DOWN", "INIT, DOWN, INIT", "INIT, INIT, UP", "INIT, UP, UP",
            "UP, ADMIN_DOWN, DOWN", "UP, DOWN, DOWN", "UP, INIT, UP", "UP, UP, UP"})
    void aPacketsStateChangesTheSessions(SessionState from, SessionState heard, SessionState to) {
        begin("");
        bring(from);
        hear(heard);
        assertThat(state()).isEqualTo(to);
    }

    @ParameterizedTest
    @CsvSource({"UP, DOWN, Neighbor Signaled Session Down", "UP, ADMIN_DOWN, Neighbor Signaled Session Down",
            "INIT, ADMIN_DOWN, Neighbor Signaled Session Down", "INIT, UP, No Diagnostic"})
    void theDiagnosticSaysWhy(SessionState from, SessionState heard, String diagnostic) {
        begin("");
        bring(from);
        hear(heard);
        assertThat(session.standing().own()).hasToString(diagnostic);
        assertThat(sent().getLast().diagnostic()).hasToString(diagnostic);
    }

    @Test
    void itBeginsDownWithAPacketAtOnceAndThenOneEachIdleInterval() {
        begin("min_tx 20\nmin_rx 30\nmultiplier 3");
        assertThat(told()).containsExactly(false);
        assertThat(sent()).containsExactly(new ControlPacket(Diagnostic.NONE, SessionState.DOWN, false, false, false, 3,
                OURS, 0, 1_000_000, 30_000));
        pass(3500);
        assertThat(sent()).hasSize(3);
    }

    @Test
    void aChangedStateIsSaidAtOnce() {
        begin("");
        actions.clear();
        pass(300);
        hear(SessionState.DOWN);
        assertThat(sent()).singleElement().satisfies(packet -> {
            assertThat(packet.state()).isEqualTo(SessionState.INIT);
            assertThat(packet.yours()).isEqualTo(THEIRS);
        });
        pass(100);
        assertThat(sent()).isEmpty();
    }

    @Test
    void aPassiveSessionIsSilentUntilItsNeighbourSpeaksAndAgainWhenThatIsGone() {
        begin("passive");
        pass(10_000);
        assertThat(sent()).isEmpty();
        hear(SessionState.DOWN);
        assertThat(sent()).singleElement().extracting(ControlPacket::state).isEqualTo(SessionState.INIT);
        pass(5000);
        assertThat(state()).isEqualTo(SessionState.DOWN);
        actions.clear();
        pass(10_000);
        assertThat(sent()).isEmpty();
    }

    @Test
    void whenItIsUpTheIntervalIsPolledDownFromTheIdleOne() {
        begin("min_tx 20");
        bring(SessionState.DOWN);
        hear(SessionState.INIT);
        assertThat(told()).containsExactly(true);
        assertThat(sent()).singleElement().satisfies(packet -> {
            assertThat(packet.poll()).isTrue();
            assertThat(packet.state()).isEqualTo(SessionState.UP);
            assertThat(packet.desiredMinTx()).isEqualTo(20_000);
        });
        pass(30);
        assertThat(sent()).singleElement().satisfies(packet -> assertThat(packet.poll()).isTrue());
        hear(packet(SessionState.UP, false, true, 10_000, 10_000));
        pass(10);
        assertThat(sent()).singleElement().satisfies(packet -> assertThat(packet.poll()).isFalse());
    }

    @Test
    void aNeighbourThatIsNotAskedOftenEnoughSetsTheInterval() {
        up("");
        hear(packet(SessionState.UP, false, false, 10_000, 200_000));
        pass(10);
        actions.clear();
        hear(packet(SessionState.UP, false, false, 1_000_000, 200_000));
        pass(1000);
        assertThat(sent()).hasSize(5);
        hear(packet(SessionState.UP, false, false, 1_000_000, 50_000));
        pass(1000);
        assertThat(sent()).hasSize(20);
    }

    @Test
    void aNeighbourThatWantsNoneGetsNone() {
        up("");
        hear(packet(SessionState.UP, false, false, 4_000_000, 0));
        pass(1000);
        assertThat(sent()).isEmpty();
        hear(packet(SessionState.UP, true, false, 4_000_000, 0));
        assertThat(sent()).hasSize(1);
    }

    @Test
    void aNeighbourInDemandModeGetsNoneWhileBothAreUp() {
        up("");
        hear(new ControlPacket(Diagnostic.NONE, SessionState.UP, false, false, true, 5, THEIRS, OURS, 1_000_000,
                10_000));
        pass(1000);
        assertThat(sent()).isEmpty();
        hear(SessionState.UP);
        pass(40);
        assertThat(sent()).hasSize(5);
    }

    @Test
    void aPollIsAnsweredAtOnce() {
        up("");
        hear(packet(SessionState.UP, true, false, 10_000, 10_000));
        assertThat(sent()).singleElement().satisfies(packet -> {
            assertThat(packet.last()).isTrue();
            assertThat(packet.poll()).isFalse();
        });
        pass(20);
        assertThat(sent()).isNotEmpty().noneMatch(ControlPacket::last);
    }

    @Test
    void anAnswerIsNoPollEvenWhileOneIsAsked() {
        begin("");
        bring(SessionState.INIT);
        hear(packet(SessionState.UP, true, false, 10_000, 10_000));
        assertThat(sent()).singleElement().satisfies(packet -> {
            assertThat(packet.last()).isTrue();
            assertThat(packet.poll()).isFalse();
        });
        pass(10);
        assertThat(sent()).singleElement().satisfies(packet -> assertThat(packet.poll()).isTrue());
    }

    @ParameterizedTest
    @CsvSource({"min_rx 10, 10000, 50", "min_rx 30, 10000, 150", "min_rx 10, 100000, 500", "min_rx 1, 1000, 5"})
    void theDetectionTimeIsTheNeighboursMultiplierTimesTheLongerInterval(String settings, long minTx,
            long milliseconds) {
        up("min_tx 4000\n" + settings);
        hear(packet(SessionState.UP, false, false, minTx, 10_000));
        assertThat(session.standing().detectionTime()).isEqualTo(milliseconds * 1000);
        actions.clear();
        pass(milliseconds - 1);
        assertThat(state()).isEqualTo(SessionState.UP);
        pass(1);
        assertThat(state()).isEqualTo(SessionState.DOWN);
        assertThat(told()).containsExactly(false);
        assertThat(sent()).singleElement().satisfies(packet -> {
            assertThat(packet.diagnostic()).isEqualTo(Diagnostic.EXPIRED);
            assertThat(packet.yours()).isZero();
            assertThat(packet.desiredMinTx()).isEqualTo(1_000_000);
        });
    }

    @Test
    void eachPacketPutsTheEndOff() {
        up("");
        for (int i = 0; i < 100; i++) {
            pass(49);
            hear(SessionState.UP);
        }
        assertThat(state()).isEqualTo(SessionState.UP);
        pass(50);
        assertThat(state()).isEqualTo(SessionState.DOWN);
    }

    @Test
    void oneThatNeverCameUpExpiresWithoutANotice() {
        begin("");
        hear(SessionState.DOWN);
        actions.clear();
        pass(4999);
        assertThat(state()).isEqualTo(SessionState.INIT);
        pass(1);
        assertThat(state()).isEqualTo(SessionState.DOWN);
        assertThat(told()).isEmpty();
    }

    @Test
    void whileTheNeighbourPollsItMaySendAsSeldomAsBefore() {
        begin("");
        hear(packet(SessionState.INIT));
        hear(packet(SessionState.UP, true, false, 10_000, 10_000));
        assertThat(session.standing().detectionTime()).isEqualTo(5_000_000);
        hear(packet(SessionState.UP, false, false, 10_000, 10_000));
        assertThat(session.standing().detectionTime()).isEqualTo(50_000);
    }

    @Test
    void aNeighbourThatWasTakenDownOnPurposeIsNoFailure() {
        up("");
        hear(SessionState.ADMIN_DOWN);
        assertThat(state()).isEqualTo(SessionState.DOWN);
        pass(60_000);
        hear(SessionState.DOWN);
        hear(SessionState.UP);
        assertThat(state()).isEqualTo(SessionState.UP);
        assertThat(told()).isEmpty();
        hear(SessionState.DOWN);
        assertThat(told()).containsExactly(false);
    }

    @Test
    void whatIsTakenOutOfTheFileIsAdministrativelyDown() {
        up("");
        actions.addAll(session.retire());
        assertThat(sent()).singleElement().satisfies(packet -> {
            assertThat(packet.state()).isEqualTo(SessionState.ADMIN_DOWN);
            assertThat(packet.diagnostic()).isEqualTo(Diagnostic.ADMIN_DOWN);
        });
        hear(SessionState.INIT);
        pass(5000);
        assertThat(actions).isEmpty();
    }

    @Test
    void aDaemonThatEndsIsDownForItsNeighbours() {
        up("");
        actions.addAll(session.leave());
        assertThat(sent()).singleElement().satisfies(packet -> {
            assertThat(packet.state()).isEqualTo(SessionState.DOWN);
            assertThat(packet.diagnostic()).isEqualTo(Diagnostic.PATH_DOWN);
        });
        assertThat(told()).isEmpty();
        hear(SessionState.DOWN);
        pass(5000);
        assertThat(actions).isEmpty();
    }

    @Test
    void anUnchangedConfigurationSaysNothing() {
        up("");
        actions.addAll(session.configure(conf(""), now));
        assertThat(actions).isEmpty();
    }

    @Test
    void aLongerIntervalHoldsWhenTheNeighbourHasAnswered() {
        up("");
        actions.addAll(session.configure(conf("min_tx 100"), now));
        assertThat(sent()).singleElement().satisfies(packet -> {
            assertThat(packet.poll()).isTrue();
            assertThat(packet.desiredMinTx()).isEqualTo(100_000);
        });
        pass(40);
        assertThat(sent()).hasSize(4);
        hear(packet(SessionState.UP, false, true, 1_000_000, 10_000));
        pass(10);
        actions.clear();
        pass(1000);
        assertThat(sent()).hasSize(10);
        assertThat(told()).isEmpty();
    }

    @Test
    void aShorterDetectionTimeHoldsWhenTheNeighbourHasAnswered() {
        up("min_rx 100");
        assertThat(session.standing().detectionTime()).isEqualTo(500_000);
        actions.addAll(session.configure(conf("min_rx 20"), now));
        assertThat(session.standing().detectionTime()).isEqualTo(500_000);
        hear(packet(SessionState.UP, false, true, 10_000, 10_000));
        assertThat(session.standing().detectionTime()).isEqualTo(100_000);
        actions.addAll(session.configure(conf("min_rx 200"), now));
        assertThat(session.standing().detectionTime()).isEqualTo(1_000_000);
    }

    @Test
    void anotherMultiplierNeedsNoPoll() {
        up("");
        actions.addAll(session.configure(conf("multiplier 9"), now));
        assertThat(sent()).singleElement().satisfies(packet -> {
            assertThat(packet.poll()).isFalse();
            assertThat(packet.multiplier()).isEqualTo(9);
        });
    }

    @ParameterizedTest
    @CsvSource({"5, 750, 1000", "1, 750, 900"})
    void upToAQuarterOfEachIntervalIsCutAtRandom(int multiplier, long least, long most) {
        session = new Session(conf("multiplier " + multiplier), OURS, new Random(3));
        actions.addAll(session.begin(now));
        long shortest = Long.MAX_VALUE;
        long longest = 0;
        for (int i = 0; i < 1000; i++) {
            long interval = (session.deadline() - now) / 1_000_000;
            shortest = Math.min(shortest, interval);
            longest = Math.max(longest, interval);
            now = session.deadline();
            actions.addAll(session.wake(now));
        }
        assertThat(shortest).isBetween(least, least + 5);
        assertThat(longest).isBetween(most - 5, most);
    }

    @Test
    void whoWasHeldUpReadsWhatCameBeforeItLooksAtTheClock() {
        up("");
        now += TimeUnit.SECONDS.toNanos(2);
        hear(SessionState.UP);
        actions.addAll(session.wake(now));
        assertThat(state()).isEqualTo(SessionState.UP);
        assertThat(sent()).hasSize(1);
    }
}
