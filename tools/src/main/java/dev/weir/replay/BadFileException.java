package dev.weir.replay;

import java.io.IOException;
import java.nio.file.Path;

/** A file that cannot be used: which, in which line, why. */
public final class BadFileException extends IOException {
    private static final long serialVersionUID = 1;

    BadFileException(Path file, String why) {
        super(file + ": " + why);
    }

    /** @param line from 1 */
    BadFileException(Path file, int line, String why) {
        super(file + ":" + line + ": " + why);
    }
}
