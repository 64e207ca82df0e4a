package dev.weir.sys;

import static dev.weir.sys.Native.INT;
import static dev.weir.sys.Native.LONG;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.weir.sys.ClassicFilter.Instruction;
import dev.weir.wire.IpAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;

/**
 * A raw socket of one IP protocol (raw(7)), on one interface or on all, that never waits. Over IPv4 packets have their IP
 * header, both ways; over IPv6 they begin behind it, and {@link #source}, {@link #destination} and {@link #hopLimit} tell
 * what the header said. Belongs to one thread.
 */
public final class RawSocket implements AutoCloseable {
    private static final int SOCK_RAW_NONBLOCK = 3 | 0x800;
    private static final int SO_PRIORITY = 12;
    private static final int SO_RCVBUFFORCE = 33;
    /** linux/pkt_sched.h: before all else in the queue of an interface. */
    private static final int TC_PRIO_CONTROL = 7;
    private static final int SOL_IP = 0;
    private static final int IP_TOS = 1;
    private static final int IP_HDRINCL = 3;
    private static final int IP_MULTICAST_IF = 32;
    private static final int IP_MULTICAST_LOOP = 34;
    private static final int IP_ADD_MEMBERSHIP = 35;
    private static final int IP_MULTICAST_ALL = 49;
    private static final int SOL_IPV6 = 41;
    private static final int IPV6_UNICAST_HOPS = 16;
    private static final int IPV6_MULTICAST_IF = 17;
    private static final int IPV6_MULTICAST_HOPS = 18;
    private static final int IPV6_MULTICAST_LOOP = 19;
    private static final int IPV6_ADD_MEMBERSHIP = 20;
    private static final int IPV6_MULTICAST_ALL = 29;
    private static final int IPV6_PKTINFO = 50;
    private static final int IPV6_TCLASS = 67;
    private static final int IPV6_FREEBIND = 78;
    private static final int INTERNETWORK_CONTROL = 0xc0;
    /** struct msghdr: name 0, namelen 8, iov 16, iovlen 24, control 32, controllen 40, flags 48. */
    private static final int MSGHDR_LENGTH = 56;
    /** struct cmsghdr: length (64), level, type. */
    private static final int CMSG_HEADER = 16;
    private static final int CONTROL_LENGTH = 128;

    private static final MethodHandle SENDMSG = Native.function("sendmsg",
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT));

    private final Socket socket;
    private final boolean six;
    private final String about;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment callState = Native.callState(arena);
    private final MemorySegment message = arena.allocate(MSGHDR_LENGTH, 8);
    private final MemorySegment vector = arena.allocate(16, 8);
    private final MemorySegment name = arena.allocate(SocketName.LONGEST, 8);
    private final MemorySegment control = arena.allocate(CONTROL_LENGTH, 8);
    private final DatagramHeader header;
    private IpAddress destination = IpAddress.ANY_V4;
    private int hopLimit;

    private RawSocket(Socket socket, boolean six, String about) {
        this.socket = socket;
        this.six = six;
        this.about = about;
        header = new DatagramHeader(arena, six);
        message.set(ADDRESS, 0, name);
        message.set(ADDRESS, 16, vector);
        message.set(LONG, 24, 1);
        message.set(ADDRESS, 32, control);
    }

    /**
     * @param six      whether of IPv6
     * @param protocol of IP, 1 to 254
     * @param about    what it is for, to be named in errors
     */
    public static RawSocket open(boolean six, int protocol, String about) throws SystemException {
        Socket socket = Socket.open(SocketName.family(six), SOCK_RAW_NONBLOCK, protocol,
                about + " (needs CAP_NET_RAW)");
        RawSocket raw = new RawSocket(socket, six, about);
        try {
            raw.prepare();
            return raw;
        } catch (SystemException e) {
            raw.close();
            throw e;
        }
    }

    private void prepare() throws SystemException {
        socket.set(Socket.SOL_SOCKET, SO_PRIORITY, "SO_PRIORITY", TC_PRIO_CONTROL);
        if (six) {
            socket.set(SOL_IPV6, IPV6_MULTICAST_LOOP, "IPV6_MULTICAST_LOOP", 0);
            socket.set(SOL_IPV6, IPV6_MULTICAST_ALL, "IPV6_MULTICAST_ALL", 0);
            socket.set(SOL_IPV6, IPV6_MULTICAST_HOPS, "IPV6_MULTICAST_HOPS", 255);
            socket.set(SOL_IPV6, IPV6_TCLASS, "IPV6_TCLASS", INTERNETWORK_CONTROL);
            header.ask(socket);
        } else {
            socket.set(SOL_IP, IP_HDRINCL, "IP_HDRINCL", 1);
            socket.set(SOL_IP, IP_TOS, "IP_TOS", INTERNETWORK_CONTROL);
            socket.set(SOL_IP, IP_MULTICAST_LOOP, "IP_MULTICAST_LOOP", 0);
            socket.set(SOL_IP, IP_MULTICAST_ALL, "IP_MULTICAST_ALL", 0);
        }
    }

    /** Receives and sends on that interface only. It is bound by its index: one that is made anew needs a new socket. */
    public void device(String device) throws SystemException {
        socket.device(device);
    }

    /** Receives packets to that address only; sends from it where nothing else is said. */
    public void bind(IpAddress address) throws SystemException {
        bind(address, 0);
    }

    /** The same for a group or address of a link (IPv6), where the interface belongs to the address. */
    public void bind(IpAddress address, int interfaceIndex) throws SystemException {
        try (Arena call = Arena.ofConfined()) {
            socket.bind(SocketName.of(call, six, address, 0, interfaceIndex));
        }
    }

    /** Receives what is sent to the group on that interface, and sends there. */
    public void join(IpAddress group, int interfaceIndex) throws SystemException {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment membership = call.allocate(20, 4);
            MemorySegment.copy(group.bytes(), 0, membership, JAVA_BYTE, 0, group.bytes().length);
            if (six) {
                membership.set(INT, 16, interfaceIndex);
                socket.set(SOL_IPV6, IPV6_ADD_MEMBERSHIP, "IPV6_ADD_MEMBERSHIP " + group, membership);
            } else {
                membership.set(INT, 8, interfaceIndex);
                socket.set(SOL_IP, IP_ADD_MEMBERSHIP, "IP_ADD_MEMBERSHIP " + group, membership.asSlice(0, 12));
            }
        }
    }

    /** Where packets to groups go out. */
    public void sendGroupsOn(int interfaceIndex) throws SystemException {
        if (six) {
            socket.set(SOL_IPV6, IPV6_MULTICAST_IF, "IPV6_MULTICAST_IF", interfaceIndex);
            return;
        }
        try (Arena call = Arena.ofConfined()) {
            MemorySegment membership = call.allocate(12, 4);
            membership.set(INT, 8, interfaceIndex);
            socket.set(SOL_IP, IP_MULTICAST_IF, "IP_MULTICAST_IF", membership);
        }
    }

    /** The hop limit of packets to one host; over IPv4 it stands in the packet's own header. */
    public void unicastHops(int hops) throws SystemException {
        if (six) {
            socket.set(SOL_IPV6, IPV6_UNICAST_HOPS, "IPV6_UNICAST_HOPS", hops);
        }
    }

    /** Over IPv6 the source may be another interface's, as over IPv4 it may always be: a VMAC has none of its own. */
    public void sendForeign() throws SystemException {
        if (six) {
            socket.set(SOL_IPV6, IPV6_FREEBIND, "IPV6_FREEBIND", 1);
        }
    }

    /** @param bytes of kernel memory for packets that nobody has read yet; 0: what the system gives every socket */
    public void receiveBuffer(int bytes) throws SystemException {
        if (bytes > 0) {
            socket.set(Socket.SOL_SOCKET, SO_RCVBUFFORCE, "SO_RCVBUFFORCE", bytes);
        }
    }

    /**
     * Lets only those packets through whose byte there is one of the values.
     *
     * @param headers whether the packet begins with an IPv4 header, behind which {@code at} counts
     * @param values  0 to 255 each, at most 200; none: nothing comes through
     */
    public void filter(boolean headers, int at, int... values) throws SystemException {
        List<Instruction> program = new ArrayList<>();
        if (headers) {
            program.add(Instruction.of(ClassicFilter.LOAD_X_IPV4_HEADER, 0));
        }
        program.add(Instruction.of(headers ? ClassicFilter.LOAD_BYTE_BEHIND_X : ClassicFilter.LOAD_BYTE, at));
        for (int i = 0; i < values.length; i++) {
            program.add(new Instruction(ClassicFilter.JUMP_IF_EQUAL, values.length - i, 0, values[i]));
        }
        program.add(Instruction.of(ClassicFilter.RETURN, 0));
        if (values.length > 0) {
            program.add(Instruction.of(ClassicFilter.RETURN, ClassicFilter.EVERYTHING));
        }
        ClassicFilter.attach(socket, program.toArray(Instruction[]::new));
    }

    /** Lets all packets through, whatever filter there was. */
    public void takeAll() throws SystemException {
        ClassicFilter.attach(socket, Instruction.of(ClassicFilter.RETURN, ClassicFilter.EVERYTHING));
    }

    /**
     * Sends one packet.
     *
     * @param from           the source over IPv6; over IPv4 the packet's header has it
     * @param interfaceIndex out of which it goes; 0: as the socket and the routes say
     * @throws SystemException the kernel's reason not to send it; EAGAIN where the interface has no room
     */
    public void send(IpAddress from, int interfaceIndex, IpAddress to, MemorySegment packet, long length)
            throws SystemException {
        SocketName.write(name, six, to, 0, interfaceIndex);
        message.set(INT, 8, SocketName.length(six));
        vector.set(ADDRESS, 0, packet);
        vector.set(LONG, 8, length);
        if (six) {
            control.set(LONG, 0, CMSG_HEADER + 20);
            control.set(INT, 8, SOL_IPV6);
            control.set(INT, 12, IPV6_PKTINFO);
            MemorySegment.copy(from.bytes(), 0, control, JAVA_BYTE, CMSG_HEADER, 16);
            control.set(INT, CMSG_HEADER + 16, interfaceIndex);
            message.set(LONG, 40, CMSG_HEADER + 24);
        } else {
            message.set(LONG, 40, 0);
        }
        long sent;
        try {
            sent = (long) SENDMSG.invokeExact(callState, socket.descriptor(), message, 0);
        } catch (Throwable e) {
            throw new AssertionError("sendmsg", e);
        }
        if (sent < 0) {
            throw new SystemException("sending to " + to + " for " + about, Native.errno(callState));
        }
    }

    /**
     * Takes the next packet.
     *
     * @return its length, at most that of {@code into}, behind which a longer one is cut; -1 where none waits
     */
    public int receive(MemorySegment into) throws SystemException {
        long length = header.receive(socket, callState, into);
        if (length < 0) {
            int errno = Native.errno(callState);
            if (errno == SystemException.EAGAIN || errno == SystemException.EINTR) {
                return -1;
            }
            throw new SystemException("receiving for " + about, errno);
        }
        tell(into, (int) length);
        return (int) length;
    }

    private void tell(MemorySegment packet, int length) {
        if (six) {
            destination = header.destination();
            hopLimit = header.hops();
            return;
        }
        boolean whole = length >= 20;
        byte[] bytes = new byte[4];
        if (whole) {
            MemorySegment.copy(packet, JAVA_BYTE, 16, bytes, 0, 4);
        }
        destination = whole ? IpAddress.of(bytes) : header.source();
        hopLimit = whole ? packet.get(JAVA_BYTE, 8) & 0xff : -1;
    }

    /** Of the packet received last. */
    public IpAddress source() {
        return header.source();
    }

    /** Of the packet received last. */
    public IpAddress destination() {
        return destination;
    }

    /** Of the packet received last: time to live, or hop limit; -1 where it is not known. */
    public int hopLimit() {
        return hopLimit;
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
