package dev.weir.host;

import dev.weir.sys.Bpf;
import dev.weir.wire.IpAddress;
import dev.weir.wire.IpPrefix;
import java.util.Arrays;
import java.util.List;

/**
 * A {@link Match} as the BPF maps have it, all in network order. One address is a key of the hash map, more of them one
 * of the map of prefixes, where a number of bits stands before it.
 *
 * <pre>
 *   0 kind   1 protocol   2 port (16)   4 address (16, IPv4 mapped)
 * </pre>
 */
final class MatchKey {
    static final int LENGTH = 20;
    static final int KIND = 0;
    static final int PROTOCOL = 1;
    static final int PORT = 2;
    static final int ADDRESS = 4;

    /** What kind is in the key. */
    static final int SERVICE = 1;
    static final int SERVER = 2;
    static final int VIRTUAL_ADDRESS = 3;
    static final int HOST_ADDRESS = 4;
    /** A server's address and protocol, for fragments that have no ports; Weir derives it from each SERVER. */
    static final int SERVER_FRAGMENTS = 5;

    static final int FTP_SERVICE = 6;
    static final int FTP_SERVER = 7;
    /** The same of each SERVICE. */
    static final int SERVICE_FRAGMENTS = 8;
    /** The director's end of a health check along the path of clients' packets: the value is the interface that gets it. */
    static final int CHECK = 9;
    /** A tunnel's end that such a check goes to: ICMP errors about packets to it. The same value. */
    static final int CHECKED_TUNNEL = 10;
    /** Without a port, so that it stands for fragments, too. */
    static final int OUTWARD = 11;
    /** Checks have no port below it, so that few other packets are looked up as theirs. */
    static final int FIRST_CHECK_PORT = 0xf000;

    /** Values: a prefix stands for those of its addresses that are the host's, or for all. */
    static final byte OF_THE_HOST = 1;
    static final byte DELIVERED = 2;

    private MatchKey() {
    }

    /** All keys of a match, those derived from it included. They belong all to the one map or all to the other. */
    static List<byte[]> of(Match match) {
        return switch (match.kind()) {
            case SERVICE, DELIVERED_SERVICE -> List.of(key(SERVICE, match), key(SERVICE_FRAGMENTS, everyPort(match)));
            case SERVER -> List.of(key(SERVER, match), key(SERVER_FRAGMENTS, everyPort(match)));
            case OUTWARD -> List.of(key(OUTWARD, match));
            case FTP_SERVICE -> List.of(key(FTP_SERVICE, match));
            case FTP_SERVER -> List.of(key(FTP_SERVER, match));
            case VIRTUAL_ADDRESS, DELIVERED_ADDRESS -> List.of(key(VIRTUAL_ADDRESS, match));
            case HOST_ADDRESS -> List.of(key(HOST_ADDRESS, match));
        };
    }

    static byte value(Match match) {
        return match.kind() == Match.Kind.DELIVERED_SERVICE || match.kind() == Match.Kind.DELIVERED_ADDRESS
                ? DELIVERED
                : OF_THE_HOST;
    }

    private static Match everyPort(Match match) {
        return new Match(match.kind(), match.protocol(), match.prefix(), 0);
    }

    private static byte[] key(int kind, Match match) {
        IpPrefix prefix = match.prefix();
        byte[] key = key(kind, match.protocol(), prefix.address(), match.port());
        return prefix.isHost() ? key : Bpf.Map.prefix(8 * ADDRESS + prefix.mappedLength(), key);
    }

    static byte[] key(int kind, int protocol, IpAddress address, int port) {
        byte[] key = new byte[LENGTH];
        byte[] bits = address.bytes();
        if (bits.length == 4) {
            Arrays.fill(key, LENGTH - 6, LENGTH - 4, (byte) 0xff);
        }
        System.arraycopy(bits, 0, key, LENGTH - bits.length, bits.length);
        key[KIND] = (byte) kind;
        key[PROTOCOL] = (byte) protocol;
        key[PORT] = (byte) (port >>> 8);
        key[PORT + 1] = (byte) port;
        return key;
    }
}
