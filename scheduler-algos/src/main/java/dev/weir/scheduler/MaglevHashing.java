package dev.weir.scheduler;

import java.util.BitSet;
import java.util.List;
import java.util.Set;

/**
 * mh: consistent hashing after Maglev (NSDI 2016, section 3.4). The client's address, with mh-port its port too, is hashed
 * to one of 4093 slots; each server prefers the slots in an order of its own, and takes slots in turn, as many a turn as
 * its share of the weights. A server of weight 0 keeps its slots, so that draining it moves no other server's clients;
 * its own are refused, or with mh-fallback hashed anew.
 */
final class MaglevHashing implements Scheduler {
    /** A prime; the kernel's at CONFIG_IP_VS_MH_TAB_INDEX 12. */
    private static final int SLOTS = 4093;
    private static final int TURN_BITS = 6;
    private static final long OFFSET_KEY = 2654435761L;
    private static final long SKIP_KEY = 2654446892L;

    private final Server[] servers;
    private final boolean v4;
    /** Place of each slot's server; none where no server ever had a weight. */
    private final int[] places;
    private final boolean fallback;
    private final boolean port;

    /** @param v4 whether the service is one of IPv4: of an IPv6 server behind it, only the first word counts */
    MaglevHashing(List<? extends Server> servers, boolean v4) {
        this(servers.toArray(Server[]::new), v4, false, false);
    }

    private MaglevHashing(Server[] servers, boolean v4, boolean fallback, boolean port) {
        this.servers = servers;
        this.v4 = v4;
        this.fallback = fallback;
        this.port = port;
        places = fill();
    }

    private int[] fill() {
        int[] turns = turns();
        int[] next = new int[servers.length];
        int[] skip = new int[servers.length];
        boolean any = false;
        for (int i = 0; i < servers.length; i++) {
            int key = word(servers[i]) + servers[i].port();
            next[i] = hash(key, OFFSET_KEY);
            skip[i] = Integer.remainderUnsigned(AddressHash.sip(key, SKIP_KEY, SKIP_KEY), SLOTS - 1) + 1;
            any |= turns[i] > 0;
        }
        int[] filled = new int[any ? SLOTS : 0];
        BitSet taken = new BitSet(SLOTS);
        int count = 0;
        for (int i = 0; count < filled.length; i = (i + 1) % servers.length) {
            for (int turn = 0; turn < turns[i] && count < filled.length; turn++) {
                while (taken.get(next[i])) {
                    next[i] = (next[i] + skip[i]) % SLOTS;
                }
                taken.set(next[i]);
                filled[next[i]] = i;
                count++;
            }
        }
        return filled;
    }

    /** How many slots each server takes a turn: its weight without the common divisor, at most about 64 (ip_vs_mh_shift_weight). */
    private int[] turns() {
        int divisor = 0;
        int greatest = 0;
        for (Server server : servers) {
            divisor = gcd(divisor, server.lastWeight());
            greatest = Math.max(greatest, server.lastWeight());
        }
        int[] turns = new int[servers.length];
        if (greatest == 0) {
            return turns;
        }
        int bits = Integer.SIZE - Integer.numberOfLeadingZeros(greatest / divisor);
        int shift = Math.max(0, bits - TURN_BITS);
        for (int i = 0; i < turns.length; i++) {
            int weight = servers[i].lastWeight();
            turns[i] = weight == 0 ? 0 : Math.max(1, weight / divisor >> shift);
        }
        return turns;
    }

    private int word(Server server) {
        boolean mapped = server.addressHigh() == 0 && server.addressLow() >>> 32 == 0xffff;
        return v4 && !mapped
                ? (int) (server.addressHigh() >>> 32)
                : AddressHash.fold(server.addressHigh(), server.addressLow());
    }

    private static int hash(int key, long secret) {
        return Integer.remainderUnsigned(AddressHash.sip(key, secret, secret), SLOTS);
    }

    private static int gcd(int a, int b) {
        return b == 0 ? a : gcd(b, a % b);
    }

    @Override
    public int choose(Flow flow) {
        if (places.length == 0) {
            return NONE;
        }
        int key = AddressHash.fold(flow.clientHigh(), flow.clientLow()) + (port ? flow.clientPort() : 0);
        int slot = hash(key, OFFSET_KEY);
        int place = places[slot];
        if (servers[place].takesConnections()) {
            return place;
        }
        for (int step = 0; fallback && step < SLOTS; step++) {
            int other = places[hash(key + (step + slot) % SLOTS, OFFSET_KEY)];
            if (servers[other].takesConnections()) {
                return other;
            }
        }
        return NONE;
    }

    /** How many slots each server has. */
    int[] shares() {
        int[] shares = new int[servers.length];
        for (int place : places) {
            shares[place]++;
        }
        return shares;
    }

    @Override
    public Scheduler with(List<? extends Server> changed) {
        return new MaglevHashing(changed.toArray(Server[]::new), v4, fallback, port);
    }

    @Override
    public Scheduler withFlags(Set<String> flags) {
        return new MaglevHashing(servers, v4, flags.contains(Schedulers.FALLBACK), flags.contains(Schedulers.PORT));
    }
}
