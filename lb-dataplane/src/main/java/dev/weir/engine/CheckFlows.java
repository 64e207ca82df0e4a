package dev.weir.engine;

import dev.weir.wire.IpAddress;
import dev.weir.wire.Packet;
import dev.weir.wire.Transport;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The connections of health checks: each is found by what its checker sends, and by the director's end that the server answers. */
final class CheckFlows {
    static final int CHECKER_ENDED = 1;
    static final int SERVER_ENDED = 2;

    private final Map<Asked, Flow> byChecker = new HashMap<>();
    private final Map<End, Flow> byOwn = new HashMap<>();
    private final CheckEnds ends;

    /** One end of a connection. */
    record End(int protocol, IpAddress address, int port) {
    }

    private record Asked(End checker, IpAddress standIn, int port) {
    }

    /** One connection, or datagrams between two ends. */
    static final class Flow {
        private final CheckWay way;
        private final Asked asked;
        private final End own;
        private boolean answered;
        private int ended;
        private long expires;

        private Flow(CheckWay way, Asked asked, End own) {
            this.way = way;
            this.asked = asked;
            this.own = own;
        }

        CheckWay way() {
            return way;
        }

        End checker() {
            return asked.checker();
        }

        /** The port that the checker sends to. */
        int askedPort() {
            return asked.port();
        }

        End own() {
            return own;
        }

        void ended(int sides) {
            ended |= sides;
        }

        void answered() {
            answered = true;
        }

        /** The server answers, and the checker listens. */
        boolean isPending() {
            return answered && (ended & CHECKER_ENDED) == 0;
        }

        boolean isOver() {
            return ended == (CHECKER_ENDED | SERVER_ENDED);
        }

        void expires(long at) {
            expires = at;
        }
    }

    CheckFlows(CheckEnds ends) {
        this.ends = ends;
    }

    /** That of a packet from its checker; one that begins anew after the end is none. */
    @Nullable
    Flow ofChecker(Packet packet) {
        Asked asked = asked(packet);
        Flow flow = byChecker.get(asked);
        if (flow != null && flow.isOver() && (packet.tcpFlags() & Transport.SYN) != 0) {
            byChecker.remove(asked, flow);
            return null;
        }
        return flow;
    }

    @Nullable
    Flow ofServer(int protocol, long high, long low, int port) {
        return byOwn.get(new End(protocol, new IpAddress(high, low), port));
    }

    /** Null where the director's address has no port for it. */
    @Nullable
    Flow begin(Packet packet, CheckWay way, IpAddress own, long now) {
        int port = ends.take(packet.protocol(), own, now);
        if (port == CheckEnds.NONE) {
            return null;
        }
        Flow flow = new Flow(way, asked(packet), new End(packet.protocol(), own, port));
        byChecker.put(flow.asked, flow);
        byOwn.put(flow.own, flow);
        return flow;
    }

    private static Asked asked(Packet packet) {
        return new Asked(
                new End(packet.protocol(), new IpAddress(packet.sourceHigh(), packet.sourceLow()), packet.sourcePort()),
                new IpAddress(packet.destinationHigh(), packet.destinationLow()), packet.destinationPort());
    }

    /** Forgets those of which nothing more is to come, and those of ways that are not open any more. */
    void expire(long now, Predicate<CheckWay> open) {
        for (Iterator<Flow> all = byOwn.values().iterator(); all.hasNext();) {
            Flow flow = all.next();
            if (now - flow.expires >= 0 || !open.test(flow.way)) {
                all.remove();
                byChecker.remove(flow.asked, flow);
                ends.give(flow.own, now);
            }
        }
    }
}
