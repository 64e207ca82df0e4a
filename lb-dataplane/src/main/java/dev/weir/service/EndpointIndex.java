package dev.weir.service;

import dev.weir.wire.IpAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds what belongs to a protocol, address and port. Built once and then immutable; looks up without allocating, by open
 * addressing in a table at most half full.
 */
final class EndpointIndex<T> {
    /** A protocol's place where none is meant. */
    static final int NO_PROTOCOL = 0;

    private final @Nullable Entry<T>[] slots;

    /**
     * @param protocol as in the IP header, or {@link #NO_PROTOCOL}
     * @param port     0 stands for itself only
     */
    record Entry<T>(int protocol, IpAddress address, int port, T value) {
        boolean is(int otherProtocol, long high, long low, int otherPort) {
            return port == otherPort && address.low() == low && address.high() == high && protocol == otherProtocol;
        }
    }

    /** @param entries of which a later one takes the place of an earlier one with the same key */
    @SuppressWarnings({"unchecked", "rawtypes"})
    EndpointIndex(List<Entry<T>> entries) {
        slots = new @Nullable Entry[Math.max(8, Integer.highestOneBit(entries.size()) * 4)];
        for (Entry<T> entry : entries) {
            slots[place(entry.protocol(), entry.address().high(), entry.address().low(), entry.port())] = entry;
        }
    }

    @Nullable
    T find(int protocol, long high, long low, int port) {
        Entry<T> entry = slots[place(protocol, high, low, port)];
        return entry == null ? null : entry.value();
    }

    /** The slot that holds the key, or where it would be. */
    private int place(int protocol, long high, long low, int port) {
        long mixed = (high * 0x9e3779b97f4a7c15L ^ low) * 0x9e3779b97f4a7c15L + port * 31L + protocol;
        int slot = (int) (mixed * 0x9e3779b97f4a7c15L >>> 40) & slots.length - 1;
        for (Entry<T> entry = slots[slot]; entry != null && !entry.is(protocol, high, low, port); entry = slots[slot]) {
            slot = slot + 1 & slots.length - 1;
        }
        return slot;
    }
}
