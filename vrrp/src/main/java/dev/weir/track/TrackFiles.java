package dev.weir.track;

import dev.weir.conf.Definitions.InitFile;
import dev.weir.conf.Definitions.TrackFile;
import dev.weir.sys.Inotify;
import dev.weir.sys.Inotify.Happened;
import dev.weir.sys.SystemException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.function.ObjIntConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads track_files when they have been written, moved or removed: their directories are watched. Where a directory is not
 * there, it is looked for once a second. For one thread at a time, the one that waits for {@code inotify}, too.
 */
public final class TrackFiles {
    private static final long AGAIN = TimeUnit.SECONDS.toNanos(1);
    private static final int NOWHERE = -1;
    private static final Logger LOG = LoggerFactory.getLogger(TrackFiles.class);

    private final Inotify inotify;
    private final ObjIntConsumer<String> numbers;
    private final Map<String, Tracked> tracked = new LinkedHashMap<>();
    private long lookedAround;

    private static final class Tracked {
        private final TrackFile conf;
        private final Path path;
        private int directory = NOWHERE;
        private @Nullable Integer number;

        private Tracked(TrackFile conf) {
            this.conf = conf;
            this.path = Path.of(conf.file()).toAbsolutePath();
        }
    }

    /** @param numbers takes a file's name and its number, when it is first read and whenever it changes */
    public TrackFiles(Inotify inotify, ObjIntConsumer<String> numbers) {
        this.inotify = inotify;
        this.numbers = numbers;
    }

    /** What is the same file goes on; of a new one the number is told. */
    public void configure(List<TrackFile> files, long now) {
        Map<String, Tracked> before = new HashMap<>(tracked);
        tracked.clear();
        for (TrackFile conf : files) {
            Tracked present = before.remove(conf.name());
            if (present != null && present.conf.file().equals(conf.file())) {
                tracked.put(conf.name(), present);
                continue;
            }
            if (conf.init() != null) {
                write(conf.file(), conf.init());
            }
            tracked.put(conf.name(), new Tracked(conf));
        }
        for (Tracked gone : before.values()) {
            if (gone.directory != NOWHERE
                    && tracked.values().stream().noneMatch(file -> file.directory == gone.directory)) {
                inotify.unwatch(gone.directory);
            }
        }
        lookAround(now);
    }

    private static void write(String file, InitFile init) {
        Path path = Path.of(file);
        try {
            boolean there = Files.exists(path);
            if (there && !init.overwrite()) {
                return;
            }
            if (!there) {
                Files.createFile(path, PosixFilePermissions.asFileAttribute(
                        PosixFilePermissions.fromString("rw-------")));
            }
            Files.writeString(path, init.value() + "\n", StandardCharsets.US_ASCII);
        } catch (IOException e) {
            LOG.warn("track_file {}: init_file cannot write it: {}", file, e.getMessage());
        }
    }

    /** Follows what has happened in the directories. */
    public void look(long now) {
        if (tracked.isEmpty()) {
            return;
        }
        try {
            for (Happened happened : inotify.happened()) {
                tracked.values().stream()
                        .filter(file -> happened.directory() < 0 || file.directory == happened.directory())
                        .forEach(file -> happened(file, happened));
            }
        } catch (SystemException e) {
            LOG.warn("track_files are not followed", e);
        }
        if (now - lookedAround >= AGAIN) {
            lookAround(now);
        }
    }

    private void happened(Tracked file, Happened happened) {
        if (happened.gone()) {
            inotify.unwatch(file.directory);
            file.directory = NOWHERE;
            read(file);
        } else if (happened.directory() < 0 || file.path.endsWith(happened.name())) {
            read(file);
        }
    }

    private void lookAround(long now) {
        lookedAround = now;
        for (Tracked file : tracked.values()) {
            if (file.directory == NOWHERE) {
                Path parent = file.path.getParent();
                file.directory = parent == null ? NOWHERE : watch(parent.toString());
                read(file); // what happened before it was watched
            }
        }
    }

    private int watch(String directory) {
        try {
            return inotify.watch(directory);
        } catch (SystemException e) {
            return NOWHERE; // it is not there; the number is 0, as that of a missing file
        }
    }

    private void read(Tracked file) {
        OptionalInt number = FileNumber.read(file.path);
        if (number.isEmpty()) {
            LOG.warn("track_file {}: the number in {} is beyond 32 bits; what it was before counts", file.conf.name(),
                    file.path);
        } else if (file.number == null || file.number != number.getAsInt()) {
            file.number = number.getAsInt();
            numbers.accept(file.conf.name(), file.number);
        }
    }

    /** When to look next, at the latest: nanoseconds from now. */
    public long patience(long now) {
        return tracked.values().stream().anyMatch(file -> file.directory == NOWHERE)
                ? lookedAround + AGAIN - now
                : Long.MAX_VALUE;
    }
}
