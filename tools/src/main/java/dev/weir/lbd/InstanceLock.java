package dev.weir.lbd;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * That a control socket, or a folder of files, has one daemon: a lock on a file beside it, which the kernel takes back
 * whichever way the daemon ends. The file holds the daemon's process id, and stays when the daemon ends: taking it away would let two
 * daemons lock two files of one name. Nothing else in the process may open it, for closing any descriptor of a file
 * gives up the process' locks on it (fcntl(2)).
 */
final class InstanceLock implements AutoCloseable {
    private final FileChannel channel;

    private InstanceLock(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * @param held   what of the daemon's is here, for the refusal: "already running (pid 7) at " and this
     * @param option of the command line, that names another
     */
    static InstanceLock take(Path file, String held, String option) throws IOException, RefusalException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE,
                StandardOpenOption.CREATE);
        if (!locked(channel)) {
            String pid = text(channel);
            channel.close();
            throw new RefusalException(RefusalException.ENVIRONMENT, "already running (pid " + pid + ") at " + held
                    + "; stop it, or give this one another " + option);
        }
        channel.truncate(0);
        channel.write(ByteBuffer.wrap(String.valueOf(ProcessHandle.current().pid())
                .getBytes(StandardCharsets.US_ASCII)));
        return new InstanceLock(channel);
    }

    private static boolean locked(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    private static String text(FileChannel channel) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(32);
        channel.read(buffer, 0);
        String text = new String(buffer.array(), 0, buffer.position(), StandardCharsets.US_ASCII);
        return text.isEmpty() ? "unknown: it is starting" : text;
    }

    @Override
    public void close() throws IOException {
        channel.truncate(0);
        channel.close();
    }
}
