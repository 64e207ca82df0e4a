package dev.weir.vrrp.track;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.vrrp.track.Turns.Turn;
import org.junit.jupiter.api.Test;

/** When a vrrp_script runs. */
class TurnsTest {
    private final Turns turns = new Turns(10, 100);

    @Test
    void itRunsAtOnceAndThenOnceAnInterval() {
        assertThat(turns.at(99)).isEqualTo(Turn.NOT_YET);
        assertThat(turns.at(100)).isEqualTo(Turn.RUN);
        turns.ended();
        assertThat(turns.at(109)).isEqualTo(Turn.NOT_YET);
        assertThat(turns.next()).isEqualTo(110);
        assertThat(turns.at(110)).isEqualTo(Turn.RUN);
    }

    @Test
    void oneThatRunsStillIsLeftOutAndSaysSoOnce() {
        assertThat(turns.at(100)).isEqualTo(Turn.RUN);
        assertThat(turns.at(110)).isEqualTo(Turn.SKIP_FIRST);
        assertThat(turns.at(120)).isEqualTo(Turn.SKIP);
        turns.ended();
        assertThat(turns.at(125)).as("not before its turn").isEqualTo(Turn.NOT_YET);
        assertThat(turns.at(130)).isEqualTo(Turn.RUN);
        assertThat(turns.at(140)).isEqualTo(Turn.SKIP_FIRST);
    }

    @Test
    void turnsThatWereMissedAreNotMadeUpFor() {
        assertThat(turns.at(1000)).isEqualTo(Turn.RUN);
        turns.ended();
        assertThat(turns.next()).isEqualTo(1010);
    }

    @Test
    void theClockMayPassItsLargestValue() {
        Turns late = new Turns(10, Long.MAX_VALUE - 3);
        assertThat(late.at(Long.MAX_VALUE - 4)).isEqualTo(Turn.NOT_YET);
        assertThat(late.at(Long.MAX_VALUE - 3)).isEqualTo(Turn.RUN);
        late.ended();
        assertThat(late.at(Long.MAX_VALUE)).isEqualTo(Turn.NOT_YET);
        assertThat(late.at(Long.MIN_VALUE + 6)).isEqualTo(Turn.RUN);
    }
}
