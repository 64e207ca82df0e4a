package dev.weir.vrrp.simulation;

import dev.weir.vrrp.machine.Action;
import dev.weir.vrrp.machine.Event;
import dev.weir.vrrp.packet.Advert;
import dev.weir.conf.VrrpInstance;
import dev.weir.wire.IpAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.function.BiPredicate;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/**
 * One history: phases in which things happen to nodes and network, each followed by one in which nothing does. All of it
 * follows from the seed.
 */
final class History {
    private static final int PHASES = 3;

    /** What is wrong with a history. */
    static final class Violation extends RuntimeException {
        private static final long serialVersionUID = 1;

        Violation(String what) {
            super(what);
        }
    }

    private record Entry(long time, long order, Runnable what) {
    }

    final long seed;
    final Plan plan;
    final List<Node> nodes = new ArrayList<>();
    long now;

    private final Random random;
    private final boolean recorded;
    private final List<String> story = new ArrayList<>();
    private final PriorityQueue<Entry> queue = new PriorityQueue<>(
            (one, other) -> one.time != other.time
                    ? Long.compare(one.time, other.time)
                    : Long.compare(one.order, other.order));
    private final Invariants invariants;
    private boolean bad;
    private long order;
    /** Which part of the network a node is in, and whom it hears nothing of though it is in the same. */
    private final int[] part;
    private final boolean[][] deaf;
    /** The same of the second path. */
    private final int[] secondPart;
    private final boolean[][] secondDeaf;

    /** @param routers what nodes run, by their number */
    History(long seed, boolean recorded, IntFunction<Supplier<Router>> routers) {
        this.seed = seed;
        this.recorded = recorded;
        random = new Random(seed * 0x9e37_79b9_7f4a_7c15L);
        plan = Plan.of(random, new Random(seed));
        int count = 2 + random.nextInt(3);
        part = new int[count];
        deaf = new boolean[count][count];
        secondPart = new int[count];
        secondDeaf = new boolean[count][count];
        for (int i = 0; i < count; i++) {
            double rate = 1 + (random.nextDouble() - 0.5) / 100;
            nodes.add(new Node(this, i, plan.settings(random), routers.apply(i), rate, random.nextLong(1L << 50)));
        }
        invariants = new Invariants(this);
    }

    /** @throws Violation where something does not hold */
    void run() {
        tell(() -> plan.toString());
        nodes.forEach(node -> tell(() -> node + " has " + node.address + ", " + node.settings));
        nodes.forEach(
                node -> at(random.nextLong(4 * plan.interval()), () -> happens(node + " is started", node::start)));
        for (int i = 0; i < PHASES; i++) {
            bad = random.nextInt(3) > 0;
            runFor(plan.interval() * 5);
            for (int event = random.nextInt(6); event >= 0; event--) {
                disturb();
                runFor(random.nextLong(plan.interval() * 5));
            }
            calm();
            runFor(plan.settling());
            invariants.settled();
            runFor(plan.interval() * 5);
            invariants.calm();
        }
    }

    private void runFor(long time) {
        long end = now + time;
        while (!queue.isEmpty() && queue.peek().time <= end) {
            Entry next = queue.poll();
            invariants.passes(next.time - now);
            now = next.time;
            next.what.run();
            invariants.check();
        }
        invariants.passes(end - now);
        now = end;
        invariants.check();
    }

    private void disturb() {
        Node node = nodes.get(random.nextInt(nodes.size()));
        switch (random.nextInt(plan.arbiter() ? 13 : plan.secondPath() ? 12 : 9)) {
            case 9 -> {
                for (int i = 0; i < secondPart.length; i++) {
                    secondPart[i] = random.nextInt(2);
                }
                happens("the second path is parted: " + Arrays.toString(secondPart), () -> {
                });
            }
            case 10 -> {
                int other = random.nextInt(nodes.size());
                secondDeaf[node.number][other] = true;
                happens(node + " hears node" + other + " no more on the second path", () -> {
                });
            }
            case 11 -> happens("the second path is whole", () -> Arrays.fill(secondPart, 0));
            case 12 -> setArbiter(node, !node.arbiter);
            case 0 -> {
                for (int i = 0; i < part.length; i++) {
                    part[i] = random.nextInt(2);
                }
                happens("the network is parted: " + Arrays.toString(part), () -> {
                });
            }
            case 1 -> {
                int other = random.nextInt(nodes.size());
                deaf[node.number][other] = true;
                happens(node + " hears node" + other + " no more", () -> {
                });
            }
            case 2 -> happens("the network is whole", this::heal);
            case 3 -> restart(node);
            case 4 -> {
                if (node.isRunning()) {
                    happens(node + " ends in order", node::end);
                }
            }
            case 5 -> setLink(node, !node.link);
            case 6 -> setScript(node, !node.script);
            case 7 -> {
                if (node.isRunning()) {
                    node.settings = node.settings.withPriority(plan.settings(random).priority());
                    happens(node + " reloads: " + node.settings, node::reload);
                }
            }
            default -> {
                if (node.isRunning()) {
                    happens(node + " stands still", node::freeze);
                    at(now + random.nextLong(plan.interval() * 8), () -> thaw(node));
                }
            }
        }
    }

    private void restart(Node node) {
        if (node.alive) {
            happens(node + " is killed", node::die);
        } else {
            happens(node + " is started", node::start);
        }
    }

    private void thaw(Node node) {
        if (node.stopped) {
            happens(node + " goes on", node::thaw);
        }
    }

    private void setLink(Node node, boolean up) {
        if (node.link != up) {
            node.link = up;
            happens(node + "'s link is " + (up ? "up" : "down"), () -> node.on(new Event.LinkChanged("eth0", up)));
        }
    }

    private void setScript(Node node, boolean up) {
        if (node.script != up && plan.hasScript()) {
            node.script = up;
            happens(node + "'s script " + (up ? "succeeds" : "fails"),
                    () -> node.on(new Event.ScriptChanged("chk", up)));
        }
    }

    private void setArbiter(Node node, boolean reached) {
        if (node.arbiter != reached && plan.arbiter()) {
            node.arbiter = reached;
            happens(node + (reached ? " reaches" : " does not reach") + " the arbiter",
                    () -> node.on(new Event.ArbiterChanged(Node.ARBITER, reached)));
        }
    }

    /** Parts stay, if any; all else is well. */
    private void calm() {
        happens("all is calm", () -> {
        });
        bad = false;
        for (boolean[] row : deaf) {
            Arrays.fill(row, false);
        }
        for (boolean[] row : secondDeaf) {
            Arrays.fill(row, false);
        }
        if (plan.secondPath() && random.nextBoolean()) {
            happens("the second path is whole", () -> Arrays.fill(secondPart, 0));
        }
        for (Node node : nodes) {
            thaw(node);
            if (!node.alive && random.nextInt(3) > 0) {
                happens(node + " is started", node::start);
            }
            setLink(node, random.nextInt(4) > 0);
            setScript(node, random.nextInt(4) > 0);
            if (plan.arbiter()) {
                setArbiter(node, random.nextInt(4) > 0);
            }
        }
    }

    private void heal() {
        Arrays.fill(part, 0);
    }

    private void happens(String what, Runnable effect) {
        tell(() -> "*** " + what);
        invariants.disturbed();
        effect.run();
        invariants.check();
    }

    /** A state was entered. */
    void changed() {
        invariants.changed();
    }

    /** Whether a packet of the one reaches the other. */
    boolean hears(Node listener, Node sender) {
        return listener.link && sender.link && part[listener.number] == part[sender.number]
                && !deaf[listener.number][sender.number];
    }

    /** Whether a heartbeat of the one reaches the other. */
    boolean hearsHeartbeats(Node listener, Node sender) {
        return plan.secondPath() && secondPart[listener.number] == secondPart[sender.number]
                && !secondDeaf[listener.number][sender.number];
    }

    boolean isSamePart(Node one, Node other) {
        return part[one.number] == part[other.number];
    }

    void send(Node sender, String name, int priority) {
        VrrpInstance instance = Objects.requireNonNull(sender.instances.get(name));
        Advert advert = new Advert(instance.version(), instance.virtualRouterId(), priority, instance.advertInterval(),
                List.of());
        deliver(sender, "advert", this::hears, new Event.Heard(name, sender.address, advert));
    }

    void beat(Node sender, Action.Beat beat) {
        deliver(sender, "heartbeat", this::hearsHeartbeats, new Event.HeartbeatHeard(beat.instance(),
                IpAddress.v4(0x0a01_0001 + sender.number), beat.heartbeat()));
    }

    private void deliver(Node sender, String what, BiPredicate<Node, Node> way, Event event) {
        for (Node listener : nodes) {
            if (listener == sender || !way.test(listener, sender)) {
                continue;
            }
            if (bad && random.nextInt(1000) < plan.loss()) {
                invariants.lost(sender, listener);
                tell(() -> sender + "'s " + what + " to " + listener + " is lost");
                continue;
            }
            int copies = bad && random.nextInt(20) == 0 ? 2 : 1;
            for (int i = 0; i < copies; i++) {
                at(now + random.nextLong(plan.longestDelay()), () -> {
                    if (way.test(listener, sender)) {
                        listener.on(event);
                    }
                });
            }
        }
    }

    void at(long time, Runnable what) {
        queue.add(new Entry(time, order++, what));
    }

    void tell(Supplier<String> line) {
        if (recorded) {
            story.add(String.format(Locale.ROOT, "%9.3f %s", now / 1e9, line.get()));
        }
    }

    String story() {
        return String.join("\n", story);
    }
}
