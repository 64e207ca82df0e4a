package dev.weir.vrrp.track;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** How many runs of a vrrp_script it takes. A run is + or -. */
class RiseAndFallTest {
    /** What counts after each run: u, d. */
    private static String after(int rise, int fall, @Nullable Boolean up, String runs) {
        RiseAndFall counts = new RiseAndFall(rise, fall, up);
        List<String> states = new ArrayList<>();
        Boolean before = up;
        for (int i = 0; i < runs.length(); i++) {
            boolean changed = counts.ran(runs.charAt(i) == '+');
            assertThat(changed).isEqualTo(!Objects.equals(counts.up(), before));
            before = counts.up();
            states.add(Boolean.TRUE.equals(before) ? "u" : "d");
        }
        return String.join("", states);
    }

    @Test
    void theFirstRunDecidesAlone() {
        assertThat(after(3, 3, null, "+--")).isEqualTo("uuu");
        assertThat(after(3, 3, null, "-++")).isEqualTo("ddd");
    }

    @Test
    void riseRunsOneAfterAnotherBringItUp() {
        assertThat(after(3, 1, null, "-++-+++")).isEqualTo("ddddddu");
    }

    @Test
    void fallRunsOneAfterAnotherBringItDown() {
        assertThat(after(1, 3, null, "+--+---+")).isEqualTo("uuuuuudu");
    }

    @Test
    void underInitFailItCountsAsFailedUntilItHasRisen() {
        assertThat(after(2, 1, false, "+-++")).isEqualTo("dddu");
    }
}
