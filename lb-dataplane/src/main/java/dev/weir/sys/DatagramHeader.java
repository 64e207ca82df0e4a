package dev.weir.sys;

import static dev.weir.sys.Native.INT;
import static dev.weir.sys.Native.LONG;
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
 * struct msghdr of recvmsg(2), and what the kernel tells in it of a datagram: from whom, to whom, how far it may still have gone, and by which
 * interface it came. Belongs to one socket.
 */
final class DatagramHeader {
    private static final int SOL_IP = 0;
    private static final int IP_TTL = 2;
    private static final int IP_PKTINFO = 8;
    private static final int IP_RECVTTL = 12;
    private static final int SOL_IPV6 = 41;
    private static final int IPV6_RECVPKTINFO = 49;
    private static final int IPV6_PKTINFO = 50;
    private static final int IPV6_RECVHOPLIMIT = 51;
    private static final int IPV6_HOPLIMIT = 52;
    /** struct msghdr: name 0, namelen 8, iov 16, iovlen 24, control 32, controllen 40, flags 48. */
    private static final int MSGHDR_LENGTH = 56;
    /** struct cmsghdr: length (64), level, type. */
    private static final int CMSG_HEADER = 16;
    private static final int CONTROL_LENGTH = 128;
    /** struct in_pktinfo: interface, local address, the header's destination. */
    private static final int DESTINATION_V4 = 8;
    /** struct in6_pktinfo: the header's destination, interface. */
    private static final int INTERFACE_V6 = 16;

    private static final MethodHandle RECVMSG = Native.function("recvmsg",
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT));

    private final boolean six;
    private final MemorySegment message;
    private final MemorySegment vector;
    private final MemorySegment name;
    private final MemorySegment control;
    private IpAddress source = IpAddress.ANY_V4;
    private IpAddress destination = IpAddress.ANY_V4;
    private int hops;
    private int interfaceIndex;

    DatagramHeader(Arena arena, boolean six) {
        this.six = six;
        message = arena.allocate(MSGHDR_LENGTH, 8);
        vector = arena.allocate(16, 8);
        name = arena.allocate(SocketName.LONGEST, 8);
        control = arena.allocate(CONTROL_LENGTH, 8);
        message.set(ADDRESS, 0, name);
        message.set(ADDRESS, 16, vector);
        message.set(LONG, 24, 1);
        message.set(ADDRESS, 32, control);
    }

    /** From now on the kernel tells of what that socket receives. */
    void ask(Socket socket) throws SystemException {
        if (six) {
            socket.set(SOL_IPV6, IPV6_RECVPKTINFO, "IPV6_RECVPKTINFO", 1);
            socket.set(SOL_IPV6, IPV6_RECVHOPLIMIT, "IPV6_RECVHOPLIMIT", 1);
        } else {
            socket.set(SOL_IP, IP_PKTINFO, "IP_PKTINFO", 1);
            socket.set(SOL_IP, IP_RECVTTL, "IP_RECVTTL", 1);
        }
    }

    /** @return the bytes that came, or -1 with errno in {@code callState} */
    long receive(Socket socket, MemorySegment callState, MemorySegment into) {
        message.set(INT, 8, SocketName.LONGEST);
        vector.set(ADDRESS, 0, into);
        vector.set(LONG, 8, into.byteSize());
        message.set(LONG, 40, CONTROL_LENGTH);
        long length;
        try {
            length = (long) RECVMSG.invokeExact(callState, socket.descriptor(), message, 0);
        } catch (Throwable e) {
            throw new AssertionError("recvmsg", e);
        }
        if (length >= 0) {
            source = SocketName.address(name, six);
            destination = source;
            hops = -1;
            interfaceIndex = 0;
            tell();
        }
        return length;
    }

    private void tell() {
        long end = Math.min(message.get(LONG, 40), CONTROL_LENGTH);
        for (long at = 0; at + CMSG_HEADER <= end;) {
            long size = control.get(LONG, at);
            tell(control.get(INT, at + 8), control.get(INT, at + 12), at + CMSG_HEADER);
            at += Math.max(CMSG_HEADER, size + 7 & ~7L);
        }
    }

    private void tell(int level, int type, long at) {
        if (level == SOL_IPV6 && type == IPV6_PKTINFO) {
            destination = address(at, 16);
            interfaceIndex = control.get(INT, at + INTERFACE_V6);
        } else if (level == SOL_IP && type == IP_PKTINFO) {
            destination = address(at + DESTINATION_V4, 4);
            interfaceIndex = control.get(INT, at);
        } else if (level == SOL_IPV6 && type == IPV6_HOPLIMIT || level == SOL_IP && type == IP_TTL) {
            hops = control.get(INT, at);
        }
    }

    private IpAddress address(long at, int length) {
        byte[] bytes = new byte[length];
        MemorySegment.copy(control, JAVA_BYTE, at, bytes, 0, length);
        return IpAddress.of(bytes);
    }

    IpAddress source() {
        return source;
    }

    /** The source, where the kernel was not asked. */
    IpAddress destination() {
        return destination;
    }

    /** -1 where the kernel was not asked. */
    int hops() {
        return hops;
    }

    /** 0 where the kernel was not asked. */
    int interfaceIndex() {
        return interfaceIndex;
    }
}
