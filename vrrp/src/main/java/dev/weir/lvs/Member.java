package dev.weir.lvs;

import dev.weir.check.CheckKey;
import dev.weir.check.Checked;
import dev.weir.check.Outcome;
import dev.weir.conf.HealthCheck;
import dev.weir.conf.VirtualServer;
import dev.weir.conf.VirtualServer.RealServer;
import dev.weir.lvs.Balancer.ServerAddress;
import dev.weir.lvs.Balancer.ServerSettings;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A real server of one virtual server, with what is known of it. Belongs to its {@link Pool}. */
final class Member {
    private static final int MOST_WEIGHT = 65535;
    private static final long NEVER = Long.MIN_VALUE;

    private RealServer conf;
    private Map<CheckKey, Standing> checks = new LinkedHashMap<>();
    private @Nullable Hand hand;
    private boolean alive;
    private Instant since;
    private long startedSlowly = NEVER;
    /** When it leaves even with connections, if the file has it no more. */
    private long leaves = NEVER;

    /** What is known of one of its checks. */
    static final class Standing {
        private final HealthCheck check;
        private boolean up;
        private int added;
        private @Nullable Checked last;

        private Standing(HealthCheck check, boolean up) {
            this.check = check;
            this.up = up;
        }

        HealthCheck check() {
            return check;
        }

        boolean up() {
            return up;
        }

        @Nullable
        Checked last() {
            return last;
        }
    }

    Member(RealServer conf, Moment now) {
        this.conf = conf;
        this.since = now.wall();
    }

    RealServer conf() {
        return conf;
    }

    ServerAddress address() {
        return new ServerAddress(conf.address(), conf.port());
    }

    /** As the dataplane names it in a service. */
    ServerAddress addressIn(VirtualServer.Service service) {
        return ServerAddress.of(service, conf.address(), conf.port(), conf.method());
    }

    Map<CheckKey, Standing> checks() {
        return checks;
    }

    boolean alive() {
        return alive;
    }

    Instant since() {
        return since;
    }

    @Nullable
    Hand hand() {
        return hand;
    }

    /** The file has it, perhaps anew, perhaps otherwise than before. */
    void configure(VirtualServer of, RealServer wanted) {
        if (hand instanceof Hand.Weight weight && weight.fromFile() != wanted.weight()) {
            hand = null;
        }
        boolean known = alive || !checks.isEmpty() && checks.values().stream().anyMatch(check -> check.last != null);
        conf = wanted;
        leaves = NEVER;
        Map<CheckKey, Standing> next = new LinkedHashMap<>();
        for (HealthCheck check : wanted.checks()) {
            CheckKey key = key(of, check, next);
            Standing before = checks.get(key);
            Standing standing = new Standing(check, before != null ? before.up : !check.alpha() || known && alive);
            if (before != null) {
                standing.last = before.last;
                standing.added = before.added;
            }
            next.put(key, standing);
        }
        checks = next;
    }

    private CheckKey key(VirtualServer of, HealthCheck check, Map<CheckKey, Standing> others) {
        for (int occurrence = 0;; occurrence++) {
            CheckKey key = new CheckKey(of.id(), conf.name(of), check.connection(), check.probe(), occurrence);
            if (!others.containsKey(key)) {
                return key;
            }
        }
    }

    /** Notes a run of one of its checks; whether it was the first. */
    boolean checked(Standing standing, Checked checked) {
        boolean first = standing.last == null;
        standing.last = checked;
        standing.up = checked.up();
        if (checked.outcome() instanceof Outcome.Weighted weighted) {
            // Several dynamic scripts add up, as in keepalived: each by what it says beyond the file's weight.
            standing.added = weighted.added() ? weighted.weight() : weighted.weight() - conf.weight();
        }
        return first;
    }

    boolean allChecksUp() {
        return checks.values().stream().allMatch(Standing::up);
    }

    /** It is up or down by its checks now. */
    void becomes(boolean up, boolean slowly, Moment now) {
        alive = up;
        since = now.wall();
        startedSlowly = up && slowly && !conf.slowStart().isZero() ? now.nanos() : NEVER;
    }

    void hand(@Nullable Hand said) {
        hand = said;
    }

    /** The file has it no more: it leaves when its connections have ended, or when the time is up. */
    void leave(long deadline) {
        leaves = deadline;
        checks = new LinkedHashMap<>();
    }

    boolean leaving() {
        return leaves != NEVER;
    }

    boolean draining() {
        return leaving() || hand instanceof Hand.Drained;
    }

    /** When it is out with the connections it has; only while it drains. */
    long drainDeadline() {
        return leaving() ? leaves : hand instanceof Hand.Drained drained ? drained.deadline() : Long.MAX_VALUE;
    }

    /** Whether it may get clients: by its checks, and by what operators say. */
    boolean serves() {
        return alive && !draining() && !(hand instanceof Hand.Disabled);
    }

    /** Of the file, a script, a track_file or an operator; without the slow start. */
    int weight() {
        if (hand instanceof Hand.Weight set) {
            return set.weight();
        }
        long sum = conf.weight();
        for (Standing standing : checks.values()) {
            sum += standing.up ? standing.added : 0;
        }
        return Math.clamp(sum, 0, MOST_WEIGHT);
    }

    boolean startsSlowly(long now) {
        return startedSlowly != NEVER && now - startedSlowly < conf.slowStart().toNanos();
    }

    private int weight(long now) {
        int full = weight();
        if (!startsSlowly(now)) {
            return full;
        }
        double part = (double) (now - startedSlowly) / conf.slowStart().toNanos();
        return full == 0 ? 0 : Math.max(1, (int) (full * part));
    }

    ServerSettings serving(long now) {
        return settings(weight(now), false);
    }

    ServerSettings quiesced(boolean draining) {
        return settings(0, draining);
    }

    private ServerSettings settings(int weight, boolean draining) {
        return new ServerSettings(conf.method(), weight, conf.upperThreshold(), conf.lowerThreshold(), draining);
    }
}
