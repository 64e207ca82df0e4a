package dev.weir.sys;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The tables of iptables-legacy and ip6tables-legacy as the kernel holds them, to see whether they have changed: it tells
 * nobody when they do. Needs CAP_NET_ADMIN. Each call has its own memory; any thread may call.
 */
public final class Xtables {
    private static final int SOCK_DGRAM = 2;
    private static final int GET_INFO = 64;
    private static final int GET_ENTRIES = 65;
    private static final int EAGAIN = 11;
    private static final int ATTEMPTS = 10;
    /** struct ipt_getinfo: 0 name (32), 32 hooks (32), 36 entries (5 * 32), 56 underflows (5 * 32), 76 number, 80 size. */
    private static final int INFO_LENGTH = 84;
    private static final int INFO_SIZE = 80;
    /** struct ipt_get_entries: 0 name (32), 32 size (32), 40 entries. */
    private static final int NAME_LENGTH = 32;
    private static final int ENTRIES_SIZE = 32;
    private static final int ENTRIES = 40;
    private static final int COUNTERS_LENGTH = 16;

    /** What differs between struct ipt_entry and struct ip6t_entry: where the next one's distance and the counters are. */
    public enum Family {
        IPV4(2, 0, "ip_tables_names", 90, 96), IPV6(10, 41, "ip6_tables_names", 142, 152);

        private final int addressFamily;
        private final int level;
        private final String names;
        private final int next;
        private final int counters;

        Family(int addressFamily, int level, String names, int next, int counters) {
            this.addressFamily = addressFamily;
            this.level = level;
            this.names = names;
            this.next = next;
            this.counters = counters;
        }
    }

    private Xtables() {
    }

    /**
     * The rules of a table without their counters: equal bytes are equal rules. To ask the kernel for a table makes it,
     * so only those are asked for that are there.
     *
     * @return null where there is no such table
     */
    public static byte @Nullable [] rules(Family family, String table) throws IOException {
        if (!isThere(family, table)) {
            return null;
        }
        try (Socket socket = Socket.open(family.addressFamily, SOCK_DGRAM, 0, "the rules of table " + table);
                Arena arena = Arena.ofConfined()) {
            for (int attempt = 1;; attempt++) {
                MemorySegment info = named(arena, table, INFO_LENGTH);
                socket.get(family.level, GET_INFO, "IPT_SO_GET_INFO", info);
                int size = info.get(Native.INT, INFO_SIZE);
                MemorySegment entries = named(arena, table, ENTRIES + size);
                entries.set(Native.INT, ENTRIES_SIZE, size);
                try {
                    socket.get(family.level, GET_ENTRIES, "IPT_SO_GET_ENTRIES", entries);
                    return withoutCounters(family, entries.asSlice(ENTRIES, size));
                } catch (SystemException e) {
                    // It has changed between the two calls.
                    if (e.errno() != EAGAIN || attempt == ATTEMPTS) {
                        throw e;
                    }
                }
            }
        }
    }

    private static boolean isThere(Family family, String table) throws IOException {
        try {
            // Of the thread: /proc/net is that of the process' first one, which may live in another namespace.
            return Files.readAllLines(Path.of("/proc/thread-self/net", family.names)).contains(table);
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    private static MemorySegment named(Arena arena, String table, int length) {
        byte[] name = table.getBytes(StandardCharsets.US_ASCII);
        MemorySegment made = arena.allocate(length, 8);
        MemorySegment.copy(name, 0, made, JAVA_BYTE, 0, Math.min(name.length, NAME_LENGTH - 1));
        return made;
    }

    private static byte[] withoutCounters(Family family, MemorySegment entries) throws IOException {
        long size = entries.byteSize();
        for (long at = 0; at < size;) {
            if (size - at < family.counters + COUNTERS_LENGTH) {
                throw new IOException("a rule is cut short at byte " + at + " of " + size);
            }
            entries.asSlice(at + family.counters, COUNTERS_LENGTH).fill((byte) 0);
            int next = Short.toUnsignedInt(entries.get(Native.SHORT, at + family.next));
            if (next < family.counters + COUNTERS_LENGTH) {
                throw new IOException("the rule at byte " + at + " of " + size + " claims a length of " + next);
            }
            at += next;
        }
        return entries.toArray(JAVA_BYTE);
    }
}
