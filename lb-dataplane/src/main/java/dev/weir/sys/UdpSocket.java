package dev.weir.sys;

import static dev.weir.sys.Native.INT;
import static dev.weir.sys.Native.SHORT;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.weir.wire.IpAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;

/** Datagrams of one port, on one interface or on all, for a thread that waits for many things (udp(7)); never waits itself. */
public final class UdpSocket implements AutoCloseable {
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int SOCK_DGRAM_NONBLOCK = 2 | 0x800;
    private static final int SOL_SOCKET = 1;
    private static final int SO_PRIORITY = 12;
    private static final int SO_BINDTODEVICE = 25;
    private static final int SOL_IPV6 = 41;
    private static final int IPV6_V6ONLY = 26;
    /** linux/pkt_sched.h: before all else in the queue of an interface. */
    private static final int TC_PRIO_CONTROL = 7;
    private static final int SOCKADDR_IN_LENGTH = 16;
    private static final int SOCKADDR_IN6_LENGTH = 28;
    private static final int LONGEST = 2048;

    private static final MethodHandle SENDTO = Native.function("sendto",
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle RECVFROM = Native.function("recvfrom",
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, ADDRESS));

    private final Socket socket;
    private final boolean six;
    private final int port;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment callState = Native.callState(arena);
    private final MemorySegment name = arena.allocate(SOCKADDR_IN6_LENGTH, 8);
    private final MemorySegment nameLength = arena.allocate(4, 4);
    private final MemorySegment buffer = arena.allocate(LONGEST, 8);
    private IpAddress source = IpAddress.ANY_V4;

    private UdpSocket(Socket socket, boolean six, int port) {
        this.socket = socket;
        this.six = six;
        this.port = port;
    }

    /**
     * @param port   that it sends from, receives on, and sends to
     * @param device an interface, or ""
     */
    public static UdpSocket open(boolean six, int port, String device, String about) throws SystemException {
        UdpSocket udp = new UdpSocket(Socket.open(six ? AF_INET6 : AF_INET, SOCK_DGRAM_NONBLOCK, 0, about), six, port);
        try {
            udp.prepare(device);
            return udp;
        } catch (SystemException e) {
            udp.close();
            throw e;
        }
    }

    private void prepare(String device) throws SystemException {
        socket.set(SOL_SOCKET, SO_PRIORITY, "SO_PRIORITY", TC_PRIO_CONTROL);
        if (six) {
            socket.set(SOL_IPV6, IPV6_V6ONLY, "IPV6_V6ONLY", 1);
        }
        try (Arena call = Arena.ofConfined()) {
            if (!device.isEmpty()) {
                socket.set(SOL_SOCKET, SO_BINDTODEVICE, "SO_BINDTODEVICE",
                        call.allocateFrom(JAVA_BYTE, device.getBytes(StandardCharsets.UTF_8)));
            }
            socket.bind(write(call.allocate(length(), 8), six ? IpAddress.ANY_V6 : IpAddress.ANY_V4, 0));
        }
    }

    private int length() {
        return six ? SOCKADDR_IN6_LENGTH : SOCKADDR_IN_LENGTH;
    }

    /**
     * @param to             of the socket's family
     * @param interfaceIndex of a link's own address (IPv6), or 0
     */
    public void send(IpAddress to, int interfaceIndex, byte[] bytes) throws SystemException {
        MemorySegment.copy(bytes, 0, buffer, JAVA_BYTE, 0, bytes.length);
        write(name, to, interfaceIndex);
        long sent;
        try {
            sent = (long) SENDTO.invokeExact(callState, socket.descriptor(), buffer, (long) bytes.length, 0, name,
                    length());
        } catch (Throwable e) {
            throw new AssertionError("sendto", e);
        }
        if (sent < 0) {
            throw new SystemException("sending to " + to, Native.errno(callState));
        }
    }

    /** What the next one says, or nothing where none waits; what is longer than 2 KiB is cut. */
    public byte[] receive() throws SystemException {
        nameLength.set(INT, 0, SOCKADDR_IN6_LENGTH);
        long length;
        try {
            length = (long) RECVFROM.invokeExact(callState, socket.descriptor(), buffer, (long) LONGEST, 0, name,
                    nameLength);
        } catch (Throwable e) {
            throw new AssertionError("recvfrom", e);
        }
        if (length < 0) {
            int errno = Native.errno(callState);
            if (errno == SystemException.EAGAIN || errno == SystemException.EINTR) {
                return new byte[0];
            }
            throw new SystemException("receiving datagrams", errno);
        }
        byte[] from = new byte[six ? 16 : 4];
        MemorySegment.copy(name, JAVA_BYTE, six ? 8 : 4, from, 0, from.length);
        source = IpAddress.of(from);
        byte[] bytes = new byte[(int) length];
        MemorySegment.copy(buffer, JAVA_BYTE, 0, bytes, 0, bytes.length);
        return bytes;
    }

    /** Of the datagram received last. */
    public IpAddress source() {
        return source;
    }

    /** For {@link Poller} and {@link Epoll}. */
    public int descriptor() {
        return socket.descriptor();
    }

    /** struct sockaddr_in or sockaddr_in6. */
    private MemorySegment write(MemorySegment address, IpAddress value, int interfaceIndex) {
        address.fill((byte) 0);
        address.set(SHORT, 0, (short) (six ? AF_INET6 : AF_INET));
        address.set(SHORT, 2, Native.networkOrder(port));
        byte[] bytes = value.bytes();
        MemorySegment.copy(bytes, 0, address, JAVA_BYTE, six ? 8 : 4, bytes.length);
        if (six && value.high() >>> 54 == 0xfe80L >>> 6) {
            address.set(INT, 24, interfaceIndex);
        }
        return address;
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            socket.close();
            arena.close();
        }
    }
}
