package dev.weir.sys;

import static dev.weir.sys.Native.INT;
import static dev.weir.sys.Native.SHORT;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.weir.wire.IpAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** struct sockaddr_in and sockaddr_in6 (ip(7), ipv6(7)): what an IP socket is bound to, sends to, and was sent from. */
final class SocketName {
    static final int AF_INET = 2;
    static final int AF_INET6 = 10;
    /** Bytes of the longer of the two. */
    static final int LONGEST = 28;

    private static final int LENGTH_V4 = 16;
    private static final int PORT = 2;
    private static final int ADDRESS_V4 = 4;
    private static final int ADDRESS_V6 = 8;
    private static final int SCOPE_V6 = 24;

    private SocketName() {
    }

    static int family(boolean six) {
        return six ? AF_INET6 : AF_INET;
    }

    /** Bytes of a name of that family. */
    static int length(boolean six) {
        return six ? LONGEST : LENGTH_V4;
    }

    /**
     * A new one.
     *
     * @param interfaceIndex of an address that is a link's own; 0: that which the socket is bound to
     */
    static MemorySegment of(Arena arena, boolean six, IpAddress address, int port, int interfaceIndex) {
        MemorySegment name = arena.allocate(length(six), 8);
        write(name, six, address, port, interfaceIndex);
        return name;
    }

    /** Writes one over whatever stands there. */
    static void write(MemorySegment name, boolean six, IpAddress address, int port, int interfaceIndex) {
        name.fill((byte) 0);
        name.set(SHORT, 0, (short) family(six));
        name.set(SHORT, PORT, Native.networkOrder(port));
        byte[] bytes = address.bytes();
        MemorySegment.copy(bytes, 0, name, JAVA_BYTE, six ? ADDRESS_V6 : ADDRESS_V4, bytes.length);
        if (six && isOfLink(address)) {
            name.set(INT, SCOPE_V6, interfaceIndex);
        }
    }

    /** fe80::/10, and groups. */
    private static boolean isOfLink(IpAddress address) {
        return address.isLinkLocal() || address.high() >>> 56 == 0xff;
    }

    /** The address in it. */
    static IpAddress address(MemorySegment name, boolean six) {
        byte[] bytes = new byte[six ? 16 : 4];
        MemorySegment.copy(name, JAVA_BYTE, six ? ADDRESS_V6 : ADDRESS_V4, bytes, 0, bytes.length);
        return IpAddress.of(bytes);
    }
}
