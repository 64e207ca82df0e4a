package dev.weir.sys;

import static dev.weir.sys.Native.INT;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.weir.wire.IpAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;

/**
 * Datagrams to a multicast group, or from one, over one interface, whatever addresses that has; java.net finds interfaces
 * by their IPv4 addresses. Never waits; belongs to one thread.
 */
public final class GroupSocket implements AutoCloseable {
    /** What {@link #receive} gives back where no datagram waits. */
    public static final int NOTHING = -1;

    private static final int SOCK_DGRAM_NONBLOCK = 2 | 0x800;
    private static final int SO_REUSEADDR = 2;
    private static final int SO_SNDBUF = 7;
    private static final int SO_RCVBUF = 8;
    private static final int MSG_NOSIGNAL = 0x4000;
    private static final int IP = 0;
    private static final int IP_MTU_DISCOVER = 10;
    private static final int IP_MULTICAST_IF = 32;
    private static final int IP_MULTICAST_TTL = 33;
    private static final int IP_MULTICAST_LOOP = 34;
    private static final int IPV6 = 41;
    private static final int IPV6_MULTICAST_IF = 17;
    private static final int IPV6_MULTICAST_HOPS = 18;
    private static final int IPV6_MULTICAST_LOOP = 19;
    private static final int IPV6_MTU_DISCOVER = 23;
    /** Of both families: struct group_req, an interface's index and, eight bytes from its start, a sockaddr_storage. */
    private static final int MCAST_JOIN_GROUP = 42;
    private static final int GROUP_REQ = 136;
    private static final int GROUP_REQ_GROUP = 8;
    /** struct ip_mreqn: two addresses and an interface's index. */
    private static final int MREQN = 12;
    private static final int MREQN_INDEX = 8;
    private static final int PMTUDISC_DONT = 0;

    private static final MethodHandle CONNECT = Native.function("connect",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle SEND = Native.function("send",
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
    private static final MethodHandle RECV = Native.function("recv",
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));

    private final Socket socket;
    private final boolean six;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment callState = Native.callState(arena);

    private GroupSocket(Socket socket, boolean six) {
        this.socket = socket;
        this.six = six;
    }

    private static GroupSocket open(IpAddress group) throws SystemException {
        boolean six = !group.isV4();
        return new GroupSocket(Socket.open(SocketName.family(six), SOCK_DGRAM_NONBLOCK, 0, "group " + group), six);
    }

    /**
     * One that sends to a group, from whatever port; this host does not hear it.
     *
     * @param index  of the interface
     * @param ttl    1 to 255
     * @param buffer bytes that wait at most; 0: the system's
     */
    public static GroupSocket sender(IpAddress group, int port, int index, int ttl, int buffer)
            throws SystemException {
        GroupSocket opened = open(group);
        try {
            opened.prepareToSend(group, port, index, ttl, buffer);
            return opened;
        } catch (SystemException e) {
            opened.close();
            throw e;
        }
    }

    private void prepareToSend(IpAddress group, int port, int index, int ttl, int buffer) throws SystemException {
        try (Arena call = Arena.ofConfined()) {
            if (six) {
                socket.set(IPV6, IPV6_MULTICAST_IF, "IPV6_MULTICAST_IF", index);
                socket.set(IPV6, IPV6_MULTICAST_LOOP, "IPV6_MULTICAST_LOOP", 0);
                socket.set(IPV6, IPV6_MULTICAST_HOPS, "IPV6_MULTICAST_HOPS", ttl);
                socket.set(IPV6, IPV6_MTU_DISCOVER, "IPV6_MTU_DISCOVER", PMTUDISC_DONT);
            } else {
                MemorySegment request = call.allocate(MREQN, 4);
                request.set(INT, MREQN_INDEX, index);
                socket.set(IP, IP_MULTICAST_IF, "IP_MULTICAST_IF", request);
                socket.set(IP, IP_MULTICAST_LOOP, "IP_MULTICAST_LOOP", 0);
                socket.set(IP, IP_MULTICAST_TTL, "IP_MULTICAST_TTL", ttl);
                socket.set(IP, IP_MTU_DISCOVER, "IP_MTU_DISCOVER", PMTUDISC_DONT);
            }
            if (buffer > 0) {
                socket.set(Socket.SOL_SOCKET, SO_SNDBUF, "SO_SNDBUF", buffer);
            }
            MemorySegment name = SocketName.of(call, six, group, port, index);
            SystemCall.check("connect to " + group, state -> (int) CONNECT.invokeExact(state, socket.descriptor(),
                    name, (int) name.byteSize()));
        }
    }

    /**
     * One that receives what comes for a group over one interface; others on this host may do the same.
     *
     * @param device the interface's name
     * @param index  its index
     * @param buffer bytes that wait at most; 0: the system's
     */
    public static GroupSocket receiver(IpAddress group, int port, String device, int index, int buffer)
            throws SystemException {
        GroupSocket opened = open(group);
        try {
            opened.prepareToReceive(group, port, device, index, buffer);
            return opened;
        } catch (SystemException e) {
            opened.close();
            throw e;
        }
    }

    private void prepareToReceive(IpAddress group, int port, String device, int index, int buffer)
            throws SystemException {
        try (Arena call = Arena.ofConfined()) {
            socket.set(Socket.SOL_SOCKET, SO_REUSEADDR, "SO_REUSEADDR", 1);
            if (buffer > 0) {
                socket.set(Socket.SOL_SOCKET, SO_RCVBUF, "SO_RCVBUF", buffer);
            }
            socket.device(device);
            MemorySegment name = SocketName.of(call, six, group, port, index);
            socket.bind(name);
            MemorySegment request = call.allocate(GROUP_REQ, 8);
            request.set(INT, 0, index);
            MemorySegment.copy(name, 0, request, GROUP_REQ_GROUP, name.byteSize());
            socket.set(six ? IPV6 : IP, MCAST_JOIN_GROUP, "MCAST_JOIN_GROUP", request);
        }
    }

    /**
     * Sends a datagram, what remains in {@code datagram}, which stays as it is.
     *
     * @return false where the buffer is full
     */
    public boolean send(ByteBuffer datagram) throws SystemException {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment bytes = MemorySegment.ofBuffer(datagram);
            MemorySegment memory = call.allocate(Math.max(1, bytes.byteSize()));
            memory.copyFrom(bytes);
            return transfer("send", SEND, memory, bytes.byteSize(), MSG_NOSIGNAL) != NOTHING;
        }
    }

    /**
     * Receives the next datagram; what is longer than {@code into} is cut.
     *
     * @param into outside the heap
     * @return its bytes, or {@link #NOTHING}
     */
    public int receive(MemorySegment into) throws SystemException {
        return transfer("recv", RECV, into, into.byteSize(), 0);
    }

    private int transfer(String what, MethodHandle call, MemorySegment memory, long length, int flags)
            throws SystemException {
        long moved;
        try {
            moved = (long) call.invokeExact(callState, socket.descriptor(), memory, length, flags);
        } catch (Throwable e) {
            throw new AssertionError(what, e);
        }
        if (moved >= 0) {
            return (int) moved;
        }
        int errno = Native.errno(callState);
        if (errno == SystemException.EAGAIN || errno == SystemException.EINTR) {
            return NOTHING;
        }
        throw new SystemException(what, errno);
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            socket.close();
            arena.close();
        }
    }
}
