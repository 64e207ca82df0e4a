package dev.weir.sync;

import dev.weir.connection.ConnectionCopy;
import dev.weir.wire.Bytes;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/** One message as it is written, entry after entry. */
final class Datagram {
    private static final int ALIGNMENT = 4;

    private final byte[] bytes;
    private final MemorySegment memory;
    private int version;
    private int limit;
    private int length;
    private int entries;
    private long begun;

    /** @param capacity bytes, at least those of the longest entry and a header */
    Datagram(int capacity) {
        bytes = new byte[capacity];
        memory = MemorySegment.ofArray(bytes);
    }

    /**
     * Begins a message, whatever was in it.
     *
     * @param limit bytes that it may have unless its first entry needs more
     * @param now   nanoseconds
     */
    void begin(int version, int syncId, int limit, long now) {
        this.version = version;
        this.limit = limit;
        begun = now;
        entries = 0;
        length = version == 0 ? Message.HEADER_V0 : Message.HEADER_V1;
        Bytes.u8(memory, 0, 0);
        Bytes.u8(memory, Message.SYNC_ID, syncId);
        if (version != 0) {
            Bytes.u8(memory, Message.VERSION_AT, Message.VERSION);
            Bytes.u16(memory, Message.SPARE, 0);
        }
    }

    /** Whether another entry of that version fits; the first always does. */
    boolean takes(int ofVersion, int entryLength) {
        return version == ofVersion
                && (entries == 0 || entries < Message.MOST_ENTRIES && aligned() + entryLength <= limit);
    }

    private int aligned() {
        return length + ALIGNMENT - 1 & -ALIGNMENT;
    }

    void add(ConnectionCopy copy) {
        for (; length < aligned(); length++) {
            bytes[length] = 0;
        }
        Entries.write(memory, length, copy, version);
        length += Entries.length(copy, version);
        entries++;
        Bytes.u16(memory, Message.SIZE, length);
        Bytes.u8(memory, version == 0 ? 0 : Message.ENTRIES_V1, entries);
    }

    /** Nanoseconds: when it was begun. */
    long begun() {
        return begun;
    }

    int entries() {
        return entries;
    }

    /** What is to be sent. */
    ByteBuffer content() {
        return ByteBuffer.wrap(bytes, 0, length);
    }
}
