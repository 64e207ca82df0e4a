package dev.weir.connection;

import dev.weir.wire.IpAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A table of one record, whose connection is made again and again, each time with another number in all of its fields: who
 * lists it and sees two numbers saw half of one connection and half of another. Whoever plays the owner makes and ends it.
 */
final class Tagged {
    /** What a lister saw. */
    static final int NONE = 0;
    static final int WHOLE = 1;
    static final int TORN = 2;
    /** Of the numbers. */
    private static final int MOST = 60_000;

    private static final int RETIRED_PORT = 0xffff;
    private static final int RECORD = 0;
    private static final long WIDE = 0x2001_0db8L << 32;
    private static final int LONGEST_CALL = 200;
    private static final int TCP = 6;
    private static final int UDP = 17;

    private final Connections table = new Connections(1, 42, 0);
    private final MemorySegment call = Arena.global().allocate(LONGEST_CALL);
    private int tag;
    private long now;

    /** The owner's: ends what there is. */
    void remove() {
        if (table.count() > 0) {
            table.remove(RECORD);
        }
    }

    /** The owner's: a connection of the next number, in place of what there was. */
    int replace(boolean wide, int flags) {
        remove();
        next();
        long high = wide ? WIDE | tag : 0;
        table.create(protocol(tag), high, address(wide, 1), (flags & Connections.NO_CLIENT_PORT) != 0 ? 0 : tag, high,
                address(wide, 2), tag, high, address(wide, 3), tag, flags, tag, 1, now);
        return tag;
    }

    /** The owner's: a template with a Call-ID of the next number. */
    void replaceTemplate() {
        remove();
        next();
        int length = callLength(tag);
        call.asSlice(0, length).fill(callByte(tag));
        table.createTemplate(protocol(tag), 0, address(false, 1), 0, address(false, 2), tag, 0, address(false, 3), tag,
                0,
                tag, 1, call, 0, length, now);
    }

    private void next() {
        tag = tag % MOST + 1;
    }

    void retire() {
        table.retire(RECORD);
    }

    void firstPacketFrom(int port) {
        table.clientPort(RECORD, port);
    }

    /** The time of whatever there is has come. */
    void expire() {
        now += 2 * Connections.SECOND;
        table.expire(now, 16, _ -> {
        });
    }

    private long address(boolean wide, int kind) {
        return wide ? (long) kind << 32 | tag : IpAddress.mapped(kind << 24 | tag);
    }

    private static int protocol(int tag) {
        return (tag & 1) == 0 ? TCP : UDP;
    }

    private static int callLength(int tag) {
        return 1 + tag % LONGEST_CALL;
    }

    private static byte callByte(int tag) {
        return (byte) (tag % 251);
    }

    /** Any thread's. */
    int look() {
        @Nullable
        ConnectionEntry entry = first(table.list(0));
        return entry == null ? NONE : isWhole(entry) ? WHOLE : TORN;
    }

    private static @Nullable ConnectionEntry first(List<ConnectionEntry> entries) {
        return entries.isEmpty() ? null : entries.getFirst();
    }

    private static boolean isWhole(ConnectionEntry entry) {
        int tag = (int) entry.client().low() & 0xffff;
        boolean retired = entry.template() && entry.virtualPort() == RETIRED_PORT;
        int port = retired ? RETIRED_PORT : tag;
        return entry.protocol() == protocol(tag)
                && (entry.clientPort() == tag || entry.clientPort() == 0)
                && entry.virtualPort() == port && entry.serverPort() == port
                && isOf(tag, 1, entry.client()) && isOf(tag, 2, entry.virtual()) && isOf(tag, 3, entry.server())
                && (!entry.template() || isOf(tag, entry.callId()));
    }

    private static boolean isOf(int tag, int kind, IpAddress address) {
        return address.isV4()
                ? address.low() == IpAddress.mapped(kind << 24 | tag)
                : address.high() == (WIDE | tag) && address.low() == ((long) kind << 32 | tag);
    }

    private static boolean isOf(int tag, @Nullable String callId) {
        return callId != null && callId.length() == callLength(tag)
                && callId.chars().allMatch(each -> (byte) each == callByte(tag));
    }

    /** The owner's: a packet came. */
    void touch(long moment) {
        table.touch(RECORD, moment);
    }

    /** Seconds that the connection has left at the moment 0; -1 where there is none. */
    long left() {
        @Nullable
        ConnectionEntry entry = first(table.list(0));
        return entry == null ? -1 : entry.expires();
    }

    int count() {
        return table.count();
    }
}
