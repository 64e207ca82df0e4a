package dev.weir.notify;

import dev.weir.notify.Scripts.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The files and users of this host. */
final class LocalFiles implements Scripts.FileSystem {
    @Override
    public @Nullable Status status(String path) {
        try {
            Map<String, Object> found = Files.readAttributes(Path.of(path), "unix:uid,gid,mode");
            return new Status(number(found, "uid"), number(found, "gid"), number(found, "mode"));
        } catch (IOException | InvalidPathException e) {
            return null;
        }
    }

    private static int number(Map<String, Object> attributes, String name) {
        return (Integer) Objects.requireNonNull(attributes.get(name), name);
    }

    @Override
    public @Nullable Account account(String user, @Nullable String group) {
        return Account.of(user, group);
    }
}
