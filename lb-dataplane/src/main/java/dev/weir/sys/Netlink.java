package dev.weir.sys;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * A socket of NETLINK_ROUTE or NETLINK_NETFILTER. One that follows multicast groups only receives, one that makes requests joins none, so an
 * answer never has to be told from a notification. Belongs to one thread at a time.
 */
public final class Netlink implements AutoCloseable {
    private static final int AF_NETLINK = 16;
    private static final int NETLINK_ROUTE = 0;
    private static final int NETLINK_NETFILTER = 12;
    private static final int NFNLGRP_NFTABLES = 7;
    private static final int SOCK_RAW_CLOEXEC = 3 | 0x80000;
    private static final int SOL_SOCKET = 1;
    private static final int SO_RCVBUF = 8;
    private static final int SO_RCVBUFFORCE = 33;
    private static final int SOL_NETLINK = 270;
    private static final int NETLINK_CAP_ACK = 10;
    private static final int NETLINK_EXT_ACK = 11;
    private static final int MSG_TRUNC = 0x20;
    private static final int MSG_DONTWAIT = 0x40;
    private static final int NLMSG_ERROR = 2;
    private static final int NLMSG_DONE = 3;
    private static final int NLM_F_DUMP_INTR = 0x10;
    private static final int NLMSGERR_ATTR_MSG = 1;
    private static final short POLLIN = 1;
    /** The kernel fills at most 32 KiB at once; a single message with many hops may be larger. */
    private static final int BUFFER = 256 * 1024;
    /** What may wait between two reads of notifications, before ENOBUFS. */
    private static final int RECEIVE_BUFFER = 4 * 1024 * 1024;

    private static final MethodHandle SOCKET = Native.function("socket",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle BIND = Native.function("bind",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle SETSOCKOPT = Native.function("setsockopt",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle SEND = Native.function("send",
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
    private static final MethodHandle RECVFROM = Native.function("recvfrom",
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, ADDRESS));
    private static final MethodHandle POLL = Native.function("poll",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));

    private final Arena arena = Arena.ofShared();
    private final MemorySegment errno = Native.callState(arena);
    private final MemorySegment buffer = arena.allocate(BUFFER, 8);
    private final MemorySegment sender = arena.allocate(12, 8);
    private final MemorySegment senderLength = arena.allocate(4, 4);
    private final MemorySegment polled = arena.allocate(16, 8);
    private final int descriptor;
    private int sequence;

    /** What takes the messages of a dump or of a multicast group, in order. */
    @FunctionalInterface
    public interface Handler {
        void take(NetlinkMessage message) throws IOException;
    }

    private Netlink(int protocol, int groups) throws SystemException {
        try {
            descriptor = (int) SOCKET.invokeExact(errno, AF_NETLINK, SOCK_RAW_CLOEXEC, protocol);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
        if (descriptor < 0) {
            throw new SystemException("socket(AF_NETLINK)", Native.errno(errno));
        }
        try {
            option(SOL_NETLINK, NETLINK_CAP_ACK, 1);
            option(SOL_NETLINK, NETLINK_EXT_ACK, 1);
            if (groups != 0) {
                receiveBuffer();
            }
            bind(groups);
        } catch (SystemException e) {
            close();
            throw e;
        }
    }

    /** A socket for {@link #dump} and {@link #request}. */
    public static Netlink forRequests() throws SystemException {
        return new Netlink(NETLINK_ROUTE, 0);
    }

    /** The same for nfnetlink. */
    public static Netlink forNetfilterRequests() throws SystemException {
        return new Netlink(NETLINK_NETFILTER, 0);
    }

    /** A socket for {@link #notifications} of those RTNLGRP_ numbers, each 1 to 32. */
    public static Netlink following(int... groups) throws SystemException {
        int mask = 0;
        for (int group : groups) {
            mask |= 1 << group - 1;
        }
        return new Netlink(NETLINK_ROUTE, mask);
    }

    /** The same for what changes in nftables. */
    public static Netlink followingNftables() throws SystemException {
        return new Netlink(NETLINK_NETFILTER, 1 << NFNLGRP_NFTABLES - 1);
    }

    /**
     * Asks for all objects of a kind.
     *
     * @return false where they changed under way, so that the answer may be inconsistent and should be asked again
     */
    public boolean dump(NetlinkRequest request, Handler handler) throws IOException {
        int number = send(request, NetlinkRequest.DUMP);
        boolean consistent = true;
        while (true) {
            int length = receive(0);
            for (int at = 0; at < length; at += aligned(at, length)) {
                if (sequenceAt(at) != number) {
                    continue;
                }
                consistent &= (flagsAt(at) & NLM_F_DUMP_INTR) == 0;
                switch (typeAt(at)) {
                    case NLMSG_DONE -> {
                        if (message(at, length).payload().limit() >= 4 && message(at, length).u32(0) < 0) {
                            throw failure(at, length, "netlink dump");
                        }
                        return consistent;
                    }
                    case NLMSG_ERROR -> throw failure(at, length, "netlink dump");
                    default -> handler.take(message(at, length));
                }
            }
        }
    }

    /**
     * Makes a change and waits for the kernel's word.
     *
     * @param what for the exception: the change, as {@code ip} or {@code tc} would say it
     */
    public void request(NetlinkRequest request, String what) throws IOException {
        int number = send(request, NetlinkRequest.ACKNOWLEDGE);
        while (true) {
            int length = receive(0);
            for (int at = 0; at < length; at += aligned(at, length)) {
                if (sequenceAt(at) == number && typeAt(at) == NLMSG_ERROR) {
                    if (buffer.get(Native.INT, at + NetlinkRequest.HEADER_LENGTH) == 0) {
                        return;
                    }
                    throw failure(at, length, what);
                }
            }
        }
    }

    /**
     * Hands over what has come, without waiting.
     *
     * @return false where the kernel had to drop notifications (ENOBUFS), so that everything must be dumped again
     */
    public boolean notifications(Handler handler) throws IOException {
        while (true) {
            int length;
            try {
                length = receive(MSG_DONTWAIT);
            } catch (SystemException e) {
                if (e.errno() == SystemException.EAGAIN) {
                    return true;
                }
                if (e.errno() == SystemException.ENOBUFS) {
                    return false;
                }
                throw e;
            }
            for (int at = 0; at < length; at += aligned(at, length)) {
                handler.take(message(at, length));
            }
        }
    }

    /** Readable where notifications wait; for {@link Poller} and {@link Epoll}. */
    public int descriptor() {
        return descriptor;
    }

    /** Waits until a notification has come, {@code wakeup} was signalled or the time is over. */
    public void await(Wakeup wakeup, int milliseconds) throws SystemException {
        polled.set(Native.INT, 0, descriptor);
        polled.set(Native.INT, 4, POLLIN);
        polled.set(Native.INT, 8, wakeup.descriptor());
        polled.set(Native.INT, 12, POLLIN);
        int ready;
        try {
            ready = (int) POLL.invokeExact(errno, polled, 2L, milliseconds);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
        if (ready < 0 && Native.errno(errno) != SystemException.EINTR) {
            throw new SystemException("poll(netlink)", Native.errno(errno));
        }
    }

    @Override
    public void close() {
        Descriptors.close(descriptor);
        arena.close();
    }

    private int send(NetlinkRequest request, int flags) throws SystemException {
        byte[] bytes = request.bytes(flags, ++sequence);
        try (Arena call = Arena.ofConfined()) {
            MemorySegment message = call.allocate(bytes.length, 8);
            MemorySegment.copy(bytes, 0, message, JAVA_BYTE, 0, bytes.length);
            long sent;
            try {
                sent = (long) SEND.invokeExact(errno, descriptor, message, (long) bytes.length, 0);
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
            if (sent < 0) {
                throw new SystemException("send(netlink)", Native.errno(errno));
            }
        }
        return sequence;
    }

    /** One datagram of whole messages, from the kernel and nobody else. */
    private int receive(int flags) throws IOException {
        while (true) {
            senderLength.set(Native.INT, 0, 12);
            long length;
            try {
                length = (long) RECVFROM.invokeExact(errno, descriptor, buffer, (long) BUFFER, flags | MSG_TRUNC,
                        sender,
                        senderLength);
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
            if (length < 0 && Native.errno(errno) == SystemException.EINTR) {
                continue;
            }
            if (length < 0) {
                throw new SystemException("recv(netlink)", Native.errno(errno));
            }
            if (length > BUFFER) {
                throw new IOException("a netlink message of " + length + " bytes is beyond the " + BUFFER + " allowed");
            }
            if (sender.get(Native.INT, 4) == 0) {
                return (int) length;
            }
        }
    }

    /** The bytes from one message to the next; checks that the one at {@code at} lies within the datagram. */
    private int aligned(int at, int datagram) throws IOException {
        return lengthAt(at, datagram) + 3 & ~3;
    }

    private int lengthAt(int at, int datagram) throws IOException {
        int length = datagram - at < NetlinkRequest.HEADER_LENGTH ? 0 : buffer.get(Native.INT, at);
        if (length < NetlinkRequest.HEADER_LENGTH || length > datagram - at) {
            throw new IOException(
                    "netlink message at byte " + at + " of " + datagram + " claims a length of " + length);
        }
        return length;
    }

    private int typeAt(int at) {
        return buffer.get(Native.SHORT, at + 4) & 0xffff;
    }

    private int flagsAt(int at) {
        return buffer.get(Native.SHORT, at + 6) & 0xffff;
    }

    private int sequenceAt(int at) {
        return buffer.get(Native.INT, at + 8);
    }

    private NetlinkMessage message(int at, int datagram) throws IOException {
        int length = lengthAt(at, datagram) - NetlinkRequest.HEADER_LENGTH;
        byte[] payload = new byte[length];
        MemorySegment.copy(buffer, JAVA_BYTE, at + NetlinkRequest.HEADER_LENGTH, payload, 0, length);
        return new NetlinkMessage(typeAt(at), ByteBuffer.wrap(payload).order(ByteOrder.nativeOrder()));
    }

    /** struct nlmsgerr: errno, the header that was refused, and perhaps the kernel's words for it. */
    private SystemException failure(int at, int datagram, String what) throws IOException {
        NetlinkMessage error = message(at, datagram);
        int number = -error.u32(0);
        String words = "";
        if (error.type() == NLMSG_ERROR && error.payload().limit() > 4 + NetlinkRequest.HEADER_LENGTH) {
            byte[] text = error.attributes(4 + NetlinkRequest.HEADER_LENGTH).bytes(NLMSGERR_ATTR_MSG);
            words = text == null ? "" : " (" + new String(text, 0, text.length - 1, StandardCharsets.UTF_8) + ")";
        }
        return new SystemException(what + words, number);
    }

    private void bind(int groups) throws SystemException {
        MemorySegment address = sender.fill((byte) 0);
        address.set(Native.SHORT, 0, (short) AF_NETLINK);
        address.set(Native.INT, 8, groups);
        int result;
        try {
            result = (int) BIND.invokeExact(errno, descriptor, address, 12);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
        if (result < 0) {
            throw new SystemException("bind(netlink)", Native.errno(errno));
        }
    }

    private void receiveBuffer() throws SystemException {
        try {
            option(SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER);
        } catch (SystemException e) {
            if (e.errno() != SystemException.EPERM) {
                throw e;
            }
            option(SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER);
        }
    }

    private void option(int level, int name, int value) throws SystemException {
        MemorySegment optionValue = sender;
        optionValue.set(Native.INT, 0, value);
        int result;
        try {
            result = (int) SETSOCKOPT.invokeExact(errno, descriptor, level, name, optionValue, 4);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
        if (result < 0) {
            throw new SystemException("setsockopt(netlink, " + name + ")", Native.errno(errno));
        }
    }
}
