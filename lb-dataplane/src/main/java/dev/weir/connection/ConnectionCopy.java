package dev.weir.connection;

import java.util.Arrays;

/**
 * What one director tells another of one connection, whatever the protocol that carries it. Filled anew for each
 * connection, so that none costs memory; belongs to one thread at a time. Addresses are in the form of
 * {@link dev.weir.wire.IpAddress}, its halves.
 */
public final class ConnectionCopy {
    /** What whoever gets it is to do with it. */
    public enum Kind {
        /** Of IPVS's protocol: to be taken as ip_vs_proc_conn takes it. */
        IPVS,
        /** Of Weir's stream: to be taken unless this director has seen a packet of the connection since. */
        STREAMED,
        /** Of Weir's stream: the connection is no more. Only its tuple counts, and whether it is a template. */
        ENDED
    }

    /** Words of {@link #adjustment}: an entry of {@link SequenceAdjustments}. */
    public static final int ADJUSTMENT_WORDS = 10;
    /** Bytes of a persistence engine's data at most. */
    public static final int ENGINE_DATA_LIMIT = 255;

    public Kind kind = Kind.IPVS;
    public boolean v6;
    /** The IP protocol's number; 0 of a template of a firewall mark. */
    public int protocol;
    /** IPVS's ({@link ConnectionRecords}); Weir's own bits are 0. */
    public int flags;
    /** The state's number among those of its protocol, as linux/ip_vs.h counts, see {@link State#number}. */
    public int state;
    public long clientHigh;
    public long clientLow;
    public int clientPort;
    public long virtualHigh;
    public long virtualLow;
    public int virtualPort;
    public long serverHigh;
    public long serverLow;
    public int serverPort;
    /** The director's end towards the server, under FULLNAT; the port is 0 where there is none. */
    public long localHigh;
    public long localLow;
    public int localPort;
    /** Under FULLNAT: see {@link ConnectionRecords#acknowledged} and {@link ConnectionRecords#serversFirst}. */
    public int acknowledged;
    public int serversFirst;
    /** Whether its client's packets bear the client's address, see {@link ConnectionRecords#TOA}. */
    public boolean toa;
    /** The firewall mark of its service; 0: an address'. */
    public int mark;
    /** Seconds that it lives without a packet. */
    public int timeout;
    /** Nanoseconds since its last packet. Only {@link Kind#STREAMED}. */
    public long age;
    /** Client's packets so far. */
    public int packetsIn;
    /** Whether the director that tells it holds it for another: it saw no packet of it itself. */
    public boolean held;
    /** Whether {@link #adjustment} says anything. */
    public boolean adjusted;
    public final int[] adjustment = new int[ADJUSTMENT_WORDS];
    /** What a persistence engine took from a packet, of a template only; see {@link #engineDataLength}. */
    public final byte[] engineData = new byte[ENGINE_DATA_LIMIT];
    /** 0: there is none. */
    public int engineDataLength;

    public boolean isTemplate() {
        return (flags & ConnectionRecords.TEMPLATE) != 0;
    }

    /** Whether both ends of its packets are rewritten, and it is not only a template of such. */
    public boolean isFullNat() {
        return (flags & (ConnectionRecords.FORWARDING_MASK | ConnectionRecords.TEMPLATE)) == ConnectionRecords.FULL_NAT;
    }

    /** Whether a host behind the director began it: it leads to where it was sent, from a local address. */
    public boolean isOutward() {
        return localPort != 0 && serverLow == virtualLow && serverHigh == virtualHigh && serverPort == virtualPort;
    }

    /** Becomes equal to another. */
    public void set(ConnectionCopy other) {
        kind = other.kind;
        v6 = other.v6;
        protocol = other.protocol;
        flags = other.flags;
        state = other.state;
        clientHigh = other.clientHigh;
        clientLow = other.clientLow;
        clientPort = other.clientPort;
        virtualHigh = other.virtualHigh;
        virtualLow = other.virtualLow;
        virtualPort = other.virtualPort;
        serverHigh = other.serverHigh;
        serverLow = other.serverLow;
        serverPort = other.serverPort;
        localHigh = other.localHigh;
        localLow = other.localLow;
        localPort = other.localPort;
        acknowledged = other.acknowledged;
        serversFirst = other.serversFirst;
        toa = other.toa;
        mark = other.mark;
        timeout = other.timeout;
        age = other.age;
        packetsIn = other.packetsIn;
        held = other.held;
        adjusted = other.adjusted;
        System.arraycopy(other.adjustment, 0, adjustment, 0, ADJUSTMENT_WORDS);
        System.arraycopy(other.engineData, 0, engineData, 0, other.engineDataLength);
        engineDataLength = other.engineDataLength;
    }

    /** As if it were new. */
    public void clear() {
        set(EMPTY);
        Arrays.fill(adjustment, 0);
    }

    private static final ConnectionCopy EMPTY = new ConnectionCopy();
}
