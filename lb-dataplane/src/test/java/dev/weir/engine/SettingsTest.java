package dev.weir.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.route.StaticRoutes;
import dev.weir.service.Services;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the kernel takes, shows and refuses under /proc/sys/net/ipv4/vs was asked of Linux 6.1. */
class SettingsTest {
    @Test
    void everySettingIsReadBackAsItWasSetAndMovesNoOther() {
        for (Sysctl key : Sysctl.all()) {
            String changed = key == Sysctl.SYNC_THRESHOLD ? "2\t9" : key == Sysctl.SYNC_VERSION ? "0" : "2";
            Settings settings = Settings.DEFAULT.with(key.key(), changed);
            for (Sysctl other : Sysctl.all()) {
                assertThat(settings.text(other.key())).as("%s after %s", other, key)
                        .isEqualTo(other == key ? changed : Settings.DEFAULT.text(other));
            }
        }
    }

    @ParameterizedTest(name = "{0} = ''{1}''")
    @CsvSource({
            "am_droprate, -2147483648, -2147483648", "am_droprate, 2147483647, 2147483647", "am_droprate, 0x10, 16",
            "am_droprate, 010, 8", "am_droprate, -0, 0", "am_droprate, ' 7\n', 7", "am_droprate, 7 8, 7",
            "am_droprate, '1\n2', 1", "am_droprate, 1 x, 1",
            "lblc_expiration, 21474836, 21474836", "lblc_expiration, -1, -1", "lblcr_expiration, 0, 0",
            "sync_refresh_period, 21474836, 21474836", "sync_qlen_max, 92233720368547758, 92233720368547758",
            "sync_ports, 65536, 65536", "sync_threshold, 7 8, '7\t8'", "sync_threshold, 5, '5\t50'",
            "sync_threshold, 0 0, '0\t0'", "sync_threshold, 1 0, '1\t0'", "sync_threshold, 4 9 7, '4\t9'"})
    void takesWhatTheKernelTakesAndShowsItAsTheKernelDoes(String key, String written, String shown) {
        assertThat(Settings.DEFAULT.with(key, written).text(key)).isEqualTo(shown);
    }

    @ParameterizedTest(name = "{0} = ''{1}''")
    @CsvSource({
            "am_droprate, 2147483648", "am_droprate, -2147483649", "am_droprate, x", "am_droprate, 1x",
            "am_droprate, +3", "am_droprate, - 1", "am_droprate, 0x", "am_droprate, 09", "am_droprate, 1f",
            "am_droprate, ' '", "am_droprate, '1,2'", "drop_entry, 4", "drop_entry, -1", "drop_packet, 4",
            "secure_tcp, 4", "lblc_expiration, 21474837", "lblcr_expiration, -21474837", "sync_version, 2",
            "sync_retries, 4", "sync_ports, 0", "sync_ports, 3", "sync_ports, -2", "sync_qlen_max, -1",
            "sync_threshold, 50", "sync_threshold, 3 3", "sync_threshold, 5 -1", "sync_threshold, 5 x",
            "sync_threshold, 3 2147483648"})
    void refusesWhatTheKernelRefusesAndSaysWhatItTakes(String key, String written) {
        assertThatThrownBy(() -> Settings.DEFAULT.with(key, written)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(key + " must be ").hasMessageEndingWith("not '" + written + "'");
    }

    @Test
    void refusesWhatTheKernelDoesNotHaveAndSaysWhatThereIs() {
        assertThatThrownBy(() -> Settings.DEFAULT.with("no_such", "1")).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no_such").hasMessageContaining("sloppy_tcp");
        assertThatThrownBy(() -> Settings.DEFAULT.text("no_such")).hasMessageContaining("no_such");
        assertThatThrownBy(() -> Settings.DEFAULT.with(Sysctl.SECURE_TCP, 4)).hasMessageContaining("0 to 3");
    }

    @Test
    void lblcAndLblcrForgetAfterTheSecondsThatWereSet() {
        try (Engines engine = new Engines(new Services(), new StaticRoutes(),
                List.of(new WorkerPorts(List.of(), List.of())),
                new EngineOptions(1, 1, 0, true), 0)) {
            engine.settings(Settings.DEFAULT.with(Sysctl.LBLC_EXPIRATION, 7).with(Sysctl.LBLCR_EXPIRATION, 9));
            assertThat(engine.services().schedulers().lblcExpiration()).isEqualTo(7_000_000_000L);
            assertThat(engine.services().schedulers().lblcrExpiration()).isEqualTo(9_000_000_000L);
        }
    }
}
