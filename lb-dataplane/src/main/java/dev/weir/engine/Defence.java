package dev.weir.engine;

import dev.weir.connection.Connections;
import dev.weir.connection.State;
import dev.weir.wire.Transport;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What IPVS does against floods (update_defense_level, ip_vs_todrop, ip_vs_random_dropentry): drop_packet, drop_entry and
 * secure_tcp, each in four modes: 0 never, 3 always, 1 and 2 by themselves where memory is scarce, 1 while it is not and 2
 * while it is. Weir's memory are the workers' connection tables, reserved at start; so memory is scarce where fewer pages of
 * them all are free than amemthresh. Belongs to one worker, who looks after his own connections.
 */
final class Defence {
    private static final List<Sysctl> MODES = List.of(Sysctl.DROP_ENTRY, Sysctl.DROP_PACKET, Sysctl.SECURE_TCP);
    private static final int PAGE = 4096;
    private static final int READY = 1;
    private static final int ACTING = 2;
    private static final int ALWAYS = 3;
    /** Of the connections drop_entry looks at one of so many in a second. */
    private static final int SHARE = 32;
    /** Records looked at in one call at most, so that a worker never stalls. */
    private static final int STEPS = 1024;
    private static final long MINUTE = 60_000_000_000L;
    /** A connection that brought more packets is no flood's. */
    private static final int FEW_PACKETS = 8;

    private final Connections connections;
    private final Tracker tracker;
    private final Shared director;
    private final SplittableRandom random;
    /** Of so many packets one is dropped; 0: none, negative: all. */
    private int dropRate;
    private int untilDrop;
    private boolean dropsEntries;
    /** What drop_entry still has to look at, in shares of a record. */
    private long due;
    /** By the packets that an idle connection brought: how many such still pass before one is dropped. */
    private final int[] untilEntryDrop = new int[FEW_PACKETS + 1];

    /** @param seed of the random choice */
    Defence(Connections connections, Tracker tracker, Shared director, long seed) {
        this.connections = connections;
        this.tracker = tracker;
        this.director = director;
        random = new SplittableRandom(seed);
    }

    /**
     * Each second, and when the settings have changed.
     *
     * @return the settings, where memory became scarce or is so no more with modes 1 and 2 exchanged; allocates only then
     */
    Settings update(Settings settings) {
        long available = director.freeConnections() * Connections.BYTES / PAGE;
        long lacking = settings.amemthresh() - available;
        Settings adjusted = settings;
        for (Sysctl key : MODES) {
            if (settings.value(key) == (lacking > 0 ? READY : ACTING)) {
                adjusted = adjusted.with(key, lacking > 0 ? ACTING : READY);
            }
        }
        switch (adjusted.dropPacket()) {
            case ACTING -> {
                dropRate = (int) (settings.amemthresh() / lacking);
                untilDrop = dropRate;
            }
            case ALWAYS -> dropRate = settings.amDroprate();
            default -> dropRate = 0;
        }
        dropsEntries = adjusted.dropEntry() > READY;
        return adjusted;
    }

    /** Whether a packet that begins a connection is one of those that drop_packet wants dropped. */
    boolean mustDrop() {
        if (dropRate == 0 || --untilDrop > 0) {
            return false;
        }
        untilDrop = dropRate;
        return true;
    }

    /** A second has passed. */
    void second() {
        int numbers = connections.numbers();
        due = dropsEntries ? Math.min(due + numbers, (long) numbers + SHARE) : 0;
    }

    /** Looks at some of the connections, and ends those that a flood may have left. */
    void dropEntries(long now) {
        for (int steps = 0; steps < STEPS && due >= SHARE; steps++, due -= SHARE) {
            int connection = random.nextInt(connections.numbers());
            if (connections.stands(connection) && connections.controlled(connection) == 0
                    && isPrey(connection, now)) {
                tracker.drop(connection);
            }
        }
    }

    private boolean isPrey(int connection, long now) {
        int flags = connections.flags(connection);
        if ((flags & Connections.TEMPLATE) != 0) {
            return (flags & Connections.ONE_PACKET) == 0 && !connections.isAssured(connection);
        }
        State state = connections.state(connection);
        boolean mayBeIdle = state.assuring() || connections.protocol(connection) == Transport.UDP;
        return state.halfOpen() || mayBeIdle && isIdle(connection, now);
    }

    /** Idle for a minute after few packets: of those that brought n, one in n (todrop_entry). */
    private boolean isIdle(int connection, long now) {
        int packets = connections.packetsIn(connection);
        if (connections.idle(connection, now) < MINUTE || packets < 1 || packets > FEW_PACKETS
                || --untilEntryDrop[packets] > 0) {
            return false;
        }
        untilEntryDrop[packets] = packets;
        return true;
    }
}
