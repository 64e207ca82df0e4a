package dev.weir.sys;

import static dev.weir.sys.Native.INT;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.weir.wire.IpAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * A client's socket that never waits, with what java.net cannot say: the interface it is bound to, the mark of what it
 * sends. For one thread at a time; {@link Epoll#follow} tells when it is worth another try.
 */
public final class IpSocket implements AutoCloseable {
    /** What it speaks. */
    public enum Kind {
        /** TCP. */
        STREAM(1, 0, 0),
        /** UDP. */
        DATAGRAM(2, 0, 0),
        /** ICMP echo requests and the replies to them, where net.ipv4.ping_group_range has this process's group. */
        ECHO(2, 1, 58),
        /** ICMP, whatever the host that it is connected to sends; over IPv4 with the IP header. Needs CAP_NET_RAW. */
        RAW_ICMP(3, 1, 58);

        private final int type;
        private final int protocol;
        private final int protocol6;

        Kind(int type, int protocol, int protocol6) {
            this.type = type;
            this.protocol = protocol;
            this.protocol6 = protocol6;
        }
    }

    /** What {@link #read} and {@link #write} give back where they would have to wait. */
    public static final int NOT_NOW = -1;

    private static final int SOCK_NONBLOCK = 0x800;
    private static final int SO_REUSEADDR = 2;
    private static final int SO_ERROR = 4;
    private static final int SO_MARK = 36;
    private static final int MSG_NOSIGNAL = 0x4000;
    private static final MethodHandle CONNECT = Native.function("connect",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle SEND = Native.function("send",
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
    private static final MethodHandle RECV = Native.function("recv",
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));

    private final Socket socket;
    private final boolean six;
    private boolean open = true;

    private IpSocket(Socket socket, boolean six) {
        this.socket = socket;
        this.six = six;
    }

    /**
     * @param six   whether of IPv6
     * @param about what it is for, to be named in errors
     */
    public static IpSocket open(Kind kind, boolean six, String about) throws SystemException {
        return new IpSocket(Socket.open(SocketName.family(six), kind.type | SOCK_NONBLOCK,
                six ? kind.protocol6 : kind.protocol, about), six);
    }

    /** Receives and sends on that interface only. */
    public void device(String device) throws SystemException {
        socket.device(device);
    }

    /** The firewall mark of what it sends. */
    public void mark(long mark) throws SystemException {
        socket.set(Socket.SOL_SOCKET, SO_MARK, "SO_MARK " + mark, (int) mark);
    }

    /** @param port 0: any; else one that an earlier connection may just have left */
    public void bind(IpAddress address, int port) throws SystemException {
        try (Arena call = Arena.ofConfined()) {
            if (port != 0) {
                socket.set(Socket.SOL_SOCKET, SO_REUSEADDR, "SO_REUSEADDR", 1);
            }
            socket.bind(SocketName.of(call, six, address, port, 0));
        }
    }

    /**
     * @return whether it is connected now; else it will be, or not, and is ready then, and {@link #error} says which
     * @throws SystemException why it cannot be
     */
    public boolean connect(IpAddress address, int port) throws SystemException {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment name = SocketName.of(call, six, address, port, 0);
            SystemCall.check("connect", state -> (int) CONNECT.invokeExact(state, socket.descriptor(), name,
                    (int) name.byteSize()));
            return true;
        } catch (SystemException e) {
            if (e.errno() == SystemException.EINPROGRESS) {
                return false;
            }
            throw e;
        }
    }

    /** errno of what has happened to it since it was last asked; 0: nothing. */
    public int error() throws SystemException {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment error = call.allocate(INT);
            socket.get(Socket.SOL_SOCKET, SO_ERROR, "SO_ERROR", error);
            return error.get(INT, 0);
        }
    }

    /** @return how many bytes came, 0 where the other side sends no more (or an empty datagram came), or {@link #NOT_NOW} */
    public int read(byte[] into, int offset, int length) throws SystemException {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment bytes = call.allocate(Math.max(1, length));
            int read = transfer("recv", RECV, bytes, length, 0);
            if (read > 0) {
                MemorySegment.copy(bytes, JAVA_BYTE, 0, into, offset, read);
            }
            return read;
        }
    }

    /** @return how many bytes the kernel took, or {@link #NOT_NOW} */
    public int write(byte[] from, int offset, int length) throws SystemException {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment bytes = call.allocate(Math.max(1, length));
            MemorySegment.copy(from, offset, bytes, JAVA_BYTE, 0, length);
            return transfer("send", SEND, bytes, length, MSG_NOSIGNAL);
        }
    }

    private int transfer(String what, MethodHandle call, MemorySegment bytes, int length, int flags)
            throws SystemException {
        try {
            return SystemCall.check(what, state -> (int) (long) call.invokeExact(state, socket.descriptor(), bytes,
                    (long) length, flags));
        } catch (SystemException e) {
            if (e.errno() == SystemException.EAGAIN || e.errno() == SystemException.EINTR) {
                return NOT_NOW;
            }
            throw e;
        }
    }

    /** For {@link Epoll}. */
    public int descriptor() {
        return socket.descriptor();
    }

    @Override
    public void close() {
        if (open) {
            open = false;
            socket.close();
        }
    }
}
