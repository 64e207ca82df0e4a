package dev.weir.host;

import dev.weir.sys.Bpf;
import dev.weir.sys.NetlinkRequest;
import dev.weir.sys.SystemException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * What is Weir's, where {@link MatchProgram} looks it up: in one map by whole addresses, in the other by prefixes. Called
 * by one thread at a time; the programs see a change at once.
 */
final class MatchMaps implements AutoCloseable {
    private static final int MOST_ADDRESSES = 1 << 18;
    private static final int MOST_PREFIXES = 1 << 17;
    private static final int VALUE_LENGTH = 4;

    private final Bpf.Map addresses;
    private final Bpf.Map prefixes;
    private Map<String, Entry> entries = Map.of();

    /** @param value see {@link MatchKey#value} */
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    private record Entry(byte[] key, byte value) {
    }

    MatchMaps() throws SystemException {
        addresses = Bpf.Map.hash("weir_addresses", MatchKey.LENGTH, VALUE_LENGTH, MOST_ADDRESSES);
        try {
            prefixes = Bpf.Map.prefixes("weir_prefixes", MatchKey.LENGTH, VALUE_LENGTH, MOST_PREFIXES);
        } catch (SystemException e) {
            addresses.close();
            throw e;
        }
    }

    Bpf.Map addresses() {
        return addresses;
    }

    Bpf.Map prefixes() {
        return prefixes;
    }

    /**
     * Makes {@code wanted} all that is Weir's: first what is new, then what is gone is taken out, so that what stays is
     * never missing.
     */
    void update(Set<Match> wanted) throws SystemException {
        Map<String, Entry> next = entries(wanted);
        for (Map.Entry<String, Entry> entry : next.entrySet()) {
            Entry before = entries.get(entry.getKey());
            if (before == null || before.value != entry.getValue().value) {
                map(entry.getValue().key).put(entry.getValue().key, new byte[]{entry.getValue().value, 0, 0, 0});
            }
        }
        for (Map.Entry<String, Entry> entry : entries.entrySet()) {
            if (!next.containsKey(entry.getKey())) {
                map(entry.getValue().key).remove(entry.getValue().key);
            }
        }
        entries = next;
    }

    /** Gives what has that key to an interface, see {@link MatchKey#CHECK}; {@link #update} leaves it alone. Any thread. */
    void divert(byte[] key, int interfaceIndex) throws SystemException {
        addresses.put(key, NetlinkRequest.machineOrder(interfaceIndex));
    }

    void undivert(byte[] key) throws SystemException {
        addresses.remove(key);
    }

    private Bpf.Map map(byte[] key) {
        return key.length == MatchKey.LENGTH ? addresses : prefixes;
    }

    /** By key, those derived from services and servers included; where several have one key, the greatest value counts. */
    private static Map<String, Entry> entries(Set<Match> matches) {
        Map<String, Entry> entries = new LinkedHashMap<>();
        for (Match match : matches) {
            byte value = MatchKey.value(match);
            for (byte[] key : MatchKey.of(match)) {
                entries.merge(new String(key, StandardCharsets.ISO_8859_1), new Entry(key, value),
                        (one, other) -> one.value >= other.value ? one : other);
            }
        }
        return entries;
    }

    @Override
    public void close() {
        addresses.close();
        prefixes.close();
    }
}
