package dev.weir.connection;

import dev.weir.wire.Packet;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Which connection a packet belongs to, and which template a client: the records with their index. Who may call is said at
 * {@link Connections}.
 */
public abstract class ConnectionLookup extends ConnectionRecords {
    /** Of a template only: it is found no more, and stands until its time has come. */
    static final int RETIRED = 0x4000_0000;

    final EngineData engineData;
    final TupleIndex index;
    /** Connections that wait for their client's port. */
    int expected;

    ConnectionLookup(Arena arena, int capacity, long hashKey) {
        super(arena, capacity);
        engineData = new EngineData(arena, capacity, hashKey);
        index = new TupleIndex(arena, capacity, hashKey, this, engineData);
    }

    /** The hash of a packet's tuple, whichever way it goes: for {@link #find} and what may come before it. */
    public int hash(Packet packet) {
        return index.hash(packet.protocol(), packet.sourceHigh(), packet.sourceLow(), packet.sourcePort(),
                packet.destinationHigh(), packet.destinationLow(), packet.destinationPort());
    }

    /** Brings the index' line of a hash near. @return something of it, which the caller must not let go unused */
    public long touchIndex(int hash) {
        return index.first(hash);
    }

    /** Some connection that {@link #find} will look at for this hash; {@link #NONE} where there is none. */
    public int candidate(int hash) {
        return index.candidate(hash);
    }

    /** Brings the record of a connection near, or of none. @return as {@link #touchIndex} */
    public int touchRecord(int connection) {
        return MEMORY.get(INT, at(Math.max(0, connection)));
    }

    /** The same of what a connection under FULLNAT has besides its record. */
    public int touchLocal(int connection) {
        return rest(Math.max(0, connection), LOCAL_PORT);
    }

    /**
     * The connection of a packet: one that it is an answer of, else one that it is a request of.
     *
     * @param hash the packet's
     * @return {@link #NONE}, or what {@link #isAnswer} and {@link #number} make sense of
     */
    public int find(Packet packet, int hash) {
        return index.find(hash, packet.protocol(), packet.sourceHigh(), packet.sourceLow(), packet.sourcePort(),
                packet.destinationHigh(), packet.destinationLow(), packet.destinationPort());
    }

    /** Whether the packet found this connection as an answer. */
    public static boolean isAnswer(int found) {
        return found != NONE && (found & 1) != 0;
    }

    /** The connection found, or {@link #NONE}. */
    public static int number(int found) {
        return found >> 1;
    }

    /** The connection of a packet from its client; {@link #NONE} where there is none. */
    public int fromClient(int protocol, long clientHigh, long clientLow, int clientPort, long virtualHigh,
            long virtualLow, int virtualPort) {
        return index.findKind(TupleIndex.FROM_CLIENT, protocol, clientHigh, clientLow, clientPort, virtualHigh,
                virtualLow,
                virtualPort);
    }

    /**
     * The connection that awaits a packet like this one, from whatever port of its client it comes; {@link #NONE}
     * where there is none. The packet's port is to become the client's: {@link Connections#clientPort(int, int)}.
     */
    public int awaiting(Packet packet) {
        if (expected == 0) {
            return NONE;
        }
        int connection = fromClient(packet.protocol(), packet.sourceHigh(), packet.sourceLow(), 0,
                packet.destinationHigh(), packet.destinationLow(), packet.destinationPort());
        return connection != NONE && (flags(connection) & NO_CLIENT_PORT) != 0 ? connection : NONE;
    }

    /** The same of what another director tells of a connection. */
    public int awaiting(ConnectionCopy copy) {
        if (expected == 0) {
            return NONE;
        }
        int connection = fromClient(copy.protocol, copy.clientHigh, copy.clientLow, 0, copy.virtualHigh,
                copy.virtualLow, copy.virtualPort);
        return connection != NONE && (flags(connection) & NO_CLIENT_PORT) != 0 ? connection : NONE;
    }

    /** The masqueraded connection of a packet from its server; under FULLNAT the client stands for the local address. */
    public int fromServer(int protocol, long serverHigh, long serverLow, int serverPort, long clientHigh,
            long clientLow, int clientPort) {
        return index.findKind(TupleIndex.FROM_SERVER, protocol, clientHigh, clientLow, clientPort, serverHigh,
                serverLow,
                serverPort);
    }

    /** The template of a client, or of a network of clients; {@link #NONE} where there is none. */
    public int template(int protocol, long clientHigh, long clientLow, long virtualHigh, long virtualLow,
            int virtualPort) {
        return index.findKind(TupleIndex.TEMPLATE, protocol, clientHigh, clientLow, 0, virtualHigh, virtualLow,
                virtualPort);
    }

    /** The template of what a persistence engine found in a packet: {@code length} bytes at {@code at}. */
    public int template(int protocol, long clientHigh, long clientLow, long virtualHigh, long virtualLow,
            int virtualPort, MemorySegment data, long at, int length) {
        return index.find(protocol, clientHigh, clientLow, virtualHigh, virtualLow, virtualPort, data, at, length);
    }

    void index(int connection) {
        int flags = flags(connection);
        if ((flags & TEMPLATE) != 0) {
            index.insert(templateKind(connection), connection);
            return;
        }
        index.insert(TupleIndex.FROM_CLIENT, connection);
        if (isAnswered(connection, flags)) {
            index.insert(TupleIndex.FROM_SERVER, connection);
        }
    }

    /** Whether its server's packets come here; under FULLNAT once they have an address to go to. */
    private boolean isAnswered(int connection, int flags) {
        return (flags & FORWARDING_MASK) == FULL_NAT ? localPort(connection) != 0 : translates(flags);
    }

    void unindex(int connection) {
        int flags = flags(connection);
        if ((flags & TEMPLATE) == 0) {
            index.remove(TupleIndex.FROM_CLIENT, connection);
            if (isAnswered(connection, flags)) {
                index.remove(TupleIndex.FROM_SERVER, connection);
            }
        } else if ((flags & RETIRED) == 0) {
            index.remove(templateKind(connection), connection);
        }
    }

    int templateKind(int template) {
        return engineData(template) == EngineData.NONE ? TupleIndex.TEMPLATE : TupleIndex.ENGINE;
    }

    /** Brings the index' entries of a connection near, before it ends. @return as {@link #touchIndex} */
    long touchEntries(int connection) {
        int flags = flags(connection);
        if ((flags & TEMPLATE) != 0) {
            return 0;
        }
        long touched = index.first(TupleIndex.FROM_CLIENT, connection);
        return isAnswered(connection, flags)
                ? touched + index.first(TupleIndex.FROM_SERVER, connection)
                : touched;
    }
}
