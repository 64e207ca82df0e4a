package dev.weir.sys;

import static dev.weir.sys.Native.INT;
import static dev.weir.sys.Native.SHORT;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** Sends single Ethernet frames out of any interface, now and then (packet(7)); receives none. Belongs to one thread. */
public final class FrameSocket implements AutoCloseable {
    private static final int SOCKADDR_LL_LENGTH = 20;
    private static final int ETH_ALEN = 6;
    private static final int ETHERTYPE = 12;
    private static final int MSG_DONTWAIT = 0x40;
    private static final MethodHandle SENDTO = Native.function("sendto",
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT));

    private final Socket socket;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment callState = Native.callState(arena);
    private final MemorySegment address = arena.allocate(SOCKADDR_LL_LENGTH, 8);

    public FrameSocket() throws SystemException {
        socket = PacketSocket.open("any interface");
    }

    /**
     * @param frame native memory, from the destination's MAC address on
     * @throws SystemException ENETDOWN or ENXIO where the interface is down or gone
     */
    public void send(int interfaceIndex, MemorySegment frame) throws SystemException {
        address.set(SHORT, 0, (short) PacketSocket.AF_PACKET);
        address.set(SHORT, 2, frame.get(SHORT, ETHERTYPE));
        address.set(INT, 4, interfaceIndex);
        address.set(JAVA_BYTE, 11, (byte) ETH_ALEN);
        MemorySegment.copy(frame, 0, address, 12, ETH_ALEN);
        long sent;
        try {
            sent = (long) SENDTO.invokeExact(callState, socket.descriptor(), frame, frame.byteSize(), MSG_DONTWAIT,
                    address, SOCKADDR_LL_LENGTH);
        } catch (Throwable e) {
            throw new AssertionError("sendto", e);
        }
        if (sent < 0) {
            throw new SystemException("sending a frame on interface " + interfaceIndex, Native.errno(callState));
        }
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            socket.close();
            arena.close();
        }
    }
}
