package dev.weir.lbd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZonedDateTime;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** reload_time_file and reload_repeat, with a clock of its own. */
class ReloadScheduleTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;
    private Path file = Path.of("/");
    private ZonedDateTime now = ZonedDateTime.parse("2026-11-22T10:00:00Z[UTC]");
    private int reloads;
    private boolean wasThere;

    @BeforeEach
    void begin() {
        file = folder.resolve("time");
    }

    private ReloadSchedule schedule(boolean repeat) {
        return new ReloadSchedule(file, repeat, () -> {
            reloads++;
            wasThere = Files.exists(file);
        });
    }

    /** As the thread does that asks it: whenever it wants to be asked. */
    private void until(ReloadSchedule schedule, String time) {
        ZonedDateTime end = ZonedDateTime.parse(time);
        while (now.isBefore(end)) {
            ZonedDateTime next = now.plus(schedule.look(now));
            now = next.isAfter(end) ? end : next;
        }
    }

    private void says(String line) throws IOException {
        Files.writeString(file, line + "\n");
    }

    @Test
    void theConfigurationIsReadAnewAtThatTimeOnceAndTheFileGoesBefore() throws IOException {
        ReloadSchedule schedule = schedule(false);
        until(schedule, "2026-11-22T10:00:01.500Z");
        says("10:00:04");
        until(schedule, "2026-11-22T10:00:04Z");
        assertThat(reloads).isZero();
        assertThat(schedule.look(now)).isEqualTo(SECOND);
        assertThat(reloads).isEqualTo(1);
        assertThat(wasThere).isFalse();
        until(schedule, "2026-11-23T10:00:10Z");
        assertThat(reloads).isEqualTo(1);
    }

    @Test
    void itIsAskedJustInTime() throws IOException {
        says("10:00:01");
        now = ZonedDateTime.parse("2026-11-22T10:00:00.400Z[UTC]");
        assertThat(schedule(false).look(now)).isEqualTo(Duration.ofMillis(600));
    }

    @Test
    void withRepeatEachDay() throws IOException {
        says("10:00:04");
        ReloadSchedule schedule = schedule(true);
        until(schedule, "2026-11-22T10:00:10Z");
        assertThat(reloads).isEqualTo(1);
        assertThat(wasThere).isTrue();
        until(schedule, "2026-11-23T10:00:03Z");
        assertThat(reloads).isEqualTo(1);
        until(schedule, "2026-11-23T10:00:10Z");
        assertThat(reloads).isEqualTo(2);
    }

    @Test
    void aDayComesOnceWithRepeatToo() throws IOException {
        says("2026-11-22 10:00:04");
        until(schedule(true), "2026-11-22T10:00:10Z");
        assertThat(reloads).isEqualTo(1);
        assertThat(wasThere).isFalse();
    }

    @Test
    void whatTheFileSaysLastCounts() throws IOException {
        says("10:00:04");
        ReloadSchedule schedule = schedule(false);
        until(schedule, "2026-11-22T10:00:02Z");
        says("10:00:08");
        until(schedule, "2026-11-22T10:00:07Z");
        assertThat(reloads).isZero();
        until(schedule, "2026-11-22T10:00:10Z");
        assertThat(reloads).isEqualTo(1);
    }

    @Test
    void aFileThatGoesOrSaysNoTimeTakesItBack() throws IOException {
        says("10:00:04");
        ReloadSchedule schedule = schedule(false);
        until(schedule, "2026-11-22T10:00:02Z");
        Files.delete(file);
        until(schedule, "2026-11-22T10:00:10Z");
        says("10:00:14");
        until(schedule, "2026-11-22T10:00:12Z");
        says("soon");
        until(schedule, "2026-11-22T10:00:20Z");
        assertThat(reloads).isZero();
        assertThat(file).exists();
    }

    @Test
    void aFolderMayComeLater() throws IOException {
        file = folder.resolve("later").resolve("time");
        ReloadSchedule schedule = schedule(false);
        until(schedule, "2026-11-22T10:00:02Z");
        Files.createDirectory(folder.resolve("later"));
        says("10:00:04");
        until(schedule, "2026-11-22T10:00:05Z");
        assertThat(reloads).isEqualTo(1);
    }
}
