package dev.weir.lbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.ZonedDateTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Times of a reload_time_file, as keepalived 2.2.7 takes and refuses them. */
class ReloadTimeTest {
    private static final ZonedDateTime NOW = ZonedDateTime.parse("2026-11-22T05:53:58+01:00[Europe/Berlin]");

    @ParameterizedTest
    @CsvSource({"05:54:22, 2026-11-22T05:54:22+01:00, false", "05:53:33, 2026-11-23T05:53:33+01:00, false",
            "05:53:58, 2026-11-23T05:53:58+01:00, false", "04:54:22Z, 2026-11-22T04:54:22Z, false",
            "2026-11-22 05:54:22, 2026-11-22T05:54:22+01:00, true", "26-12-01 00:00:00Z, 2026-12-01T00:00:00Z, true",
            "68-01-01 00:00:00Z, 2068-01-01T00:00:00Z, true"})
    void whenItIs(String line, ZonedDateTime expected, boolean dated) {
        ReloadTime time = ReloadTime.parse(line, NOW);
        assertThat(time.at().toInstant()).isEqualTo(expected.toInstant());
        assertThat(time.dated()).isEqualTo(dated);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "25:00:00", "05:60:00", "05:54:22 ", " 05:54:22", "2026-11-22  05:54:22",
            "5:54:22",
            "26-02-30 01:02:03", "2026-13-01 01:02:03", "2026-11-22T05:54:22", "05:54:22z", "126-11-22 05:54:22"})
    void whatIsNoTime(String line) {
        assertThatThrownBy(() -> ReloadTime.parse(line, NOW)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + line + "' is no time");
    }

    @Test
    void whatIsOver() {
        for (String line : new String[]{"2026-11-22 05:53:33", "26-11-22 05:53:58", "1999-01-01 00:00:00Z",
                "69-01-01 00:00:00"}) {
            assertThatThrownBy(() -> ReloadTime.parse(line, NOW)).hasMessage("'" + line + "' is over");
        }
    }

    @Test
    void anHourThatThereIsNotAndOneThatThereIsTwice() {
        assertThatThrownBy(() -> ReloadTime.parse("2027-03-28 02:30:00", NOW))
                .hasMessageContaining("clocks are put forward");
        assertThat(ReloadTime.parse("2027-10-31 02:30:00", NOW).at().toInstant())
                .isEqualTo(ZonedDateTime.parse("2027-10-31T00:30:00Z").toInstant());
    }
}
