package dev.weir.lbd;

import dev.weir.client.ControlMessage;
import dev.weir.client.ControlMessage.Answer;
import java.io.IOException;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Function;
import jnr.unixsocket.Credentials;
import jnr.unixsocket.UnixServerSocketChannel;
import jnr.unixsocket.UnixSocketAddress;
import jnr.unixsocket.UnixSocketChannel;
import jnr.unixsocket.UnixSocketOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The control socket. Each client has a thread that reads its request, has it carried out, and writes the answer; a
 * client has so long to send its request and so long to take its answer. Of clients that have not sent their request
 * yet, the oldest makes way when there are too many, so none that stalls keeps another out.
 */
public final class ControlServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ControlServer.class);
    private static final int MAX_PATH = 107;
    private static final int BACKLOG = 64;

    private final Path path;
    private final Limits limits;
    private final Function<ControlMessage.Request, Answer> handler;
    private final int ownUid;
    private final InstanceLock lock;
    private final UnixServerSocketChannel server;
    private final Thread acceptor;
    /** Guarded by itself, oldest first. */
    private final Set<ControlClient> clients = new LinkedHashSet<>();
    private volatile boolean closed;

    /**
     * @param clients at once
     * @param request to arrive whole
     * @param answer  to be taken whole
     */
    public record Limits(int clients, Duration request, Duration answer) {
        public static final Limits DEFAULT = new Limits(16, Duration.ofSeconds(10), Duration.ofSeconds(30));
    }

    private ControlServer(Path path, Limits limits, Function<ControlMessage.Request, Answer> handler, InstanceLock lock)
            throws IOException {
        this.path = path;
        this.limits = limits;
        this.handler = handler;
        this.lock = lock;
        ownUid = (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        server = listen(path);
        acceptor = Thread.ofPlatform().name("control-accept").daemon().unstarted(this::accept);
    }

    /**
     * Listens at {@code path}, whose folder is made if need be. The socket of a daemon that is gone is replaced.
     *
     * @param handler carries a request out; called by many threads, and what it throws is the client's to see
     */
    public static ControlServer open(Path path, Limits limits, Function<ControlMessage.Request, Answer> handler)
            throws RefusalException {
        if (path.toString().length() > MAX_PATH) {
            throw new RefusalException(RefusalException.USAGE, "the control socket's path is longer than " + MAX_PATH
                    + " characters: " + path + "; give a shorter one with --control");
        }
        try {
            makeFolder(path);
            if (Files.exists(path, LinkOption.NOFOLLOW_LINKS) && !isSocket(path)) {
                throw new RefusalException(RefusalException.ENVIRONMENT,
                        path + " is there and is no socket; move it away, or give another path with --control");
            }
            InstanceLock lock = InstanceLock.take(path.resolveSibling(path.getFileName() + ".lock"), path.toString(),
                    "--control");
            try {
                ControlServer opened = new ControlServer(path, limits, handler, lock);
                opened.acceptor.start();
                return opened;
            } catch (IOException e) {
                lock.close();
                throw e;
            }
        } catch (IOException e) {
            throw new RefusalException(RefusalException.ENVIRONMENT,
                    "the control socket cannot be made at " + path + " (" + e + "); give another path with --control");
        }
    }

    private static void makeFolder(Path path) throws IOException {
        Path folder = path.toAbsolutePath().getParent();
        if (folder != null && !Files.isDirectory(folder)) {
            Files.createDirectories(folder);
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
    }

    private static boolean isSocket(Path path) throws IOException {
        int mode = (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
        return (mode & 0xf000) == 0xc000;
    }

    /** Only this daemon holds the lock, so whatever socket stands there belongs to none that lives. */
    private static UnixServerSocketChannel listen(Path path) throws IOException {
        Files.deleteIfExists(path);
        UnixServerSocketChannel channel = UnixServerSocketChannel.open();
        try {
            channel.socket().bind(new UnixSocketAddress(path.toFile()), BACKLOG);
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
            return channel;
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private void accept() {
        while (!closed) {
            try {
                UnixSocketChannel channel = server.accept();
                if (channel != null) {
                    admit(channel);
                }
            } catch (IOException e) {
                if (!closed) {
                    LOG.warn("control socket: a client could not be accepted: {}", e.toString());
                    pause();
                }
            }
        }
    }

    /** Out of descriptors, most likely: without a pause the log would fill the disk. */
    private static void pause() {
        try {
            Thread.sleep(100);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void admit(UnixSocketChannel channel) throws IOException {
        ControlClient client = new ControlClient(channel, limits, handler, this::left);
        if (closed || !isTrusted(channel)) {
            client.abandon();
            return;
        }
        synchronized (clients) {
            if (clients.size() >= limits.clients() && !makeRoom()) {
                client.abandon();
                LOG.warn("control socket: {} commands wait already; one more was turned away", limits.clients());
                return;
            }
            clients.add(client);
        }
        Thread.ofPlatform().name("control-client").daemon().start(client);
    }

    private boolean isTrusted(UnixSocketChannel channel) throws IOException {
        try {
            Credentials peer = channel.getOption(UnixSocketOptions.SO_PEERCRED);
            if (peer.getUid() == 0 || peer.getUid() == ownUid) {
                return true;
            }
            LOG.warn("control socket: refused uid {} (pid {}); only root may give commands", peer.getUid(),
                    peer.getPid());
            return false;
        } catch (SocketException e) {
            LOG.warn("control socket: a client left before it was known: {}", e.toString());
            return false;
        }
    }

    /** The oldest of those that have not sent their request yet goes. */
    private boolean makeRoom() {
        Iterator<ControlClient> oldest = clients.iterator();
        while (oldest.hasNext()) {
            ControlClient client = oldest.next();
            if (client.isWaitedFor()) {
                oldest.remove();
                client.cutOff();
                return true;
            }
        }
        return false;
    }

    private void left(ControlClient client) {
        synchronized (clients) {
            clients.remove(client);
        }
    }

    public Path path() {
        return path;
    }

    /** Ends listening and takes the socket away; clients that are being answered are let finish by their threads. */
    @Override
    public void close() throws IOException {
        closed = true;
        wakeAcceptor();
        server.close();
        Files.deleteIfExists(path);
        lock.close();
    }

    /** accept(2) does not return when its socket is closed; one more client makes it return. */
    private void wakeAcceptor() throws IOException {
        UnixSocketChannel waker = UnixSocketChannel.open(new UnixSocketAddress(path.toFile()));
        try {
            acceptor.join(Duration.ofSeconds(1));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            waker.close();
        }
    }
}
