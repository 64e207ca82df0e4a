package dev.weir.sys;

import static dev.weir.sys.Native.INT;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.weir.sys.ClassicFilter.Instruction;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;

/**
 * Hears frames of one Ethernet type on all interfaces, besides whoever they are for; of few frames a second (packet(7)).
 * Belongs to one thread.
 */
public final class FrameReceiver implements AutoCloseable {
    private static final int SOCKADDR_LL_LENGTH = 20;
    private static final int PACKET_OUTGOING = 4;
    private static final int MSG_DONTWAIT = 0x40;
    private static final MethodHandle RECVFROM = Native.function("recvfrom",
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, ADDRESS));

    private final Socket socket;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment callState = Native.callState(arena);
    private final MemorySegment address = arena.allocate(SOCKADDR_LL_LENGTH, 8);
    private final MemorySegment addressLength = arena.allocate(4, 4);

    /**
     * @param etherType as 0x0806 for ARP
     * @param bytes     where a byte stands in the frame, and what it must be, by turns
     */
    public FrameReceiver(int etherType, int... bytes) throws SystemException {
        socket = PacketSocket.open("any interface");
        try {
            ClassicFilter.attach(socket, program(bytes));
            PacketSocket.bind(socket, 0, etherType);
        } catch (SystemException e) {
            close();
            throw e;
        }
    }

    private static Instruction[] program(int... bytes) {
        List<Instruction> program = new ArrayList<>();
        for (int i = 0; i < bytes.length; i += 2) {
            program.add(Instruction.of(ClassicFilter.LOAD_BYTE, bytes[i]));
            // What is not equal goes to the end, where nothing is taken.
            program.add(new Instruction(ClassicFilter.JUMP_IF_EQUAL, 0, bytes.length - i - 1, bytes[i + 1]));
        }
        program.add(Instruction.of(ClassicFilter.RETURN, ClassicFilter.EVERYTHING));
        program.add(Instruction.of(ClassicFilter.RETURN, 0));
        return program.toArray(Instruction[]::new);
    }

    /**
     * Takes the next frame.
     *
     * @param into gets the frame from its Ethernet header on; what is longer is cut
     * @return its length in {@code into}; 0 for one that this host sent itself; -1 where none waits
     */
    public int receive(MemorySegment into) throws SystemException {
        addressLength.set(INT, 0, SOCKADDR_LL_LENGTH);
        long length;
        try {
            length = (long) RECVFROM.invokeExact(callState, socket.descriptor(), into, into.byteSize(), MSG_DONTWAIT,
                    address, addressLength);
        } catch (Throwable e) {
            throw new AssertionError("recvfrom", e);
        }
        if (length >= 0) {
            return address.get(JAVA_BYTE, 10) == PACKET_OUTGOING ? 0 : (int) length;
        }
        int errno = Native.errno(callState);
        if (errno == SystemException.EAGAIN) {
            return -1;
        }
        throw new SystemException("receiving frames", errno);
    }

    /** On which interface the last frame came. */
    public int interfaceIndex() {
        return address.get(INT, 4);
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
