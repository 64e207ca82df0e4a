package dev.weir.port;

import dev.weir.sys.Bpf;
import dev.weir.sys.Link;
import dev.weir.sys.SystemException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * The XDP program on one interface, and the map of the sockets that it redirects to: one for the ports of all workers there.
 * Where the interface was removed and is back, or has another address, whichever worker sees it first attaches anew, and the
 * others' sockets join. All of it goes with the process. Any thread.
 */
public final class XdpProgram implements AutoCloseable {
    private static final int EBUSY = 16;
    /** A director that was killed holds its program for as long as the kernel takes to end it. */
    private static final int TRIES = 20;
    private static final int BETWEEN_TRIES_MS = 100;

    private final XdpPort.Steering steering;
    private final boolean generic;
    private @Nullable Place place;

    /** The program at work on an interface as it was when it was attached. */
    static final class Place {
        private final int interfaceIndex;
        private final long hardwareAddress;
        private final int queues;
        private final Bpf.Map sockets;
        /** To be closed in this order. */
        private final Deque<AutoCloseable> parts = new ArrayDeque<>();

        private Place(Link link, int queues, Bpf.Map sockets) {
            interfaceIndex = link.index();
            hardwareAddress = link.hardwareAddress();
            this.queues = queues;
            this.sockets = sockets;
            parts.addFirst(sockets);
        }

        /** By number of the receive queue. */
        Bpf.Map sockets() {
            return sockets;
        }

        private boolean suits(Link link, int queues) {
            return interfaceIndex == link.index() && hardwareAddress == link.hardwareAddress()
                    && this.queues == queues;
        }

        private void close() {
            while (!parts.isEmpty()) {
                try {
                    parts.removeFirst().close();
                } catch (Exception e) {
                    throw new IllegalStateException("closing a descriptor cannot fail", e);
                }
            }
        }
    }

    /** @param generic attach the program in the kernel's common code, for tests: what is handed back to the host would come again */
    public XdpProgram(XdpPort.Steering steering, boolean generic) {
        this.steering = steering;
        this.generic = generic;
    }

    /** Where sockets of the interface as it is now are to be put; the program is at work then. */
    synchronized Place on(Link link, int queues) throws IOException {
        Place now = place;
        if (now == null || !now.suits(link, queues)) {
            close();
            now = attach(link, queues);
            place = now;
        }
        return now;
    }

    /** The interface has gone; it may come back under its number. */
    synchronized void gone(Place from) {
        if (from == place) {
            close();
        }
    }

    /** Whether sockets put there are redirected to. */
    synchronized boolean isAt(@Nullable Place where) {
        return where != null && where == place;
    }

    boolean isGeneric() {
        return generic;
    }

    private Place attach(Link link, int queues) throws IOException {
        Place made = new Place(link, queues, Bpf.Map.xdpSockets("weir_sockets", queues));
        try {
            Bpf.Program program = steering.program(link.hardwareAddress(), made.sockets);
            made.parts.addFirst(program);
            made.parts.addFirst(attachPatiently(program, link));
            return made;
        } catch (IOException e) {
            made.close();
            throw e;
        }
    }

    private Bpf.XdpLink attachPatiently(Bpf.Program program, Link link) throws SystemException {
        for (int left = TRIES;; left--) {
            try {
                return new Bpf.XdpLink(program, link.index(), generic);
            } catch (SystemException e) {
                boolean occupied = e.errno() == EBUSY || e.errno() == SystemException.EEXIST;
                if (!occupied || left == 0) {
                    throw refused(link, e, occupied);
                }
                pause();
            }
        }
    }

    private SystemException refused(Link link, SystemException e, boolean occupied) {
        if (occupied) {
            return new SystemException("interface " + link.name() + " has another XDP program, which \"ip link show "
                    + link.name() + "\" names; end what attached it, \"ip link set " + link.name()
                    + " xdp off\" takes it off, or use --port af-packet", e.errno());
        }
        if (generic || e.errno() == SystemException.EPERM) {
            return e;
        }
        // Generic mode is not taken instead: there, what is handed back would pass the program once more.
        return new SystemException("interface " + link.name() + ": its driver takes no XDP program at an MTU of "
                + link.mtu() + " (" + e.getMessage() + "); use --port af-packet", e.errno());
    }

    private static void pause() {
        try {
            Thread.sleep(BETWEEN_TRIES_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Takes the program off. Sockets are their ports'. */
    @Override
    public synchronized void close() {
        Place last = place;
        place = null;
        if (last != null) {
            last.close();
        }
    }
}
