package dev.weir.lbd;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * reload_time_file: nodes whose files are to change together read them anew at the time that stands there. One thread asks it,
 * as often as it wants to be asked.
 */
final class ReloadSchedule {
    private static final Logger LOG = LoggerFactory.getLogger(ReloadSchedule.class);
    /** A file that comes, changes or goes is seen within that. */
    private static final Duration AGAIN = Duration.ofSeconds(1);

    private final Path file;
    private final boolean repeat;
    private final Runnable reload;
    /** The file's first line as it was seen last, or null: there was none. */
    private @Nullable String seen;
    private @Nullable ReloadTime next;

    /** @param repeat the file stays, where it says a time and no day */
    ReloadSchedule(Path file, boolean repeat, Runnable reload) {
        this.file = file;
        this.repeat = repeat;
        this.reload = reload;
    }

    boolean isFor(Path other, boolean repeats) {
        return file.equals(other) && repeat == repeats;
    }

    /**
     * Reads the file, and has the configuration read anew if its time has come.
     *
     * @return when it wants to be asked again, at the latest
     */
    Duration look(ZonedDateTime now) {
        follow(firstLine(), now);
        if (next != null && !next.at().isAfter(now)) {
            come(next, now);
        }
        return next == null || next.at().isAfter(now.plus(AGAIN)) ? AGAIN : Duration.between(now, next.at());
    }

    /** The file goes first: what it says must not be read again, and without a day it would mean tomorrow. */
    private void come(ReloadTime due, ZonedDateTime now) {
        next = null;
        if (repeat && !due.dated() && seen != null) {
            next = ReloadTime.parse(seen, now);
        } else {
            seen = null;
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                LOG.warn("reload_time_file {} cannot be removed: {}", file, e.toString());
            }
        }
        LOG.info("it is {}: the configuration is read anew, as {} says", due.text(), file);
        reload.run();
    }

    private void follow(@Nullable String line, ZonedDateTime now) {
        if (line == null ? seen == null : line.equals(seen)) {
            return;
        }
        seen = line;
        ReloadTime before = next;
        next = line == null ? null : time(line, now);
        if (next != null) {
            LOG.info("the configuration is read anew at {}, as {} says", next.text(), file);
        } else if (before != null) {
            LOG.info("the configuration is not read anew at {}: {} says so no more", before.text(), file);
        }
    }

    private @Nullable ReloadTime time(String line, ZonedDateTime now) {
        try {
            return ReloadTime.parse(line, now);
        } catch (IllegalArgumentException e) {
            LOG.warn("reload_time_file {} is passed over: {}", file, e.getMessage());
            return null;
        }
    }

    private @Nullable String firstLine() {
        try (Stream<String> lines = Files.lines(file)) {
            return lines.findFirst().orElse("");
        } catch (NoSuchFileException | NotDirectoryException e) {
            return null;
        } catch (IOException | RuntimeException e) {
            LOG.debug("{} cannot be read: {}", file, e.toString());
            return null;
        }
    }
}
