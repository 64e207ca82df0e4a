package dev.weir.engine;

import dev.weir.connection.ChangeMap;
import dev.weir.connection.ConnectionCopy;
import dev.weir.connection.Connections;
import dev.weir.service.RealServer;
import dev.weir.service.Services;
import dev.weir.wire.ClientHash;
import dev.weir.wire.Transport;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What a director's connections are for whoever keeps other directors informed: copies of connections come out of it as
 * packets change them, are read from it by their numbers, and go into it as others tell of theirs. Belongs to one thread, the
 * synchronisation's; workers are neither waited for nor held up.
 */
public final class Synchronisation {
    /** Copies under way between a worker and this, in each direction. */
    private static final int QUEUE = 4096;
    private static final int FTP_CONTROL_PORT = 21;

    private final Services services;
    private final ClientHash hash;
    private final Engines.Arrivals arrivals;
    private final List<Link> links;
    /** The workers' tables, then that of shared templates where there is one. */
    private final List<Connections> tables = new ArrayList<>();
    private final List<ChangeMap> changes = new ArrayList<>();
    private volatile boolean telling;
    private volatile boolean noting;

    /** A worker's side. */
    static final class Link {
        private final CopyQueue out = new CopyQueue(QUEUE);
        private final CopyQueue in = new CopyQueue(QUEUE);
        private final AtomicLong lost = new AtomicLong();
        private final AtomicLong refused = new AtomicLong();
        private final AtomicLong endless = new AtomicLong();
        private @Nullable ConnectionCopy spare;

        /** What a connection is now is told; counted as lost where whoever listens does not keep up. The worker. */
        void tell(Connections table, int connection, @Nullable RealServer server, long now) {
            ConnectionCopy copy = spare != null ? spare : out.claim();
            if (copy == null) {
                lost.setOpaque(lost.getPlain() + 1);
                return;
            }
            copy.kind = ConnectionCopy.Kind.IPVS;
            copy.mark = server == null ? 0 : server.mark();
            if (table.read(connection, copy, now)) {
                spare = null;
                out.put(copy);
            } else {
                // Another worker's template that has just been made anew.
                spare = copy;
            }
        }

        /** There was no room for a connection that this worker was given. The worker. */
        void refused() {
            refused.setOpaque(refused.getPlain() + 1);
        }

        /** A connection under FULLNAT that this worker was given cannot have the local address and port that it has. The worker. */
        void refusedEnd() {
            endless.setOpaque(endless.getPlain() + 1);
        }

        /** The worker takes in what it was given, a part of it at a time. */
        int takeIn(int limit, Consumer<ConnectionCopy> taker) {
            return in.take(limit, taker);
        }
    }

    /** @param arrivals told, in this one's thread, of a worker that was given something */
    Synchronisation(Services services, ClientHash hash, int workers, Engines.Arrivals arrivals) {
        this.services = services;
        this.hash = hash;
        this.arrivals = arrivals;
        links = IntStream.range(0, workers).mapToObj(_ -> new Link()).toList();
    }

    /** Before any worker begins. */
    void add(Connections table, int capacity) {
        tables.add(table);
        changes.add(new ChangeMap(capacity));
    }

    Link link(int worker) {
        return links.get(worker);
    }

    /** Whether workers tell of packets as an IPVS master does. Any thread. */
    public boolean tells() {
        return telling;
    }

    /** From now on workers tell of packets as an IPVS master does, or no more. Any thread. */
    public void tell(boolean master) {
        telling = master;
    }

    /** Takes what workers told of, at most {@code limit} of each. @return how much there was */
    public int take(int limit, Consumer<ConnectionCopy> taker) {
        int count = 0;
        for (Link link : links) {
            count += link.out.take(limit, taker);
        }
        return count;
    }

    /** How many copies workers found no room for. Any thread. */
    public long lost() {
        return links.stream().mapToLong(link -> link.lost.getOpaque()).sum();
    }

    /** How many connections of other directors found no room in this one's tables. Any thread. */
    public long refused() {
        return links.stream().mapToLong(link -> link.refused.getOpaque()).sum();
    }

    /**
     * How many connections under FULLNAT of other directors could not have their local address and port here: answers there come
     * to another worker, or another connection has them, or they were not told. Any thread.
     */
    public long refusedEnds() {
        return links.stream().mapToLong(link -> link.endless.getOpaque()).sum();
    }

    /** How many workers there are. */
    public int workers() {
        return links.size();
    }

    /** Some number of how frames are divided among workers; equal where they are divided alike. */
    public int steering() {
        return hash.likeness();
    }

    /** From now on changes of all tables are noted, or no more; workers begin with their next turn. Any thread. */
    public void note(boolean changed) {
        noting = changed;
    }

    @Nullable
    ChangeMap changes(int table) {
        return noting ? changes.get(table) : null;
    }

    /** How many tables there are: what stands in each has a number of its own. */
    public int tables() {
        return tables.size();
    }

    /** One of them; its owner alone may do more than list it. */
    Connections table(int table) {
        return tables.get(table);
    }

    /** Connections of a table have the numbers below this one so far. */
    public int numbers(int table) {
        return tables.get(table).numbers();
    }

    /** How many connections there are. */
    public int count() {
        return tables.stream().mapToInt(Connections::count).sum();
    }

    /**
     * The numbers of a table's connections that were made, changed or ended since the last call. Of those taken together ends
     * are to be told first: one that began may have the addresses and ports of one that ended, under another number.
     */
    public void takeChanges(int table, IntConsumer taker) {
        changes.get(table).take(numbers(table), taker);
    }

    /**
     * What a connection is now.
     *
     * @param now nanoseconds, of the workers' clock
     * @return false where none has this number
     */
    public boolean read(int table, int number, ConnectionCopy into, long now) {
        Connections connections = tables.get(table);
        if (!connections.read(number, into, now)) {
            return false;
        }
        int id = connections.server(number);
        @Nullable
        RealServer[] servers = services.servers();
        RealServer server = id > 0 && id < servers.length ? servers[id] : null;
        into.mark = server == null ? 0 : server.mark();
        return true;
    }

    /**
     * Gives another director's connection to the worker that is to have it; false where that one does not keep up. Any
     * thread, one at a time: IPVS's protocol and Weir's stream each have one.
     */
    public synchronized boolean give(ConnectionCopy copy) {
        int owner = owner(copy);
        CopyQueue queue = links.get(owner).in;
        ConnectionCopy free = queue.claim();
        if (free == null) {
            return false;
        }
        free.set(copy);
        queue.put(free);
        arrivals.at(owner);
        return true;
    }

    /** Whether something waits for a worker, who alone may ask. */
    boolean hasGiven(int worker) {
        return !links.get(worker).in.isEmpty();
    }

    /** Whether all that was given has been taken in. */
    public synchronized boolean isSettled() {
        return links.stream().allMatch(link -> link.in.isSettled());
    }

    private int owner(ConnectionCopy copy) {
        if (links.size() == 1 || copy.isTemplate()) {
            return 0;
        }
        if (copy.isOutward()) {
            return hash.ofFlow(copy.localHigh, copy.localLow, copy.localPort);
        }
        int home = hash.home(copy.clientHigh, copy.clientLow);
        boolean atHome = copy.virtualPort == FTP_CONTROL_PORT || copy.clientPort == 0;
        int worker = atHome ? home : hash.owner(copy.clientHigh, copy.clientLow, copy.clientPort);
        // Under FULLNAT it stands where its server's answers come: else with its client's home, or nowhere.
        boolean mayBeAtHome = copy.localPort != 0 && copy.protocol == Transport.TCP;
        return mayBeAtHome && hash.ofFlow(copy.localHigh, copy.localLow, copy.localPort) != worker ? home : worker;
    }
}
