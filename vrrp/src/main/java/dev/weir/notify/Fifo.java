package dev.weir.notify;

import dev.weir.sys.NamedPipe;
import dev.weir.sys.SystemException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A notify FIFO. Lines wait in it for a reader that comes late; where it is full they are lost, and the log says how many.
 * Any thread may write, and none waits.
 */
final class Fifo implements AutoCloseable {
    /** Its owner's alone. */
    private static final int MODE = 0600;
    private static final int TYPE = 0170000;
    private static final int FIFO = 0010000;
    private static final Logger LOG = LoggerFactory.getLogger(Fifo.class);

    private final String path;
    private final NamedPipe pipe;
    private final boolean made;
    private boolean closed;
    private long lost;

    private Fifo(String path, NamedPipe pipe, boolean made) {
        this.path = path;
        this.pipe = pipe;
        this.made = made;
    }

    /**
     * Opens it, and makes it where it is missing.
     *
     * @param owner of one that is made here, or null: whom the daemon runs as
     * @throws IOException where it cannot be, or where something else has its name
     */
    static Fifo open(String path, @Nullable Account owner) throws IOException {
        boolean made = NamedPipe.make(path, MODE);
        if (made && owner != null && !owner.equals(Account.own())) {
            Files.setAttribute(Path.of(path), "unix:uid", owner.uid(), LinkOption.NOFOLLOW_LINKS);
            Files.setAttribute(Path.of(path), "unix:gid", owner.gid(), LinkOption.NOFOLLOW_LINKS);
        }
        int mode = (Integer) Files.getAttribute(Path.of(path), "unix:mode", LinkOption.NOFOLLOW_LINKS);
        if ((mode & TYPE) != FIFO) {
            throw new IOException(path + " is there and is no FIFO: remove it, or name another");
        }
        return new Fifo(path, NamedPipe.open(path), made);
    }

    /** @param line without its end; what is beyond 4 KiB is cut off */
    synchronized void write(String line) {
        if (closed) {
            return;
        }
        byte[] bytes = (line.length() < NamedPipe.PIPE_BUF ? line : line.substring(0, NamedPipe.PIPE_BUF - 1))
                .concat("\n").getBytes(StandardCharsets.ISO_8859_1);
        try {
            if (pipe.write(bytes)) {
                told();
            } else if (lost++ == 0) {
                LOG.warn("FIFO {} is full, since nobody reads it: lines are lost from here on", path);
            }
        } catch (SystemException e) {
            LOG.warn("FIFO {}: a line was lost", path, e);
        }
    }

    private void told() {
        if (lost > 0) {
            LOG.warn("FIFO {} is read again; {} lines were lost", path, lost);
            lost = 0;
        }
    }

    /** What no reader has taken is gone then. One that was made here is removed. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        pipe.close();
        if (lost > 0) {
            LOG.warn("FIFO {} was not read to the end; {} lines were lost", path, lost);
        }
        try {
            if (made) {
                Files.deleteIfExists(Path.of(path));
            }
        } catch (IOException e) {
            LOG.warn("FIFO {} was made here, and cannot be removed", path, e);
        }
    }
}
