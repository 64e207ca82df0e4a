package dev.weir.check;

import dev.weir.sys.IpSocket;
import dev.weir.sys.IpSocket.Kind;
import dev.weir.sys.SystemException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.SocketException;
import org.jspecify.annotations.Nullable;

/**
 * A check's connection. Whoever calls blocks, and only it: a virtual thread parks. Each failure is an exception whose message
 * says in a few words what was seen ("connection refused", "no answer within 3 s"), for {@link Outcome.Failure}.
 */
final class CheckSocket implements Duplex {
    private final IpSocket socket;
    private final Kind kind;
    private SocketEvents.@Nullable Wait wait;

    private CheckSocket(IpSocket socket, Kind kind) {
        this.socket = socket;
        this.kind = kind;
    }

    /** Connected, when this returns. */
    static CheckSocket connectTcp(Route route, Deadline deadline) throws IOException, InterruptedException {
        CheckSocket made = open(Kind.STREAM, route);
        try {
            made.connect(route, deadline);
            return made;
        } catch (IOException | InterruptedException e) {
            made.close();
            throw e;
        }
    }

    /** Datagrams to that server and from it alone. */
    static CheckSocket udp(Route route) throws IOException {
        return connected(Kind.DATAGRAM, route);
    }

    static CheckSocket connected(Kind kind, Route route) throws IOException {
        CheckSocket made = open(kind, route);
        try {
            made.socket.connect(route.host(), route.port());
            return made;
        } catch (SystemException e) {
            made.close();
            throw plain(kind, e);
        }
    }

    private static CheckSocket open(Kind kind, Route route) throws IOException {
        IpSocket socket = IpSocket.open(kind, !route.host().isV4(), "a check of " + route.host());
        try {
            if (route.device() != null) {
                socket.device(route.device());
            }
            if (route.mark() != 0) {
                socket.mark(route.mark());
            }
            if (route.source() != null || route.sourcePort() != 0) {
                socket.bind(route.from(), route.sourcePort());
            }
            return new CheckSocket(socket, kind);
        } catch (SystemException e) {
            socket.close();
            throw e;
        }
    }

    private void connect(Route route, Deadline deadline) throws IOException, InterruptedException {
        try {
            if (socket.connect(route.host(), route.port())) {
                return;
            }
            await(deadline, "no connection");
            int error = socket.error();
            if (error != 0) {
                throw new SystemException("connect", error);
            }
        } catch (SystemException e) {
            throw plain(kind, e);
        }
    }

    /**
     * Waits for some bytes, or for a datagram.
     *
     * @return how many there are; -1: the other side sends no more (of TCP). A datagram may have 0.
     */
    @Override
    public int read(byte[] into, int offset, int length, Deadline deadline) throws IOException, InterruptedException {
        return read(into, offset, length, deadline, false);
    }

    /** A datagram, which may be empty. */
    int receive(byte[] into, Deadline deadline) throws IOException, InterruptedException {
        return read(into, 0, into.length, deadline, true);
    }

    private int read(byte[] into, int offset, int length, Deadline deadline, boolean datagram)
            throws IOException, InterruptedException {
        try {
            // A server that always has something to say is still not listened to for ever.
            if (deadline.left() <= 0) {
                throw deadline.missed("no answer");
            }
            while (true) {
                int read = socket.read(into, offset, length);
                if (read != IpSocket.NOT_NOW) {
                    return read == 0 && !datagram ? -1 : read;
                }
                await(deadline, "no answer");
            }
        } catch (SystemException e) {
            throw plain(kind, e);
        }
    }

    /** Sends it all. */
    void write(byte[] bytes, int offset, int length, Deadline deadline) throws IOException, InterruptedException {
        try {
            int written = 0;
            do {
                int now = socket.write(bytes, offset + written, length - written);
                if (now == IpSocket.NOT_NOW) {
                    await(deadline, "it takes no request");
                } else {
                    written += now;
                }
            } while (written < length);
        } catch (SystemException e) {
            throw plain(kind, e);
        }
    }

    @Override
    public void write(byte[] bytes, Deadline deadline) throws IOException, InterruptedException {
        write(bytes, 0, bytes.length, deadline);
    }

    private void await(Deadline deadline, String otherwise) throws IOException, InterruptedException {
        SocketEvents.Wait waiting = wait;
        if (waiting == null) {
            waiting = SocketEvents.follow(socket.descriptor());
            wait = waiting;
        }
        if (!waiting.await(deadline)) {
            throw deadline.missed(otherwise);
        }
    }

    /** What the kernel says, in the words that a log has. */
    private static IOException plain(Kind kind, SystemException e) {
        IOException plain = switch (e.errno()) {
            case SystemException.ECONNREFUSED -> kind == Kind.STREAM
                    ? new ConnectException("connection refused")
                    : new PortUnreachableException("port unreachable");
            case SystemException.EHOSTUNREACH -> new NoRouteToHostException("host unreachable");
            case SystemException.ENETUNREACH -> new NoRouteToHostException("network unreachable");
            case SystemException.ETIMEDOUT -> new ConnectException("connection timed out");
            case SystemException.ECONNRESET, SystemException.EPIPE -> new SocketException("connection reset");
            default -> new SocketException(String.valueOf(e.getMessage()));
        };
        plain.initCause(e);
        return plain;
    }

    @Override
    public void close() {
        if (wait != null) {
            wait.close();
        }
        socket.close();
    }
}
