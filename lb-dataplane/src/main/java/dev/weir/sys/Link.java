package dev.weir.sys;

import static dev.weir.sys.Native.INT;
import static dev.weir.sys.Native.SHORT;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/**
 * An interface as ioctl(2) tells of it by name, in the network namespace of the asking thread or socket.
 *
 * @param hardwareType    ARPHRD_ of linux/if_arp.h: {@link #ETHERNET}
 * @param hardwareAddress the MAC address in the low 48 bits, first byte highest
 * @param mtu             bytes of the largest IP packet
 */
public record Link(String name, int index, int hardwareType, long hardwareAddress, int mtu) {
    public static final int ETHERNET = 1;
    private static final int MAX_NAME = 15;
    private static final int AF_INET = 2;
    private static final int SOCK_DGRAM = 2;
    private static final long SIOCGIFMTU = 0x8921;
    private static final long SIOCGIFHWADDR = 0x8927;
    private static final long SIOCGIFINDEX = 0x8933;

    /** @throws SystemException ENODEV where there is no interface of that name */
    public static Link byName(String name) throws SystemException {
        try (Socket socket = Socket.open(AF_INET, SOCK_DGRAM, 0, "interface " + name)) {
            return byName(name, socket);
        }
    }

    static Link byName(String name, Socket socket) throws SystemException {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        if (bytes.length == 0 || bytes.length > MAX_NAME) {
            throw new SystemException("interface \"" + name + "\"", SystemException.ENODEV);
        }
        try (Arena arena = Arena.ofConfined()) {
            // struct ifreq: the name in 16 bytes, then a union of 24
            MemorySegment request = arena.allocate(40, 8);
            MemorySegment.copy(bytes, 0, request, JAVA_BYTE, 0, bytes.length);
            socket.ioctl(SIOCGIFINDEX, "SIOCGIFINDEX", request);
            int index = request.get(INT, 16);
            socket.ioctl(SIOCGIFHWADDR, "SIOCGIFHWADDR", request);
            int type = request.get(SHORT, 16) & 0xffff;
            long address = 0;
            for (int i = 0; i < 6; i++) {
                address = address << 8 | request.get(JAVA_BYTE, 18 + i) & 0xff;
            }
            socket.ioctl(SIOCGIFMTU, "SIOCGIFMTU", request);
            return new Link(name, index, type, address, request.get(INT, 16));
        }
    }
}
