package dev.weir.sys;

import static dev.weir.sys.Native.INT;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;

/**
 * A socket by its descriptor: opening, options, binding; never per packet. Each call has its own memory, so threads may
 * share one, save for {@link #close}.
 */
final class Socket implements AutoCloseable {
    static final int SOL_SOCKET = 1;

    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int SO_BINDTODEVICE = 25;
    private static final MethodHandle SOCKET = Native.function("socket",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle SETSOCKOPT = Native.function("setsockopt",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle GETSOCKOPT = Native.function("getsockopt",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
    private static final MethodHandle GETSOCKNAME = Native.function("getsockname",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
    private static final MethodHandle BIND = Native.function("bind",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle IOCTL = Native.variadic("ioctl",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS), 2);

    private static final MethodHandle DUP3 = Native.function("dup3",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));

    private int descriptor;
    private final String about;

    private Socket(int descriptor, String about) {
        this.descriptor = descriptor;
        this.about = about;
    }

    /** @param about what the socket is for, to be named in errors */
    static Socket open(int family, int type, int protocol, String about) throws SystemException {
        return new Socket(SystemCall.check("socket for " + about,
                state -> (int) SOCKET.invokeExact(state, family, type | SOCK_CLOEXEC, protocol)), about);
    }

    int descriptor() {
        return descriptor;
    }

    /** This socket gets the descriptor of another, which ends: whoever waits for that descriptor waits for this one. */
    void replace(Socket other) throws SystemException {
        check("dup3", state -> (int) DUP3.invokeExact(state, descriptor, other.descriptor, SOCK_CLOEXEC));
        Descriptors.close(descriptor);
        descriptor = other.descriptor;
    }

    /** @param name the option's name, for the error's text */
    void set(int level, int option, String name, int value) throws SystemException {
        try (Arena arena = Arena.ofConfined()) {
            set(level, option, name, arena.allocateFrom(INT, value));
        }
    }

    void set(int level, int option, String name, MemorySegment value) throws SystemException {
        check("setsockopt(" + name + ")", state -> (int) SETSOCKOPT.invokeExact(state, descriptor, level, option, value,
                (int) value.byteSize()));
    }

    void get(int level, int option, String name, MemorySegment value) throws SystemException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment length = arena.allocateFrom(INT, (int) value.byteSize());
            check("getsockopt(" + name + ")",
                    state -> (int) GETSOCKOPT.invokeExact(state, descriptor, level, option, value, length));
        }
    }

    /** SO_BINDTODEVICE. It is bound to the interface's index: one that is made anew needs a new socket. */
    void device(String device) throws SystemException {
        try (Arena arena = Arena.ofConfined()) {
            set(SOL_SOCKET, SO_BINDTODEVICE, "SO_BINDTODEVICE " + device,
                    arena.allocateFrom(JAVA_BYTE, device.getBytes(StandardCharsets.UTF_8)));
        }
    }

    void bind(MemorySegment address) throws SystemException {
        check("bind", state -> (int) BIND.invokeExact(state, descriptor, address, (int) address.byteSize()));
    }

    void name(MemorySegment address) throws SystemException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment length = arena.allocateFrom(INT, (int) address.byteSize());
            check("getsockname", state -> (int) GETSOCKNAME.invokeExact(state, descriptor, address, length));
        }
    }

    void ioctl(long request, String name, MemorySegment argument) throws SystemException {
        check("ioctl(" + name + ")", state -> (int) IOCTL.invokeExact(state, descriptor, request, argument));
    }

    private void check(String call, SystemCall invocation) throws SystemException {
        SystemCall.check(call + " for " + about, invocation);
    }

    @Override
    public void close() {
        Descriptors.close(descriptor);
    }
}
