package dev.weir.vrrp.heartbeat;

import java.util.HashSet;
import java.util.Set;

/**
 * What is known of one peer's sessions, so that a recording of it counts for nothing: a datagram counts when it echoes this
 * node's own session, which it can only have from this node, and its sequence goes on. Pure.
 */
final class Acquaintance {
    private final long own;
    private final Set<Long> former = new HashSet<>();
    /** The session that counts now, or 0. */
    private long session;
    private long sequence;
    private long heardAt;
    /** One that is heard and does not echo this node's yet, or 0. */
    private long claimed;

    /** What is to be done about a datagram. */
    enum Verdict {
        /** It is taken. */
        FRESH,
        /** The peer is to be told of this node's session, at once: then it can echo it. */
        ANSWER,
        /** Nothing. */
        IGNORED
    }

    Acquaintance(long own) {
        this.own = own;
    }

    /** What this node echoes; 0: nothing. */
    long echo() {
        return claimed != 0 ? claimed : session;
    }

    /** @param patience how long the peer's present session is believed to go on though it is silent */
    Verdict hear(Datagram datagram, long patience, long now) {
        if (former.contains(datagram.session())) {
            return Verdict.IGNORED;
        }
        if (datagram.echo() == own) {
            return take(datagram, now);
        }
        boolean begins = datagram.session() != session && datagram.session() != claimed
                && (session == 0 || now - heardAt > patience);
        boolean lost = datagram.session() == session && datagram.sequence() > sequence;
        if (begins) {
            claimed = datagram.session();
        }
        return begins || lost ? Verdict.ANSWER : Verdict.IGNORED;
    }

    private Verdict take(Datagram datagram, long now) {
        if (datagram.session() == session) {
            if (datagram.sequence() <= sequence) {
                return Verdict.IGNORED;
            }
        } else if (session != 0) {
            former.add(session);
        }
        claimed = 0;
        session = datagram.session();
        sequence = datagram.sequence();
        heardAt = now;
        return Verdict.FRESH;
    }
}
