package dev.weir.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.check.Course.Beginning;
import dev.weir.check.Course.Verdict;
import dev.weir.check.Outcome.Failure;
import dev.weir.check.Outcome.Next;
import dev.weir.check.Outcome.Success;
import dev.weir.conf.HealthCheck;
import dev.weir.conf.HealthCheck.Connect;
import dev.weir.conf.HealthCheck.Connection;
import dev.weir.conf.HealthCheck.Dns;
import dev.weir.conf.HealthCheck.Http;
import dev.weir.conf.HealthCheck.Path;
import dev.weir.conf.HealthCheck.Probe;
import dev.weir.conf.HealthCheck.Smtp;
import dev.weir.conf.HealthCheck.Timing;
import dev.weir.wire.IpAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** When checks run, and what servers count as by them: in a notation of one letter for each run. */
class CourseTest {
    private static final int INTERVAL = 10;
    private static final int BEFORE_RETRY = 2;
    private static final int TOOK = 1;

    private static HealthCheck check(Probe probe, int retry, boolean alpha) {
        return new HealthCheck(
                new Connection(IpAddress.parse("10.0.0.2"), 80, null, 0, null, 0, Duration.ofSeconds(5), Path.SERVER),
                new Timing(Duration.ofSeconds(INTERVAL), retry, Duration.ofSeconds(BEFORE_RETRY),
                        Duration.ofSeconds(INTERVAL)),
                alpha, false, probe);
    }

    private static Probe pages(boolean fast) {
        return new Http(List.of(), false, null, false, "1.0", fast);
    }

    private static Course course(Probe probe, int retry, boolean alpha) {
        return new Course(check(probe, retry, alpha), Beginning.UNKNOWN, 0, 0);
    }

    /**
     * Runs take a second each; + succeeds, - fails, > has a further question.
     *
     * @return for each run, seconds to the next one and U or D, in capitals where the state is told of
     */
    private static String walk(Course course, String runs) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < runs.length(); i++) {
            long began = course.next();
            long ended = began + TimeUnit.SECONDS.toNanos(TOOK);
            Verdict verdict = course.ran(switch (runs.charAt(i)) {
                case '+' -> new Success("");
                case '>' -> new Next("");
                default -> new Failure("");
            }, began, ended);
            String state = verdict.up() ? "u" : "d";
            text.append(text.isEmpty() ? "" : " ").append((course.next() - ended) / TimeUnit.SECONDS.toNanos(1))
                    .append(verdict.changed() ? state.toUpperCase(java.util.Locale.ROOT) : state);
        }
        return text.toString();
    }

    @Test
    void theFirstRunComesAfterARandomPartOfWarmup() {
        assertThat(new Course(check(new Connect(), 1, false), Beginning.UNKNOWN, 5_000, 0.25).next())
                .isEqualTo(5_000 + TimeUnit.MILLISECONDS.toNanos(2_500));
    }

    @Test
    void whatIsUpGoesDownAfterTheRetriesWhichComeSooner() {
        assertThat(walk(course(new Connect(), 2, false), "+---+")).isEqualTo("10U 2u 2u 10D 10U");
        assertThat(walk(course(new Dns("SOA", "."), 2, false), "+---+")).isEqualTo("10U 2u 2u 10D 10U");
    }

    @Test
    void aSuccessBetweenFailuresGivesAllRetriesBack() {
        assertThat(walk(course(new Connect(), 1, false), "+-+--")).isEqualTo("10U 2u 10u 2u 10D");
    }

    @Test
    void atFirstOneFailureIsEnough() {
        assertThat(walk(course(new Connect(), 3, false), "-+")).isEqualTo("10D 10U");
        assertThat(walk(course(new Dns("SOA", "."), 3, true), "-+")).isEqualTo("10D 10U");
    }

    @Test
    void smtpHasItsRetriesFromTheFirstRunOn() {
        assertThat(walk(course(new Smtp(null), 1, false), "--+")).isEqualTo("2u 10D 10U");
    }

    @Test
    void withAlphaItIsDownUntilItHasSucceeded() {
        Course course = course(new Connect(), 1, true);
        assertThat(course.up()).isFalse();
        assertThat(walk(course, "+--")).isEqualTo("10U 2u 10D");
    }

    @Test
    void whatIsDownIsAskedAtItsIntervalAndByTcpAndSmtpAgainSoon() {
        assertThat(walk(course(new Dns("SOA", "."), 2, false), "----")).isEqualTo("10D 10d 10d 10d");
        assertThat(walk(course(new Connect(), 2, false), "----")).isEqualTo("10D 2d 2d 10d");
        assertThat(walk(course(new Smtp(null), 1, false), "----")).isEqualTo("2u 10D 2d 10d");
    }

    @Test
    void timesOfScriptsCountFromTheirBeginning() {
        Probe script = new HealthCheck.Script(new dev.weir.conf.Command("x", List.of("x"), null, null),
                Duration.ofSeconds(5), false);
        assertThat(walk(course(script, 1, false), "+--")).isEqualTo("9U 1u 9D");
        assertThat(walk(new Course(new HealthCheck(check(script, 0, false).connection(),
                new Timing(Duration.ofMillis(500), 0, Duration.ZERO, Duration.ZERO), false, false, script),
                Beginning.UNKNOWN, 0, 0), "++")).isEqualTo("0U 0u");
    }

    @Test
    void ofSeveralUrlsAllHaveToSucceed() {
        assertThat(walk(course(pages(false), 1, false), ">>+>>+")).isEqualTo("10u 10u 10U 10u 10u 10u");
    }

    @Test
    void afterItsUrlHasFailedAServerNeedsThatOneAndThenAll() {
        assertThat(walk(course(pages(false), 1, false), "+--->>+")).isEqualTo("10U 2u 10D 10d 10d 10d 10U");
        assertThat(walk(course(pages(false), 1, false), "+--++")).isEqualTo("10U 2u 10D 10d 10U");
    }

    @Test
    void fastRecoveryAsksAllUrlsWithoutPause() {
        assertThat(walk(course(pages(true), 1, false), ">>+>+")).isEqualTo("0u 0u 10U 10u 10u");
        assertThat(walk(course(pages(true), 1, false), "+--+>+")).isEqualTo("10U 2u 10D 0d 0d 10U");
    }

    @Test
    void aFailureDuringFastRecoveryIsNotRepeatedWithoutPause() {
        assertThat(walk(course(pages(true), 0, false), "-+-+")).isEqualTo("10D 0d 2d 10U");
    }

    @Test
    void anotherPaceHoldsAtOnceAndLeavesOneMoreRetry() {
        Course course = course(new Connect(), 3, false);
        assertThat(walk(course, "+---")).isEqualTo("10U 2u 2u 2u");
        long now = course.next() - TimeUnit.SECONDS.toNanos(BEFORE_RETRY);
        course.retime(new Timing(Duration.ofSeconds(1), 2, Duration.ofSeconds(5), Duration.ZERO), now);
        assertThat(course.next()).isEqualTo(now + TimeUnit.SECONDS.toNanos(1));
        assertThat(walk(course, "--")).isEqualTo("5u 1D");
    }

    @Test
    void aSuspendedCheckIsAskedAnIntervalLater() {
        Course course = course(new Connect(), 1, false);
        course.rested(TimeUnit.SECONDS.toNanos(7));
        assertThat(course.next()).isEqualTo(TimeUnit.SECONDS.toNanos(17));
        assertThat(course.up()).isTrue();
    }

    @Test
    void whatJoinsChecksThatSayUpIsUpAndHasItsRetries() {
        Course course = new Course(check(new Connect(), 1, true), Beginning.UP, 0, 0);
        assertThat(course.up()).isTrue();
        assertThat(walk(course, "--")).isEqualTo("2u 10D");
    }

    @Test
    void failuresInARowAreCounted() {
        Course course = course(new Connect(), 1, false);
        walk(course, "+--");
        assertThat(course.ran(new Failure(""), 0, 0)).isEqualTo(new Verdict(false, false, 3, 1));
        assertThat(course.ran(new Success(""), 0, 0)).isEqualTo(new Verdict(true, true, 0, 0));
    }
}
