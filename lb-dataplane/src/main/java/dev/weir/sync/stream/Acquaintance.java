package dev.weir.sync.stream;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One other director as this one is configured to know it: its session, connections that may become its session, and when
 * to connect to it. The stream's thread's.
 */
final class Acquaintance implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Acquaintance.class);
    /** Connections at most that have not shown yet that they are the other director's. */
    private static final int MOST_UNPROVEN = 2;
    private static final long RETRY = TimeUnit.SECONDS.toNanos(1);
    private static final long RETRY_AFTER_LOSS = TimeUnit.MILLISECONDS.toNanos(200);
    /** What is wrong with a key takes a person to mend. */
    private static final long RETRY_AFTER_REFUSAL = TimeUnit.SECONDS.toNanos(10);

    private final StreamOptions.Address address;
    private final Peer peer;
    private final long incarnation;
    private final byte[] record = new byte[Channel.LONGEST];
    private final Deque<Link> unproven = new ArrayDeque<>();
    private @Nullable Link link;
    private long connectAt;
    private boolean blocked;
    private Instant since;
    private long sessions;
    private long bytesIn;
    private long bytesOut;
    private long refused;
    private String problem = "";
    private boolean wasInStep;

    Acquaintance(StreamOptions.Address address, Peer peer, long incarnation, Instant since, long now) {
        this.address = address;
        this.peer = peer;
        this.incarnation = incarnation;
        this.since = since;
        connectAt = now;
    }

    StreamOptions.Address address() {
        return address;
    }

    Peer peer() {
        return peer;
    }

    /** Whether it is time to connect to it. */
    boolean wantsConnection(long now) {
        return link == null && unproven.isEmpty() && now - connectAt >= 0;
    }

    /** It could not be reached. */
    void unreachable(long now, IOException why) {
        connectAt = now + RETRY;
        tell("cannot be reached: " + why.getMessage());
    }

    /** A connection with it has begun, by either side. @return one that has to make way for it, or null */
    @Nullable
    Link begun(Link begun) {
        unproven.addLast(begun);
        return unproven.size() > MOST_UNPROVEN ? unproven.removeFirst() : null;
    }

    /**
     * Bytes came, or there may be room again for what waits.
     *
     * @return a connection that is to be closed now, or null
     */
    @Nullable
    Link received(Link from, Instant time, long now) throws RefusedException {
        if (from == link) {
            blocked = !peer.receive(now);
            return null;
        }
        int length = from.channel().next(record);
        from.welcome(peer);
        if (length == 0) {
            return null;
        }
        Peer.Welcome welcome = Peer.Welcome.read(record, length);
        unproven.remove(from);
        Link before = link;
        if (before != null && keeps(before, from, welcome)) {
            return from;
        }
        if (before != null) {
            account(before);
        }
        link = from;
        since = time;
        sessions++;
        wasInStep = false;
        peer.begin(from.channel(), welcome, now);
        LOG.info("synchronising connections with {}{}", address, problem.isEmpty() ? "" : " again");
        problem = "";
        String misfit = peer.misfit(welcome);
        if (!misfit.isEmpty()) {
            LOG.warn("connections under FULLNAT of {} cannot all go on here: {}; lb-ctl status counts them", address,
                    misfit);
        }
        blocked = !peer.receive(now);
        return before;
    }

    /** Whether what it told waits for room. */
    boolean isBlocked() {
        return blocked;
    }

    /**
     * Where both connected, both keep the connection of the higher incarnation's making. One by the same side as the first
     * takes its place: that side knows that the first is dead.
     */
    private boolean keeps(Link before, Link other, Peer.Welcome welcome) {
        if (welcome.incarnation() != peer.otherIncarnation() || before.isInitiator() == other.isInitiator()) {
            return false;
        }
        boolean own = Long.compareUnsigned(incarnation, welcome.incarnation()) > 0;
        return before.isInitiator() == own;
    }

    /** Puts what there is to say behind what is to be sent. */
    void say(long now) {
        if (link != null) {
            peer.send(now);
            boolean inStep = peer.outgoing(now).isInStep() && peer.incoming(now).isInStep();
            if (inStep != wasInStep) {
                wasInStep = inStep;
                LOG.info("{} step with {}: it knows {}; told by it: {}", inStep ? "in" : "out of", address,
                        peer.outgoing(now), peer.incoming(now));
            }
        }
    }

    /** All connections with it. */
    List<Link> links() {
        List<Link> links = new ArrayList<>(unproven);
        if (link != null) {
            links.add(link);
        }
        return links;
    }

    @Nullable
    Link session() {
        return link;
    }

    /** Those that took too long. */
    @Nullable
    Link late(long now) {
        return unproven.stream().filter(one -> one.isLate(now)).findFirst().orElse(null);
    }

    /** A connection is over. */
    void over(Link over, String why, boolean wrong, Instant time, long now) {
        if (over == link) {
            account(over);
            link = null;
            blocked = false;
            peer.lost();
            since = time;
            connectAt = now + (wrong ? RETRY_AFTER_REFUSAL : RETRY_AFTER_LOSS);
        } else if (unproven.remove(over)) {
            connectAt = now + (wrong ? RETRY_AFTER_REFUSAL : RETRY);
        }
        if (wrong) {
            refused++;
        }
        if (link == null) {
            tell(why);
        }
    }

    private void account(Link over) {
        bytesIn += over.bytesIn();
        bytesOut += over.bytesOut();
    }

    /** The same thing once. */
    private void tell(String why) {
        if (!why.equals(problem)) {
            problem = why;
            LOG.warn("connections are not synchronised with {}: {}", address, why);
        }
    }

    Progress progress(long now) {
        Link session = link;
        return new Progress(address.address(), address.port(), session != null, since, peer.incoming(now),
                peer.outgoing(now), sessions, bytesIn + (session == null ? 0 : session.bytesIn()),
                bytesOut + (session == null ? 0 : session.bytesOut()), refused, problem);
    }

    @Override
    public void close() {
        peer.close();
    }
}
