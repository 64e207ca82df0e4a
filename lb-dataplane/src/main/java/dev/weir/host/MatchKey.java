package dev.weir.host;

import dev.weir.wire.IpAddress;
import java.util.Arrays;

/**
 * A {@link Match} as the BPF map has it, all in network order:
 *
 * <pre>
 *   0 address (16, IPv4 mapped)   16 kind   17 protocol   18 port (16)
 * </pre>
 */
final class MatchKey {
    static final int LENGTH = 20;
    static final int KIND = 16;
    static final int PROTOCOL = 17;
    static final int PORT = 18;

    /** What kind is in the key. */
    static final int SERVICE = 1;
    static final int SERVER = 2;
    static final int VIRTUAL_ADDRESS = 3;
    static final int HOST_ADDRESS = 4;
    /** A server's address and protocol, for fragments that have no ports; Weir derives it from each SERVER. */
    static final int SERVER_FRAGMENTS = 5;

    private MatchKey() {
    }

    static byte[] of(Match match) {
        int kind = switch (match.kind()) {
            case SERVICE -> SERVICE;
            case SERVER -> SERVER;
            case VIRTUAL_ADDRESS -> VIRTUAL_ADDRESS;
            case HOST_ADDRESS -> HOST_ADDRESS;
        };
        return bytes(kind, match.protocol(), match.address(), match.port());
    }

    static byte[] fragmentsOf(Match server) {
        return bytes(SERVER_FRAGMENTS, server.protocol(), server.address(), 0);
    }

    private static byte[] bytes(int kind, int protocol, IpAddress address, int port) {
        byte[] key = new byte[LENGTH];
        byte[] bits = address.bytes();
        if (bits.length == 4) {
            Arrays.fill(key, 10, 12, (byte) 0xff);
        }
        System.arraycopy(bits, 0, key, 16 - bits.length, bits.length);
        key[KIND] = (byte) kind;
        key[PROTOCOL] = (byte) protocol;
        key[PORT] = (byte) (port >>> 8);
        key[PORT + 1] = (byte) port;
        return key;
    }
}
