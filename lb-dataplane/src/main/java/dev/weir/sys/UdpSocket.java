package dev.weir.sys;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.weir.wire.IpAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** Datagrams of one port, on one interface or on all, for a thread that waits for many things (udp(7)); never waits itself. */
public final class UdpSocket implements AutoCloseable {
    private static final int SOCK_DGRAM_NONBLOCK = 2 | 0x800;
    private static final int SO_PRIORITY = 12;
    private static final int SOL_IP = 0;
    private static final int IP_TOS = 1;
    private static final int IP_TTL = 2;
    private static final int SOL_IPV6 = 41;
    private static final int IPV6_UNICAST_HOPS = 16;
    private static final int IPV6_V6ONLY = 26;
    private static final int IPV6_TCLASS = 67;
    private static final int INTERNETWORK_CONTROL = 0xc0;
    /** linux/pkt_sched.h: before all else in the queue of an interface. */
    private static final int TC_PRIO_CONTROL = 7;
    private static final int LONGEST = 2048;

    private static final MethodHandle SENDTO = Native.function("sendto",
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT));

    private final Socket socket;
    private final boolean six;
    private final int port;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment callState = Native.callState(arena);
    private final MemorySegment name = arena.allocate(SocketName.LONGEST, 8);
    private final MemorySegment buffer = arena.allocate(LONGEST, 8);
    private final DatagramHeader header;

    private UdpSocket(Socket socket, boolean six, int port) {
        this.socket = socket;
        this.six = six;
        this.port = port;
        header = new DatagramHeader(arena, six);
    }

    /**
     * @param port   that it sends from, receives on, and sends to
     * @param device an interface, or ""
     */
    public static UdpSocket open(boolean six, int port, String device, String about) throws SystemException {
        UdpSocket udp = new UdpSocket(Socket.open(SocketName.family(six), SOCK_DGRAM_NONBLOCK, 0, about), six, port);
        try {
            udp.prepare(device, six ? IpAddress.ANY_V6 : IpAddress.ANY_V4, port);
            return udp;
        } catch (SystemException e) {
            udp.close();
            throw e;
        }
    }

    /**
     * One to send with.
     *
     * @param from     the address that it sends from, or that of no host: as routing has it
     * @param fromPort the port that it sends from
     * @param toPort   the port that it sends to
     * @param device   the interface that it sends by, or ""
     */
    public static UdpSocket sender(IpAddress from, int fromPort, int toPort, String device, String about)
            throws SystemException {
        boolean six = !from.isV4();
        UdpSocket udp = new UdpSocket(Socket.open(SocketName.family(six), SOCK_DGRAM_NONBLOCK, 0, about), six, toPort);
        try {
            if (six) {
                udp.socket.set(SOL_IPV6, IPV6_TCLASS, "IPV6_TCLASS", INTERNETWORK_CONTROL);
            } else {
                udp.socket.set(SOL_IP, IP_TOS, "IP_TOS", INTERNETWORK_CONTROL); // sets the priority, too
            }
            udp.prepare(device, from, fromPort);
            return udp;
        } catch (SystemException e) {
            udp.close();
            throw e;
        }
    }

    private void prepare(String device, IpAddress from, int fromPort) throws SystemException {
        socket.set(Socket.SOL_SOCKET, SO_PRIORITY, "SO_PRIORITY", TC_PRIO_CONTROL);
        if (six) {
            socket.set(SOL_IPV6, IPV6_V6ONLY, "IPV6_V6ONLY", 1);
        }
        if (!device.isEmpty()) {
            socket.device(device);
        }
        try (Arena call = Arena.ofConfined()) {
            socket.bind(SocketName.of(call, six, from, fromPort, 0));
        }
    }

    /** Time to live, or hop limit, of what is sent from now on. */
    public void hops(int hops) throws SystemException {
        if (six) {
            socket.set(SOL_IPV6, IPV6_UNICAST_HOPS, "IPV6_UNICAST_HOPS", hops);
        } else {
            socket.set(SOL_IP, IP_TTL, "IP_TTL", hops);
        }
    }

    /** {@link #destination}, {@link #hops()} and {@link #interfaceIndex} of what is received are known from now on. */
    public void readHeaders() throws SystemException {
        header.ask(socket);
    }

    /**
     * @param to             of the socket's family
     * @param interfaceIndex of a link's own address (IPv6), or 0
     */
    public void send(IpAddress to, int interfaceIndex, byte[] bytes) throws SystemException {
        MemorySegment.copy(bytes, 0, buffer, JAVA_BYTE, 0, bytes.length);
        SocketName.write(name, six, to, port, interfaceIndex);
        long sent;
        try {
            sent = (long) SENDTO.invokeExact(callState, socket.descriptor(), buffer, (long) bytes.length, 0, name,
                    SocketName.length(six));
        } catch (Throwable e) {
            throw new AssertionError("sendto", e);
        }
        if (sent < 0) {
            throw new SystemException("sending to " + to, Native.errno(callState));
        }
    }

    /** What the next one says, or nothing where none waits; what is longer than 2 KiB is cut. */
    public byte[] receive() throws SystemException {
        long length = header.receive(socket, callState, buffer);
        if (length < 0) {
            int errno = Native.errno(callState);
            if (errno == SystemException.EAGAIN || errno == SystemException.EINTR) {
                return new byte[0];
            }
            throw new SystemException("receiving datagrams", errno);
        }
        byte[] bytes = new byte[(int) length];
        MemorySegment.copy(buffer, JAVA_BYTE, 0, bytes, 0, bytes.length);
        return bytes;
    }

    /** Of the datagram received last. */
    public IpAddress source() {
        return header.source();
    }

    /** Of the datagram received last: the address that it was sent to; after {@link #readHeaders}. */
    public IpAddress destination() {
        return header.destination();
    }

    /** Of the datagram received last: time to live, or hop limit; after {@link #readHeaders}, else -1. */
    public int hops() {
        return header.hops();
    }

    /** Of the datagram received last: the interface that it came by; after {@link #readHeaders}, else 0. */
    public int interfaceIndex() {
        return header.interfaceIndex();
    }

    /** For {@link Poller} and {@link Epoll}. */
    public int descriptor() {
        return socket.descriptor();
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            socket.close();
            arena.close();
        }
    }
}
