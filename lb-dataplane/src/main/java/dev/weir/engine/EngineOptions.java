package dev.weir.engine;

import dev.weir.wire.ClientHash;

/**
 * How an engine is made.
 *
 * @param connections     connections at most, of all workers
 * @param hashKey         a secret for the connection table's hash
 * @param icmpPerSecond   ICMP errors of the director's own at most, in a second, of all workers; 0: no limit
 * @param pathMtuDiscovery what {@link Settings#pmtuDisc} is at first
 * @param byFlow          whether one client's connections may be several workers', see {@link ClientHash}
 * @param steeringKey     a secret by which frames are divided among workers: directors that are to take connections under FULLNAT
 *                        over from each other have the same
 */
public record EngineOptions(int connections, long hashKey, int icmpPerSecond, boolean pathMtuDiscovery,
        boolean byFlow, long steeringKey) {
    public static final int DEFAULT_CONNECTIONS = 1 << 20;
    /** Linux' net.ipv4.icmp_msgs_per_sec. */
    public static final int DEFAULT_ICMP_PER_SECOND = 1000;

    /** What is each of several workers' share. */
    EngineOptions of(int workers) {
        return new EngineOptions(Math.ceilDiv(connections, workers), hashKey, Math.ceilDiv(icmpPerSecond, workers),
                pathMtuDiscovery, byFlow, steeringKey);
    }

    /** Divides frames by a key of its own. */
    public EngineOptions(int connections, long hashKey, int icmpPerSecond, boolean pathMtuDiscovery, boolean byFlow) {
        this(connections, hashKey, icmpPerSecond, pathMtuDiscovery, byFlow, hashKey * ClientHash.SECOND_FACTOR);
    }

    public EngineOptions(int connections, long hashKey, int icmpPerSecond, boolean pathMtuDiscovery) {
        this(connections, hashKey, icmpPerSecond, pathMtuDiscovery, true);
    }

    public EngineOptions {
        if (connections < 1 || connections > 1 << 26) {
            throw new IllegalArgumentException("connections must be 1 to " + (1 << 26) + ", not " + connections);
        }
    }
}
