package dev.weir.port;

import dev.weir.sys.Bpf;
import dev.weir.sys.Epoll;
import dev.weir.sys.Ethtool;
import dev.weir.sys.Link;
import dev.weir.sys.SystemException;
import dev.weir.sys.Umem;
import dev.weir.sys.XdpSocket;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What an {@link XdpPort} has in the kernel while its interface lives: a socket for each receive queue, the program that
 * redirects to them, and its place on the interface. All of it goes with the process.
 */
final class XdpQueues implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(XdpQueues.class);
    private static final int EBUSY = 16;
    /** A director that was killed holds its program for as long as the kernel takes to end it. */
    private static final int TRIES = 20;
    private static final int BETWEEN_TRIES_MS = 100;

    private final List<AutoCloseable> parts = new ArrayList<>();
    private final XdpSocket[] sockets;
    private volatile boolean closed;

    private XdpQueues(Link link, Umem umem, XdpPort.Settings settings, XdpPort.Steering steering, Epoll epoll)
            throws IOException {
        sockets = new XdpSocket[Ethtool.of(link.name()).receiveQueues()];
        try {
            Bpf.Map map = part(Bpf.Map.xdpSockets("weir_sockets", sockets.length));
            Bpf.Program program = part(steering.program(link.hardwareAddress(), map));
            boolean generic = attach(program, link, settings.generic());
            for (int i = 0; i < sockets.length; i++) {
                sockets[i] = part(XdpSocket.open(link, i, umem, settings.sizes(), settings.copy() || generic,
                        settings.busyPoll()));
                map.put(i, sockets[i].descriptor());
                epoll.add(sockets[i].descriptor());
            }
            LOG.info("{}: AF_XDP on {} receive queue{}, program in {}, {}{}", link.name(), sockets.length,
                    sockets.length == 1 ? "" : "s", generic ? "generic mode" : "the driver (native mode)",
                    sockets[0].isZeroCopy() ? "zero-copy" : "frames are copied",
                    sockets[0].isBusyPolling() ? ", busy polling preferred" : "");
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    /** @param epoll is to show when frames have come; sockets that are closed leave it by themselves */
    static XdpQueues open(Link link, Umem umem, XdpPort.Settings settings, XdpPort.Steering steering, Epoll epoll)
            throws IOException {
        return new XdpQueues(link, umem, settings, steering, epoll);
    }

    /** @return whether it is at work in the kernel's common code */
    private boolean attach(Bpf.Program program, Link link, boolean generic) throws IOException {
        if (!generic) {
            try {
                attachPatiently(program, link, false);
                return false;
            } catch (SystemException e) {
                if (e.errno() == SystemException.EEXIST || e.errno() == EBUSY || e.errno() == SystemException.EPERM) {
                    throw occupied(link, e);
                }
                // Generic mode is not taken instead: there, what is handed back would pass the program once more.
                throw new SystemException("interface " + link.name() + ": its driver takes no XDP program ("
                        + e.getMessage() + "); use --port af-packet", e.errno());
            }
        }
        try {
            attachPatiently(program, link, true);
            return true;
        } catch (SystemException e) {
            throw occupied(link, e);
        }
    }

    private void attachPatiently(Bpf.Program program, Link link, boolean generic) throws SystemException {
        for (int left = TRIES;; left--) {
            try {
                part(new Bpf.XdpLink(program, link.index(), generic));
                return;
            } catch (SystemException e) {
                if (left == 0 || e.errno() != EBUSY && e.errno() != SystemException.EEXIST) {
                    throw e;
                }
                pause();
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(BETWEEN_TRIES_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static SystemException occupied(Link link, SystemException e) {
        boolean occupied = e.errno() == SystemException.EEXIST || e.errno() == EBUSY;
        return occupied
                ? new SystemException("interface " + link.name() + " has another XDP program, which \"ip link show "
                        + link.name() + "\" names; end what attached it, \"ip link set " + link.name()
                        + " xdp off\" takes it off, or use --port af-packet", e.errno())
                : e;
    }

    /** Of sockets that can be used: none once closed. */
    int count() {
        return closed ? 0 : sockets.length;
    }

    XdpSocket socket(int i) {
        return sockets[i];
    }

    /** By which frames go out. */
    XdpSocket first() {
        return sockets[0];
    }

    long drops() {
        long drops = 0;
        for (XdpSocket socket : sockets) {
            drops += socket.drops();
        }
        return drops;
    }

    boolean isClosed() {
        return closed;
    }

    private <T extends AutoCloseable> T part(T made) {
        parts.addFirst(made);
        return made;
    }

    @Override
    public void close() {
        closed = true;
        while (!parts.isEmpty()) {
            try {
                parts.removeFirst().close();
            } catch (Exception e) {
                throw new IllegalStateException("closing a descriptor cannot fail", e);
            }
        }
    }
}
