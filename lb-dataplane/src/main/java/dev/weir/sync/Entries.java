package dev.weir.sync;

import dev.weir.connection.ConnectionCopy;
import dev.weir.connection.ConnectionRecords;
import dev.weir.wire.Bytes;
import dev.weir.wire.IpAddress;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/** Writes connections as {@link Message} has them (ip_vs_sync_conn, ip_vs_sync_conn_v0). */
final class Entries {
    /** The one persistence engine that there is. */
    static final String ENGINE = "sip";
    private static final MemorySegment ENGINE_BYTES = MemorySegment
            .ofArray(ENGINE.getBytes(StandardCharsets.US_ASCII));

    private Entries() {
    }

    /**
     * Whether a version has words for a connection: one family throughout, no local address, and before version 1 only IPv4.
     */
    static boolean canSay(ConnectionCopy copy, int version) {
        boolean v4Server = IpAddress.isV4(copy.serverHigh, copy.serverLow);
        boolean v4Virtual = IpAddress.isV4(copy.virtualHigh, copy.virtualLow);
        return (copy.flags & ConnectionRecords.FORWARDING_MASK) != ConnectionRecords.FULL_NAT && v4Server != copy.v6
                && v4Virtual != copy.v6 && (version != 0 || !copy.v6);
    }

    /** Bytes of an entry, its parameters among them. */
    static int length(ConnectionCopy copy, int version) {
        boolean adjusted = adjustedFlags(copy) != 0;
        if (version == 0) {
            return Message.ENTRY_V0 + (adjusted ? Message.SEQUENCES_LENGTH : 0);
        }
        int length = copy.v6 ? Message.ENTRY_V6 : Message.ENTRY_V4;
        if (adjusted) {
            length += Message.PARAMETER + Message.SEQUENCES_LENGTH;
        }
        if (copy.engineDataLength != 0) {
            length += Message.PARAMETER + copy.engineDataLength + Message.PARAMETER + ENGINE.length();
        }
        return length;
    }

    static void write(MemorySegment to, int at, ConnectionCopy copy, int version) {
        if (version == 0) {
            writeV0(to, at, copy);
        } else {
            writeV1(to, at, copy);
        }
    }

    private static void writeV1(MemorySegment to, int at, ConnectionCopy copy) {
        Bytes.u8(to, at + Message.TYPE, copy.v6 ? Message.TYPE_V6 : 0);
        Bytes.u8(to, at + Message.PROTOCOL, copy.protocol);
        Bytes.u16(to, at + Message.VERSION_AND_LENGTH, length(copy, Message.VERSION));
        Bytes.i32(to, at + Message.FLAGS, flags(copy));
        Bytes.u16(to, at + Message.STATE, copy.state);
        Bytes.u16(to, at + Message.CLIENT_PORT, copy.clientPort);
        Bytes.u16(to, at + Message.VIRTUAL_PORT, copy.virtualPort);
        Bytes.u16(to, at + Message.SERVER_PORT, copy.serverPort);
        Bytes.i32(to, at + Message.MARK, copy.mark);
        Bytes.i32(to, at + Message.TIMEOUT, copy.timeout);
        int next = addresses(to, at + Message.ADDRESSES, copy);
        if (adjustedFlags(copy) != 0) {
            next = parameter(to, next, Message.SEQUENCES, Message.SEQUENCES_LENGTH);
            for (int i = 0; i < Message.SEQUENCE_WORDS; i++, next += Integer.BYTES) {
                Bytes.i32(to, next, copy.adjustment[i]);
            }
        }
        if (copy.engineDataLength != 0) {
            next = parameter(to, next, Message.ENGINE_DATA, copy.engineDataLength);
            MemorySegment.copy(MemorySegment.ofArray(copy.engineData), 0, to, next, copy.engineDataLength);
            next = parameter(to, next + copy.engineDataLength, Message.ENGINE_NAME, ENGINE.length());
            MemorySegment.copy(ENGINE_BYTES, 0, to, next, ENGINE.length());
        }
    }

    private static void writeV0(MemorySegment to, int at, ConnectionCopy copy) {
        Bytes.u8(to, at, 0);
        Bytes.u8(to, at + Message.PROTOCOL, copy.protocol);
        Bytes.u16(to, at + Message.V0_CLIENT_PORT, copy.clientPort);
        Bytes.u16(to, at + Message.V0_VIRTUAL_PORT, copy.virtualPort);
        Bytes.u16(to, at + Message.V0_SERVER_PORT, copy.serverPort);
        int next = addresses(to, at + Message.V0_ADDRESSES, copy);
        Bytes.u16(to, next, flags(copy));
        Bytes.u16(to, at + Message.V0_STATE, copy.state);
        if (adjustedFlags(copy) != 0) {
            for (int i = 0; i < Message.SEQUENCE_WORDS; i++) {
                Bytes.i32(to, at + Message.ENTRY_V0 + (long) i * Integer.BYTES,
                        Integer.reverseBytes(copy.adjustment[i]));
            }
        }
    }

    private static int addresses(MemorySegment to, int at, ConnectionCopy copy) {
        int next = address(to, at, copy.v6, copy.clientHigh, copy.clientLow);
        next = address(to, next, copy.v6, copy.virtualHigh, copy.virtualLow);
        return address(to, next, copy.v6, copy.serverHigh, copy.serverLow);
    }

    private static int address(MemorySegment to, int at, boolean v6, long high, long low) {
        if (!v6) {
            Bytes.i32(to, at, (int) low);
            return at + Integer.BYTES;
        }
        Bytes.i64(to, at, high);
        Bytes.i64(to, at + (long) Long.BYTES, low);
        return at + 2 * Long.BYTES;
    }

    private static int parameter(MemorySegment to, int at, int type, int length) {
        Bytes.u8(to, at, type);
        Bytes.u8(to, at + 1L, length);
        return at + Message.PARAMETER;
    }

    /** IPVS counts templates that it made as inactive, and none ends with its first packet. */
    private static int flags(ConnectionCopy copy) {
        int told = copy.flags & ~(Message.HASHED | Message.ADJUSTED) | adjustedFlags(copy);
        return copy.isTemplate() ? told & ~ConnectionRecords.ONE_PACKET | ConnectionRecords.INACTIVE : told;
    }

    private static int adjustedFlags(ConnectionCopy copy) {
        if (!copy.adjusted) {
            return 0;
        }
        int[] words = copy.adjustment;
        return ((words[0] | words[1] | words[2]) != 0 ? Message.CLIENT_ADJUSTED : 0)
                | ((words[3] | words[4] | words[5]) != 0 ? Message.SERVER_ADJUSTED : 0);
    }
}
