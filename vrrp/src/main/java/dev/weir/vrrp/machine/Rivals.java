package dev.weir.vrrp.machine;

import dev.weir.vrrp.machine.Action.Level;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * Others that are master of the same addresses while this node is, or would be: who, since when, and how it is known. Told of
 * when it lasts, and when it is over; not with each packet.
 */
final class Rivals {
    /** A second master that hears this one is gone after an advert or two; after that long something is wrong. */
    private static final long LASTING = 10 * Timing.SECOND;
    /** One that yields has claimed an address once; one that stays does so again (garp_master_delay). */
    private static final long CLAIMING = 2 * Timing.SECOND;
    private static final long REMINDER = 600 * Timing.SECOND;
    /** Who was not seen for so long is none any more; ARP is seldom. */
    private static final long GONE = 120 * Timing.SECOND;

    /** How another master is known of. */
    enum Sight {
        ADVERT, CLAIM, HEARTBEAT
    }

    /**
     * One that is seen now.
     *
     * @param first   what is told at first sight, or ""
     * @param alert   what is told where it lasts, made of how long it has
     * @param cause   what is probably wrong
     * @param lasting after how long it is told of
     * @param gone    after how long without another sight it is over
     */
    record Seen(Sight sight, String who, String first, UnaryOperator<String> alert, String cause, long lasting,
            long gone) {
        static Seen byAdvert(String who, String first) {
            return new Seen(Sight.ADVERT, who, first, time -> twoMasters(who, time),
                    "it does not hear this node's adverts, or does not accept them: look there for a firewall that drops"
                            + " VRRP (protocol 112, multicast 224.0.0.18 or ff02::12), a network that passes no"
                            + " multicast, another auth_pass, version, advert_int or checksum form",
                    LASTING, GONE);
        }

        static Seen byClaim(String who, String first) {
            return new Seen(Sight.CLAIM, who, first, time -> twoMasters(who, time),
                    "it does as if the address was its own, and none of its adverts arrives: look for a firewall that"
                            + " drops VRRP (protocol 112), a network that passes no multicast, another virtual_router_id,"
                            + " auth_pass, version or advert_int, or a host with the address set by hand",
                    CLAIMING, GONE);
        }

        static String twoMasters(String who, String time) {
            return "two masters, this node and " + who + ", for " + time;
        }
    }

    /** Who is told. */
    interface Listener {
        void tell(Level level, String text);

        /** The first that lasts, or the end of the last. */
        void split(boolean begun, String who, String cause);
    }

    private static final class Rival {
        final long since;
        Seen last;
        long seen;
        long remindAt;
        boolean lasts;

        Rival(Seen first, long now) {
            last = first;
            since = now;
            remindAt = now + first.lasting();
        }
    }

    private record Key(Sight sight, String who) {
    }

    private final Listener listener;
    private final Map<Key, Rival> rivals = new LinkedHashMap<>();

    Rivals(Listener listener) {
        this.listener = listener;
    }

    void see(Seen seen, long now) {
        Rival rival = rivals.get(new Key(seen.sight(), seen.who()));
        if (rival == null) {
            rival = new Rival(seen, now);
            rivals.put(new Key(seen.sight(), seen.who()), rival);
            if (!seen.first().isEmpty()) {
                listener.tell(Level.WARNING, seen.first());
            }
        }
        rival.last = seen;
        rival.seen = now;
        if (rival.remindAt <= now) {
            rival.remindAt = now + REMINDER;
            listener.tell(Level.ALERT, seen.alert().apply(Timing.seconds(now - rival.since)) + ": " + seen.cause());
            boolean known = isSplit();
            rival.lasts = true;
            if (!known) {
                listener.split(true, seen.who(), seen.cause());
            }
        }
    }

    private boolean isSplit() {
        return rivals.values().stream().anyMatch(rival -> rival.lasts);
    }

    /** How long that one has been seen, without being gone in between; 0: it is not. */
    long since(Sight sight, String who, long now) {
        Rival rival = rivals.get(new Key(sight, who));
        return rival == null ? 0 : now - rival.since;
    }

    /** Those that last, for status. */
    List<String> standing(long now) {
        List<String> standing = new ArrayList<>();
        rivals.values().stream().filter(rival -> rival.lasts).forEach(rival -> standing.add(rival.last.who()
                + " is master, too, for " + Timing.seconds(now - rival.since) + ": " + rival.last.cause()));
        return standing;
    }

    long deadline() {
        return rivals.values().stream().mapToLong(rival -> rival.seen + rival.last.gone()).min().orElse(Timing.NEVER);
    }

    void expire(long now) {
        end(rival -> rival.seen + rival.last.gone() <= now, now);
    }

    /** That one says that it is no master any more, or is heard as it should be. */
    void gone(Sight sight, String who, long now) {
        Rival rival = rivals.get(new Key(sight, who));
        if (rival != null) {
            end(each -> each == rival, now);
        }
    }

    /** This node is no master any more. */
    void forget() {
        boolean split = isSplit();
        rivals.clear();
        if (split) {
            listener.split(false, "", "");
        }
    }

    /** The same, but it goes on to hear them on the second path. */
    void forgetButHeartbeats() {
        if (rivals.keySet().stream().allMatch(key -> key.sight() != Sight.HEARTBEAT)) {
            forget();
        } else {
            rivals.keySet().removeIf(key -> key.sight() != Sight.HEARTBEAT);
        }
    }

    private void end(Predicate<Rival> over, long now) {
        boolean split = isSplit();
        String last = "";
        for (Iterator<Rival> all = rivals.values().iterator(); all.hasNext();) {
            Rival rival = all.next();
            if (over.test(rival)) {
                all.remove();
                last = rival.last.who();
                if (rival.lasts || !rival.last.first().isEmpty()) {
                    listener.tell(Level.INFO, last + " is master no more: seen from "
                            + Timing.seconds(now - rival.since) + " ago for "
                            + Timing.seconds(rival.seen - rival.since));
                }
            }
        }
        if (split && !isSplit()) {
            listener.split(false, last, "");
        }
    }
}
