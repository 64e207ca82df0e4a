package dev.weir.bfd;

import dev.weir.conf.BfdInstance;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * One session's state machine: packets and time in, actions out (RFC 5880 section 6.8). Times are nanoseconds of one clock,
 * those of packets microseconds. Where the RFC leaves a choice it is keepalived's, save that a packet goes out at once when
 * what it would say has changed. Belongs to one thread.
 */
final class Session {
    static final long NEVER = Long.MAX_VALUE;
    private static final long NANOS = 1000;
    /** Of an interval, at random, so that many sessions do not send at one time (section 6.8.7). */
    private static final double LARGEST_CUT = 0.25;
    /** Of a multiplier of 1: a packet that is only just in time would be late. */
    private static final double LEAST_CUT_OF_ONE = 0.1;

    private final int discriminator;
    private final RandomGenerator random;
    private final List<Action> actions = new ArrayList<>();
    private BfdInstance conf;
    private SessionState state = SessionState.DOWN;
    private Diagnostic diagnostic = Diagnostic.NONE;
    private boolean told;
    private boolean polling;
    /** What packets say, and what holds until the neighbour has answered a poll (section 6.8.3). */
    private long desiredMinTx;
    private long usedMinTx;
    private long requiredMinRx;
    private long usedMinRx;

    private SessionState remoteState = SessionState.DOWN;
    private Diagnostic remoteDiagnostic = Diagnostic.NONE;
    private int remoteDiscriminator;
    private boolean remoteDemand;
    private int remoteMultiplier;
    private long remoteMinTx;
    private long remoteMinRx = 1;

    private boolean heard;
    private long heardAt;
    private long next;
    /** That {@link #next} was reckoned with. */
    private long interval;

    /** @param discriminator not 0, and no other session's of this host */
    Session(BfdInstance conf, int discriminator, RandomGenerator random) {
        this.conf = conf;
        this.discriminator = discriminator;
        this.random = random;
        idle();
    }

    private void idle() {
        polling = false;
        desiredMinTx = microseconds(conf.idleTx());
        usedMinTx = desiredMinTx;
        requiredMinRx = microseconds(conf.minRx());
        usedMinRx = requiredMinRx;
    }

    private static long microseconds(Duration duration) {
        return duration.toNanos() / NANOS;
    }

    List<Action> begin(long now) {
        next = now;
        actions.add(new Action.Tell(conf.name(), false));
        periodically(now);
        return done();
    }

    /** The same session with other numbers; the neighbour hears of them by a poll. */
    List<Action> configure(BfdInstance other, long now) {
        BfdInstance before = conf;
        conf = other;
        if (before.equals(other) || state == SessionState.ADMIN_DOWN) {
            return List.of();
        }
        if (state == SessionState.UP) {
            negotiate();
        } else {
            idle();
        }
        hasten(now);
        if (mayBegin()) {
            send(now, false);
        }
        return done();
    }

    /**
     * While up: less than before holds at once of what is sent, and more of what is asked for; the rest waits for the
     * neighbour's answer, which may go by what it was told before until then.
     */
    private void negotiate() {
        long minTx = microseconds(conf.minTx());
        long minRx = microseconds(conf.minRx());
        polling |= minTx != desiredMinTx || minRx != requiredMinRx;
        desiredMinTx = minTx;
        requiredMinRx = minRx;
        usedMinTx = polling ? Math.min(usedMinTx, minTx) : minTx;
        usedMinRx = polling ? Math.max(usedMinRx, minRx) : minRx;
    }

    /** A packet of this session: its Your Discriminator says so, or, where that is 0, its addresses do. */
    List<Action> receive(ControlPacket packet, long now) {
        if (state == SessionState.ADMIN_DOWN) {
            return List.of();
        }
        learn(packet, now);
        SessionState before = state;
        follow();
        hasten(now);
        if (packet.poll() || state != before && mayBegin()) {
            send(now, packet.poll());
        }
        return done();
    }

    private void learn(ControlPacket packet, long now) {
        heard = true;
        heardAt = now;
        remoteDiscriminator = packet.mine();
        remoteState = packet.state();
        remoteDiagnostic = packet.diagnostic();
        remoteDemand = packet.demand();
        remoteMultiplier = packet.multiplier();
        remoteMinRx = packet.requiredMinRx();
        // keepalived says what it wants to send with, and does so only when its poll was answered.
        remoteMinTx = packet.poll() ? Math.max(remoteMinTx, packet.desiredMinTx()) : packet.desiredMinTx();
        if (packet.last() && polling) {
            polling = false;
            usedMinTx = desiredMinTx;
            usedMinRx = requiredMinRx;
        }
    }

    /** Section 6.2, and the table of 6.8.6. */
    private void follow() {
        switch (remoteState) {
            case ADMIN_DOWN -> {
                if (state != SessionState.DOWN) {
                    fall(Diagnostic.NEIGHBOUR_DOWN);
                }
            }
            case DOWN -> {
                if (state == SessionState.DOWN) {
                    enter(SessionState.INIT, Diagnostic.NONE);
                } else if (state == SessionState.UP) {
                    fall(Diagnostic.NEIGHBOUR_DOWN);
                }
            }
            case INIT -> {
                if (state != SessionState.UP) {
                    rise();
                }
            }
            case UP -> {
                if (state == SessionState.INIT) {
                    rise();
                }
            }
        }
    }

    private void rise() {
        enter(SessionState.UP, Diagnostic.NONE);
        negotiate();
        tell(true);
    }

    /** A neighbour that was taken down on purpose says nothing of the path (RFC 5882 section 3.2): who tracks it is not told. */
    private void fall(Diagnostic why) {
        boolean wasUp = state == SessionState.UP;
        enter(SessionState.DOWN, why);
        idle();
        if (wasUp && remoteState != SessionState.ADMIN_DOWN) {
            tell(false);
        }
    }

    private void enter(SessionState other, Diagnostic why) {
        actions.add(new Action.Entered(conf.name(), state, other, why, remoteDiagnostic));
        state = other;
        diagnostic = why;
    }

    private void tell(boolean up) {
        if (told != up) {
            told = up;
            actions.add(new Action.Tell(conf.name(), up));
        }
    }

    /** What is due by now: the end of the Detection Time, or the next packet. Packets that have come are handed over before. */
    List<Action> wake(long now) {
        if (heard && now - heardAt >= detectionTime()) {
            heard = false;
            remoteDiscriminator = 0;
            if (state == SessionState.INIT || state == SessionState.UP) {
                fall(Diagnostic.EXPIRED);
                hasten(now);
                if (mayBegin()) {
                    send(now, false);
                }
            }
        }
        periodically(now);
        return done();
    }

    private void periodically(long now) {
        if (sends() && now >= next) {
            send(now, false);
        }
    }

    /** Whether packets go out of themselves (section 6.8.7). */
    private boolean sends() {
        boolean asleep = remoteDemand && state == SessionState.UP && remoteState == SessionState.UP && !polling;
        return mayBegin() && !asleep;
    }

    private boolean mayBegin() {
        return state != SessionState.ADMIN_DOWN && remoteMinRx != 0 && (!conf.passive() || remoteDiscriminator != 0);
    }

    private void send(long now, boolean answer) {
        actions.add(new Action.Send(conf, packet(answer)));
        interval = interval();
        next = now + cut(interval);
    }

    private ControlPacket packet(boolean answer) {
        return new ControlPacket(diagnostic, state, polling && !answer, answer, false, conf.multiplier(), discriminator,
                remoteDiscriminator, desiredMinTx, requiredMinRx);
    }

    private long interval() {
        return NANOS * Math.max(usedMinTx, remoteMinRx);
    }

    private long cut(long whole) {
        double least = conf.multiplier() == 1 ? LEAST_CUT_OF_ONE : 0;
        return (long) (whole * (1 - least - random.nextDouble() * (LARGEST_CUT - least)));
    }

    /** The interval may have become shorter. */
    private void hasten(long now) {
        if (interval() < interval) {
            interval = interval();
            next = Math.min(next, now + cut(interval));
        }
    }

    /** Section 6.8.4: how long nothing may come. */
    private long detectionTime() {
        return NANOS * remoteMultiplier * Math.max(usedMinRx, remoteMinTx);
    }

    /** When {@link #wake} has something to do; {@link #NEVER} where only a packet can bring that. */
    long deadline() {
        return Math.min(sends() ? next : NEVER, heard ? heardAt + detectionTime() : NEVER);
    }

    /** It is in the file no more, and the neighbour is told that this end was taken down on purpose; nothing follows. */
    List<Action> retire() {
        return end(SessionState.ADMIN_DOWN, Diagnostic.ADMIN_DOWN);
    }

    /**
     * The daemon ends, and with it what the neighbour might send here. keepalived falls silent, and its neighbour fails over when
     * the Detection Time has passed; by AdminDown it would not.
     */
    List<Action> leave() {
        return end(SessionState.DOWN, Diagnostic.PATH_DOWN);
    }

    private List<Action> end(SessionState last, Diagnostic why) {
        boolean speaks = mayBegin();
        enter(last, why);
        idle();
        if (speaks) {
            actions.add(new Action.Send(conf, packet(false)));
        }
        state = SessionState.ADMIN_DOWN;
        return done();
    }

    private List<Action> done() {
        List<Action> all = List.copyOf(actions);
        actions.clear();
        return all;
    }

    BfdInstance conf() {
        return conf;
    }

    int discriminator() {
        return discriminator;
    }

    Standing standing() {
        return new Standing(conf, state, told, diagnostic, remoteDiagnostic, remoteState, discriminator,
                remoteDiscriminator, interval() / NANOS, heard ? detectionTime() / NANOS : 0);
    }

    /**
     * How it stands, for people. Times are microseconds.
     *
     * @param up              what it counts as for who tracks it
     * @param remoteState     that the neighbour said last
     * @param transmitInterval before some of it is cut at random
     * @param detectionTime   0 while nothing is heard
     */
    record Standing(BfdInstance conf, SessionState state, boolean up, Diagnostic own, Diagnostic remote,
            SessionState remoteState, int discriminator, int remoteDiscriminator, long transmitInterval,
            long detectionTime) {
    }
}
