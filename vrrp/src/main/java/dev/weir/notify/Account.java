package dev.weir.notify;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Who runs a script or owns a FIFO. */
public record Account(int uid, int gid) {
    static final Account ROOT = new Account(0, 0);

    /**
     * Of /etc/passwd and /etc/group.
     *
     * @param group null: the user's own
     * @return null where there is no such user or group
     */
    static @Nullable Account of(String user, @Nullable String group) {
        Integer uid = number("/etc/passwd", user, 2);
        Integer gid = group == null ? number("/etc/passwd", user, 3) : number("/etc/group", group, 2);
        return uid == null || gid == null ? null : new Account(uid, gid);
    }

    /** Whom this process runs as. */
    static Account own() {
        try {
            return new Account((Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid"),
                    (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:gid"));
        } catch (IOException e) {
            throw new IllegalStateException("/proc is not there, which Weir cannot do without", e);
        }
    }

    private static @Nullable Integer number(String file, String name, int field) {
        try {
            for (String line : Files.readAllLines(Path.of(file), StandardCharsets.ISO_8859_1)) {
                String[] fields = line.split(":", -1);
                if (fields[0].equals(name) && fields.length > field) {
                    return Integer.valueOf(fields[field]);
                }
            }
            return null;
        } catch (IOException | NumberFormatException e) {
            return null; // as if the name were not there, which is said
        }
    }
}
