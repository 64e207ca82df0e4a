package dev.weir.sys;

import static dev.weir.sys.Native.INT;
import static dev.weir.sys.Native.LONG;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/**
 * What ethtool(8) tells of an interface, in the network namespace of the asking thread.
 *
 * @param driver        as {@code ethtool -i}; empty where it tells nothing
 * @param receiveQueues in use, as {@code ethtool -l}; at least 1
 * @param takesTags     the interface takes VLAN tags out of frames (rx-vlan-offload)
 * @param largeReceive  the interface joins TCP segments (large-receive-offload)
 */
public record Ethtool(String driver, int receiveQueues, boolean takesTags, boolean largeReceive) {
    private static final int AF_INET = 2;
    private static final int SOCK_DGRAM = 2;
    private static final long SIOCETHTOOL = 0x8946;
    private static final int GDRVINFO = 3;
    private static final int GFLAGS = 0x25;
    private static final int GCHANNELS = 0x3c;
    private static final int DRIVER_INFORMATION_LENGTH = 196;
    private static final int CHANNELS_LENGTH = 36;
    private static final int FLAG_RXVLAN = 1 << 8;
    private static final int FLAG_LRO = 1 << 15;

    /** @throws SystemException ENODEV where there is no interface of that name */
    public static Ethtool of(String name) throws SystemException {
        try (Socket socket = Socket.open(AF_INET, SOCK_DGRAM, 0, "interface " + name);
                Arena arena = Arena
                        .ofConfined()) {
            // struct ethtool_drvinfo: command (32), driver (32 bytes) ...
            MemorySegment information = ask(socket, arena, name, GDRVINFO, DRIVER_INFORMATION_LENGTH);
            // struct ethtool_channels: command, four maxima, then receive, transmit, other, combined in use
            MemorySegment channels = ask(socket, arena, name, GCHANNELS, CHANNELS_LENGTH);
            int flags = ask(socket, arena, name, GFLAGS, 8).get(INT, 4);
            return new Ethtool(information.getString(4), Math.max(1, channels.get(INT, 20) + channels.get(INT, 32)),
                    (flags & FLAG_RXVLAN) != 0, (flags & FLAG_LRO) != 0);
        }
    }

    /** Zeros where the driver does not answer that question. */
    private static MemorySegment ask(Socket socket, Arena arena, String name, int command, int length)
            throws SystemException {
        MemorySegment answer = arena.allocate(length, 8);
        answer.set(INT, 0, command);
        MemorySegment request = arena.allocate(40, 8);
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        MemorySegment.copy(bytes, 0, request, JAVA_BYTE, 0, Math.min(15, bytes.length));
        request.set(LONG, 16, answer.address());
        try {
            socket.ioctl(SIOCETHTOOL, "SIOCETHTOOL", request);
        } catch (SystemException e) {
            if (e.errno() != SystemException.EOPNOTSUPP) {
                throw e;
            }
        }
        return answer;
    }
}
