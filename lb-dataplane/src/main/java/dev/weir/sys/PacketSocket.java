package dev.weir.sys;

import static dev.weir.sys.Native.INT;
import static dev.weir.sys.Native.SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** What the receiving and the sending AF_PACKET socket have in common (packet(7)), and AF_XDP's in part. */
final class PacketSocket {
    static final int AF_PACKET = 17;
    static final int SOCK_RAW = 3;
    static final int SOL_SOCKET = 1;
    static final int SOL_PACKET = 263;
    static final int ETH_P_ALL = 3;
    private static final int SOCKADDR_LL_LENGTH = 20;
    private static final int SO_SNDBUF = 7;
    private static final int SO_SNDBUFFORCE = 32;
    /** Two full batches of 64 KiB frames, as the kernel counts them. */
    private static final int SEND_BUFFER = 32 << 20;

    private PacketSocket() {
    }

    /** Receives nothing until it is bound: its protocol is 0. */
    static Socket open(String interfaceName) throws SystemException {
        return Socket.open(AF_PACKET, SOCK_RAW, 0, "packets of " + interfaceName + " (needs CAP_NET_RAW)");
    }

    /** @param protocol ETH_P_ALL to receive, 0 to send only */
    static void bind(Socket socket, int interfaceIndex, int protocol) throws SystemException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = arena.allocate(SOCKADDR_LL_LENGTH, 8);
            address.set(SHORT, 0, (short) AF_PACKET);
            address.set(SHORT, 2, Native.networkOrder(protocol));
            address.set(INT, 4, interfaceIndex);
            socket.bind(address);
        }
    }

    /** The interface that the socket is bound to; -1 once that has been removed, also when it is back by name. */
    static int boundInterface(Socket socket) throws SystemException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = arena.allocate(SOCKADDR_LL_LENGTH, 8);
            socket.name(address);
            return address.get(INT, 4);
        }
    }

    /**
     * Lets as many frames be on their way out as come in bursts. Without CAP_NET_ADMIN the kernel grants what
     * net.core.wmem_max says.
     */
    static void widen(Socket socket) throws SystemException {
        try {
            socket.set(SOL_SOCKET, SO_SNDBUFFORCE, "SO_SNDBUFFORCE", SEND_BUFFER);
        } catch (SystemException e) {
            if (e.errno() != SystemException.EPERM) {
                throw e;
            }
            socket.set(SOL_SOCKET, SO_SNDBUF, "SO_SNDBUF", SEND_BUFFER);
        }
    }
}
