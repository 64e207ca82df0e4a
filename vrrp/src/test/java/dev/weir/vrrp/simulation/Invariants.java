package dev.weir.vrrp.simulation;

import dev.weir.vrrp.simulation.History.Violation;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What must hold in every history; checked at every step. */
final class Invariants {
    private final History history;
    /** For each node and instance: how long it has been able to be master and heard none. */
    private final long[][] alone;
    /** For each pair and instance: how long both have been master though they hear each other. */
    private final long[][][] rivals;
    /** The same of the second path, where nothing happens meanwhile. */
    private final long[][][] split;
    private boolean settled;
    private int changes;

    Invariants(History history) {
        this.history = history;
        int nodes = history.nodes.size();
        int instances = history.plan.instances();
        alone = new long[nodes][instances];
        rivals = new long[nodes][nodes][instances];
        split = new long[nodes][nodes][instances];
    }

    /** Time that passes without anything happening. */
    void passes(long time) {
        List<String> names = history.plan.names();
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            for (Node node : history.nodes) {
                alone[node.number][i] = node.isEligible() && !isServed(node, name) ? alone[node.number][i] + time : 0;
                for (Node other : history.nodes) {
                    boolean both = other.number > node.number && isMaster(node, name) && isMaster(other, name);
                    boolean hear = both && history.hears(node, other) && history.hears(other, node);
                    rivals[node.number][other.number][i] = hear ? rivals[node.number][other.number][i] + time : 0;
                    boolean beats = both && history.hearsHeartbeats(node, other)
                            && history.hearsHeartbeats(other, node);
                    split[node.number][other.number][i] = beats ? split[node.number][other.number][i] + time : 0;
                }
            }
        }
    }

    private boolean isServed(Node node, String name) {
        for (Node other : history.nodes) {
            if (isMaster(other, name) && (other == node || history.hears(node, other)
                    || history.hearsHeartbeats(node, other) && (other.arbiter || !node.arbiter))) {
                return true;
            }
        }
        return false;
    }

    private static boolean isMaster(Node node, String name) {
        return node.isRunning() && node.owned.contains(name);
    }

    /** A lost advert is as if the two had not heard each other until then. */
    void lost(Node one, Node other) {
        Arrays.fill(rivals[Math.min(one.number, other.number)][Math.max(one.number, other.number)], 0);
        Arrays.fill(split[Math.min(one.number, other.number)][Math.max(one.number, other.number)], 0);
    }

    void disturbed() {
        settled = false;
        for (long[][] rows : split) {
            for (long[] row : rows) {
                Arrays.fill(row, 0);
            }
        }
    }

    void changed() {
        changes++;
    }

    /** However short a moment is: who was heard in it may stay master in another's eyes for a whole wait. */
    void check() {
        passes(0);
        for (Node node : history.nodes) {
            for (int i = 0; i < history.plan.instances(); i++) {
                if (alone[node.number][i] > history.plan.longestGap()) {
                    throw new Violation(node + " could be master of " + history.plan.names().get(i) + " for "
                            + seconds(alone[node.number][i]) + ", hears none, and is not; at most "
                            + seconds(history.plan.longestGap()));
                }
                for (Node other : history.nodes) {
                    if (rivals[node.number][other.number][i] > history.plan.longestConflict()) {
                        throw new Violation(node + " and " + other + " are both master of "
                                + history.plan.names().get(i) + " for "
                                + seconds(rivals[node.number][other.number][i]) + ", and hear each other; at most "
                                + seconds(history.plan.longestConflict()));
                    }
                    if (split[node.number][other.number][i] > history.plan.longestSplit()) {
                        throw new Violation(node + " and " + other + " are both master of "
                                + history.plan.names().get(i) + " for "
                                + seconds(split[node.number][other.number][i])
                                + ", and hear each other on the second path; at most "
                                + seconds(history.plan.longestSplit()));
                    }
                }
            }
            if (!node.isEligible() && node.isRunning() && !node.owned.isEmpty()) {
                throw new Violation(node + " owns " + node.owned + " and is in no state to");
            }
        }
        if (settled && changes > 0) {
            throw new Violation("a state changed though nothing had happened for long");
        }
    }

    /** Nothing has happened for so long that everything must be decided. */
    void settled() {
        settled = true;
        changes = 0;
        for (Node node : history.nodes) {
            for (String name : history.plan.names()) {
                if (isMaster(node, name)) {
                    checkMaster(node, name);
                }
            }
        }
    }

    private void checkMaster(Node master, String name) {
        for (Node other : history.nodes) {
            if (other == master || !other.isEligible()) {
                continue;
            }
            if (isMaster(other, name) && history.hearsHeartbeats(other, master)) {
                throw new Violation(master + " and " + other + " are both master of " + name
                        + ", and hear each other on the second path");
            }
            if (!history.isSamePart(other, master)) {
                continue;
            }
            if (isMaster(other, name)) {
                throw new Violation(master + " and " + other + " are both master of " + name);
            }
            if (other.settings.preempts() && other.priority() > master.priority() && !isHeld(other, name)) {
                throw new Violation(master + " with priority " + master.priority() + " is master of " + name + ", and "
                        + other + " has " + other.priority());
            }
        }
    }

    /** Whether a master on the second path is better than it. */
    private boolean isHeld(Node node, String name) {
        return history.nodes.stream().anyMatch(other -> other != node && isMaster(other, name)
                && history.hearsHeartbeats(node, other) && (other.arbiter != node.arbiter
                        ? other.arbiter
                        : other.priority() >= node.priority()));
    }

    /** The end of a phase in which nothing happened. */
    void calm() {
        settled = false;
    }

    private static String seconds(long nanoseconds) {
        return String.format(Locale.ROOT, "%.3f s", nanoseconds / 1e9);
    }
}
