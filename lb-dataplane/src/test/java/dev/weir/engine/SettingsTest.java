package dev.weir.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class SettingsTest {
    @Test
    void everySettingIsReadBackAsItWasSetAndMovesNoOther() {
        for (String key : Settings.keys()) {
            int changed = switch (key) {
                case "am_droprate", "conn_reuse_mode", "drop_packet", "secure_tcp" -> 3;
                default -> 1 - Settings.DEFAULT.value(key);
            };
            Settings settings = Settings.DEFAULT.with(key, Integer.toString(changed));
            for (String other : Settings.keys()) {
                assertThat(settings.value(other)).as("%s after %s", other, key)
                        .isEqualTo(other.equals(key) ? changed : Settings.DEFAULT.value(other));
            }
        }
    }

    @Test
    void refusesWhatWeirDoesNotHaveAndSaysWhatItHas() {
        assertThatThrownBy(() -> Settings.DEFAULT.with("no_such", "1"))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("no_such")
                .hasMessageContaining("sloppy_tcp");
        assertThatThrownBy(() -> Settings.DEFAULT.value("no_such")).hasMessageContaining("no_such");
        assertThatThrownBy(() -> Settings.DEFAULT.with("secure_tcp", "1")).hasMessageContaining("0 (never) or 3");
        assertThatThrownBy(() -> Settings.DEFAULT.with("drop_packet", "on")).hasMessageContaining("'on'");
    }
}
