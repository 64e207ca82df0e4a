package dev.weir.host;

import dev.weir.sys.Bpf;
import dev.weir.sys.SystemException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * What is Weir's, where {@link MatchProgram} looks it up: in one map by whole addresses, in the other by prefixes. Called
 * by the control thread; the programs see a change at once.
 */
final class MatchMaps implements AutoCloseable {
    private static final int MOST_ADDRESSES = 1 << 18;
    private static final int MOST_PREFIXES = 1 << 17;
    private static final byte[] PRESENT = {1, 0, 0, 0};

    private final Bpf.Map addresses;
    private final Bpf.Map prefixes;
    private Set<Match> matches = Set.of();

    MatchMaps() throws SystemException {
        addresses = Bpf.Map.hash("weir_addresses", MatchKey.LENGTH, PRESENT.length, MOST_ADDRESSES);
        try {
            prefixes = Bpf.Map.prefixes("weir_prefixes", MatchKey.LENGTH, PRESENT.length, MOST_PREFIXES);
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
        for (byte[] key : keys(wanted, matches)) {
            map(key).put(key, PRESENT);
        }
        for (byte[] key : keys(matches, wanted)) {
            map(key).remove(key);
        }
        matches = Set.copyOf(wanted);
    }

    private Bpf.Map map(byte[] key) {
        return key.length == MatchKey.LENGTH ? addresses : prefixes;
    }

    /** The keys of what is in {@code these} and not in {@code others}, those derived from servers included. */
    private static Iterable<byte[]> keys(Set<Match> these, Set<Match> others) {
        Map<String, byte[]> keys = new LinkedHashMap<>();
        Set<String> kept = new LinkedHashSet<>();
        others.forEach(match -> MatchKey.of(match).forEach(key -> kept.add(text(key))));
        these.forEach(match -> MatchKey.of(match).forEach(key -> keys.put(text(key), key)));
        keys.keySet().removeAll(kept);
        return keys.values();
    }

    private static String text(byte[] key) {
        return new String(key, StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() {
        addresses.close();
        prefixes.close();
    }
}
