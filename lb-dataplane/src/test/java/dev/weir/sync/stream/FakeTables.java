package dev.weir.sync.stream;

import dev.weir.connection.ConnectionCopy;
import dev.weir.connection.Connections;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** A director's tables as the stream sees them: what is given stands in an inbox until {@link #work}, then in the first table. */
final class FakeTables implements ConnectionTables {
    private static final int TABLES = 2;

    /** A connection as tests compare it. */
    record Tuple(int protocol, long client, int port, boolean template) {
        static Tuple of(ConnectionCopy copy) {
            return new Tuple(copy.protocol, copy.clientLow, copy.clientPort, copy.isTemplate());
        }
    }

    private final List<List<@Nullable ConnectionCopy>> tables = new ArrayList<>();
    private final List<BitSet> changes = new ArrayList<>();
    private final Map<Tuple, int[]> index = new HashMap<>();
    private final Map<ConnectionCopy, Long> seen = new HashMap<>();
    private final Deque<ConnectionCopy> inbox = new ArrayDeque<>();
    private final int room;
    int workers = 1;
    int steering = 42;
    private long now;

    /** @param room of the inbox */
    FakeTables(int room) {
        this.room = room;
        for (int i = 0; i < TABLES; i++) {
            tables.add(new ArrayList<>());
            changes.add(new BitSet());
        }
    }

    void time(long time) {
        now = time;
    }

    /** A packet of a connection comes here: it is this director's from now on. */
    void packet(int table, Tuple tuple, int state) {
        int[] at = index.get(tuple);
        ConnectionCopy copy = at == null ? null : tables.get(at[0]).get(at[1]);
        if (copy == null) {
            copy = new ConnectionCopy();
            copy.protocol = tuple.protocol();
            copy.clientLow = tuple.client();
            copy.clientPort = tuple.port();
            copy.virtualLow = 0xffff_0a00_0001L;
            copy.serverLow = 0xffff_0a00_0002L;
            copy.flags = tuple.template() ? Connections.TEMPLATE : 0;
            copy.timeout = 900;
            add(table, copy);
        }
        copy.held = false;
        copy.state = state;
        copy.packetsIn++;
        seen.put(copy, now);
        int[] place = Objects.requireNonNull(index.get(tuple));
        changes.get(place[0]).set(place[1]);
    }

    private void add(int table, ConnectionCopy copy) {
        List<@Nullable ConnectionCopy> of = tables.get(table);
        int number = of.indexOf(null);
        if (number < 0) {
            number = of.size();
            of.add(null);
        }
        of.set(number, copy);
        index.put(Tuple.of(copy), new int[]{table, number});
        seen.put(copy, now);
        changes.get(table).set(number);
    }

    void end(Tuple tuple) {
        int[] at = index.remove(tuple);
        if (at != null) {
            seen.remove(tables.get(at[0]).set(at[1], null));
            changes.get(at[0]).set(at[1]);
        }
    }

    /** Only a director whose packets end a connection knows of its end. */
    void endOwn(Tuple tuple) {
        ConnectionCopy own = find(tuple);
        if (own != null && !own.held) {
            end(tuple);
        }
    }

    @Nullable
    ConnectionCopy find(Tuple tuple) {
        int[] at = index.get(tuple);
        return at == null ? null : tables.get(at[0]).get(at[1]);
    }

    /** All tuples with their states. */
    Map<Tuple, Integer> states() {
        Map<Tuple, Integer> states = new HashMap<>();
        tables.forEach(table -> table.stream().filter(Objects::nonNull).map(Objects::requireNonNull)
                .forEach(copy -> states.put(Tuple.of(copy), copy.state)));
        return states;
    }

    /** The worker takes in so much of what was given, as engine.Adoption does. */
    void work(int most) {
        for (int i = 0; i < most && !inbox.isEmpty(); i++) {
            ConnectionCopy given = inbox.removeFirst();
            ConnectionCopy own = find(Tuple.of(given));
            if (given.kind == ConnectionCopy.Kind.ENDED) {
                if (own != null && own.held) {
                    end(Tuple.of(given));
                }
            } else if (own == null) {
                given.held = true;
                add(0, given);
                seen.put(given, now - given.age);
            } else if (!given.held && (own.held || now - seen.getOrDefault(own, 0L) > given.age)) {
                own.held = true;
                own.state = given.state;
                seen.put(own, now - given.age);
                int[] at = Objects.requireNonNull(index.get(Tuple.of(own)));
                changes.get(at[0]).set(at[1]);
            }
        }
    }

    int waiting() {
        return inbox.size();
    }

    @Override
    public int tables() {
        return TABLES;
    }

    @Override
    public int workers() {
        return workers;
    }

    @Override
    public int steering() {
        return steering;
    }

    @Override
    public int numbers(int table) {
        return tables.get(table).size();
    }

    @Override
    public int count() {
        return index.size();
    }

    @Override
    public void note(boolean noted) {
        // Always noted.
    }

    @Override
    public void takeChanges(int table, IntConsumer taker) {
        BitSet taken = (BitSet) changes.get(table).clone();
        changes.get(table).clear();
        taken.stream().forEach(taker);
    }

    @Override
    public boolean read(int table, int number, ConnectionCopy into, long time) {
        ConnectionCopy copy = number < tables.get(table).size() ? tables.get(table).get(number) : null;
        if (copy == null) {
            return false;
        }
        into.set(copy);
        into.age = now - seen.getOrDefault(copy, 0L);
        return true;
    }

    @Override
    public boolean give(ConnectionCopy copy) {
        if (inbox.size() >= room) {
            return false;
        }
        ConnectionCopy given = new ConnectionCopy();
        given.set(copy);
        inbox.addLast(given);
        return true;
    }

    @Override
    public boolean isSettled() {
        return inbox.isEmpty();
    }
}
