package dev.weir.sync.stream;

import dev.weir.connection.ConnectionCopy;
import dev.weir.sync.stream.RefusedException.Reason;
import dev.weir.wire.IpAddress;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;

/**
 * What a batch says of one connection, read and written.
 *
 * <pre>
 * entry:
 *    0 kind (1)   1 table (1)   2 number in the table (4)        no more of ENDED
 *    6 parts: 1 v6 client, 2 v6 virtual address, 4 v6 server, 8 held, 16 adjusted, 32 engine data, 64 mark,
 *      128 local end (1)
 *    7 protocol (1)   8 state (1)   9 flags (2)   11 client, virtual, server port (2 each)
 *   17 timeout, s (4)   21 age, ms (4)   25 packets in (4)
 *   29 client, virtual, server address (4 or 16 each)
 *      local end: port (2)   acknowledged (4)   server's first number (4)   1: by TOA it hears its client (1)
      address, of the server's family (4 or 16)
 *      mark (4)   adjustment (40)   length (1) and bytes of engine data
 * </pre>
 */
final class Entry {
    /** A connection, as it is now. */
    static final int TOLD = 1;
    /** It is no more. */
    static final int ENDED = 2;
    /** The number means this connection now, which another director has and tells of. */
    static final int RELEASED = 3;
    /** Bytes of an entry at most. */
    static final int LONGEST = 29 + 3 * 16 + 11 + 16 + 4 + 4 * ConnectionCopy.ADJUSTMENT_WORDS + 1
            + ConnectionCopy.ENGINE_DATA_LIMIT;

    private static final int CLIENT_V6 = 1;
    private static final int VIRTUAL_V6 = 2;
    private static final int SERVER_V6 = 4;
    private static final int HELD = 8;
    private static final int ADJUSTED = 16;
    private static final int ENGINE_DATA = 32;
    private static final int MARK = 64;
    private static final int LOCAL = 128;
    private static final long MILLISECOND = 1_000_000;
    private static final long LONGEST_AGE = Integer.MAX_VALUE;
    /** The longest that a day's clock makes of seconds; more would overflow nanoseconds. */
    private static final int LONGEST_TIMEOUT = 1 << 30;

    int kind;
    int table;
    int number;
    /** Of all but {@link #ENDED}. */
    final ConnectionCopy copy = new ConnectionCopy();

    static void putEnd(int table, int number, ByteBuffer into) {
        head(ENDED, table, number, into);
    }

    private static void head(int kind, int table, int number, ByteBuffer into) {
        into.put((byte) kind).put((byte) table).putInt(number);
    }

    /** @param kind {@link #TOLD} or {@link #RELEASED} */
    static void put(int kind, int table, int number, ConnectionCopy copy, ByteBuffer into) {
        head(kind, table, number, into);
        boolean virtualV6 = !IpAddress.isV4(copy.virtualHigh, copy.virtualLow);
        boolean serverV6 = !IpAddress.isV4(copy.serverHigh, copy.serverLow);
        int parts = (copy.v6 ? CLIENT_V6 : 0) | (virtualV6 ? VIRTUAL_V6 : 0) | (serverV6 ? SERVER_V6 : 0)
                | (copy.held ? HELD : 0)
                | (copy.adjusted ? ADJUSTED : 0) | (copy.engineDataLength > 0 ? ENGINE_DATA : 0)
                | (copy.mark != 0 ? MARK : 0) | (copy.localPort != 0 ? LOCAL : 0);
        into.put((byte) parts).put((byte) copy.protocol).put((byte) copy.state).putShort((short) copy.flags)
                .putShort((short) copy.clientPort).putShort((short) copy.virtualPort)
                .putShort((short) copy.serverPort)
                .putInt(copy.timeout).putInt((int) Math.min(copy.age / MILLISECOND, LONGEST_AGE))
                .putInt(copy.packetsIn);
        address(copy.clientHigh, copy.clientLow, copy.v6, into);
        address(copy.virtualHigh, copy.virtualLow, virtualV6, into);
        address(copy.serverHigh, copy.serverLow, serverV6, into);
        if (copy.localPort != 0) {
            into.putShort((short) copy.localPort).putInt(copy.acknowledged).putInt(copy.serversFirst)
                    .put((byte) (copy.toa ? 1 : 0));
            address(copy.localHigh, copy.localLow, serverV6, into);
        }
        if (copy.mark != 0) {
            into.putInt(copy.mark);
        }
        for (int i = 0; copy.adjusted && i < ConnectionCopy.ADJUSTMENT_WORDS; i++) {
            into.putInt(copy.adjustment[i]);
        }
        if (copy.engineDataLength > 0) {
            into.put((byte) copy.engineDataLength).put(copy.engineData, 0, copy.engineDataLength);
        }
    }

    private static void address(long high, long low, boolean v6, ByteBuffer into) {
        if (v6) {
            into.putLong(high).putLong(low);
        } else {
            into.putInt((int) low);
        }
    }

    /** @throws RefusedException where it says what none may say */
    void read(ByteBuffer from) throws RefusedException {
        try {
            kind = from.get();
            table = from.get() & 0xff;
            number = from.getInt();
            if (kind == TOLD || kind == RELEASED) {
                told(from);
            } else if (kind != ENDED) {
                throw new RefusedException(Reason.MALFORMED);
            }
        } catch (BufferUnderflowException e) {
            throw new RefusedException(Reason.MALFORMED);
        }
    }

    private void told(ByteBuffer from) throws RefusedException {
        int parts = from.get();
        copy.kind = ConnectionCopy.Kind.STREAMED;
        copy.v6 = (parts & CLIENT_V6) != 0;
        copy.held = (parts & HELD) != 0;
        copy.adjusted = (parts & ADJUSTED) != 0;
        copy.protocol = from.get() & 0xff;
        copy.state = from.get() & 0xff;
        copy.flags = from.getShort() & 0xffff;
        copy.clientPort = from.getShort() & 0xffff;
        copy.virtualPort = from.getShort() & 0xffff;
        copy.serverPort = from.getShort() & 0xffff;
        copy.timeout = from.getInt();
        copy.age = from.getInt() * MILLISECOND;
        copy.packetsIn = from.getInt();
        copy.clientHigh = high(copy.v6, from);
        copy.clientLow = low(copy.v6, from);
        boolean virtualV6 = (parts & VIRTUAL_V6) != 0;
        copy.virtualHigh = high(virtualV6, from);
        copy.virtualLow = low(virtualV6, from);
        boolean serverV6 = (parts & SERVER_V6) != 0;
        copy.serverHigh = high(serverV6, from);
        copy.serverLow = low(serverV6, from);
        boolean local = (parts & LOCAL) != 0;
        copy.localPort = local ? from.getShort() & 0xffff : 0;
        copy.acknowledged = local ? from.getInt() : 0;
        copy.serversFirst = local ? from.getInt() : 0;
        copy.toa = local && from.get() != 0;
        copy.localHigh = local ? high(serverV6, from) : 0;
        copy.localLow = local ? low(serverV6, from) : 0;
        copy.mark = (parts & MARK) != 0 ? from.getInt() : 0;
        for (int i = 0; copy.adjusted && i < ConnectionCopy.ADJUSTMENT_WORDS; i++) {
            copy.adjustment[i] = from.getInt();
        }
        copy.engineDataLength = (parts & ENGINE_DATA) != 0 ? from.get() & 0xff : 0;
        from.get(copy.engineData, 0, copy.engineDataLength);
        if (copy.timeout < 0 || copy.timeout > LONGEST_TIMEOUT || copy.age < 0
                || copy.localPort != 0 && !copy.isFullNat()
                || copy.engineDataLength > 0 && !copy.isTemplate() || copy.adjusted && copy.isTemplate()) {
            throw new RefusedException(Reason.MALFORMED);
        }
    }

    private static long high(boolean v6, ByteBuffer from) {
        return v6 ? from.getLong() : 0;
    }

    private static long low(boolean v6, ByteBuffer from) {
        return v6 ? from.getLong() : IpAddress.mapped(from.getInt());
    }
}
