package dev.weir.vrrp.machine;

import dev.weir.vrrp.machine.Action.Level;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * Others that are master of the same addresses while this node is: who, since when, and how it is known. Told of at the
 * first sight, when it lasts, and when it is over; not with each packet.
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
        ADVERT(" does not hear this node's adverts, or does not accept them: look there for a firewall that drops VRRP"
                + " (protocol 112, multicast 224.0.0.18 or ff02::12), a network that passes no multicast, another"
                + " auth_pass, version, advert_int or checksum form"), ARP(
                        " does as if the address was its own, and none of its adverts arrives: look for a firewall that drops VRRP"
                                + " (protocol 112), a network that passes no multicast, another virtual_router_id, auth_pass, version"
                                + " or advert_int, or a host with the address set by hand"), HEARTBEAT(
                                        " is heard on the second path only: look for what drops VRRP (protocol 112) between the two on"
                                                + " the first, or another virtual_router_id, auth_pass, version or advert_int");

        private final String cause;

        Sight(String cause) {
            this.cause = cause;
        }
    }

    private static final class Rival {
        final Sight sight;
        final long since;
        long seen;
        long remindAt;

        Rival(Sight sight, long now) {
            this.sight = sight;
            since = now;
            remindAt = now + switch (sight) {
                case ADVERT -> LASTING;
                case ARP -> CLAIMING;
                case HEARTBEAT -> 0;
            };
        }
    }

    private final BiConsumer<Level, String> log;
    private final Map<String, Rival> rivals = new LinkedHashMap<>();

    Rivals(BiConsumer<Level, String> log) {
        this.log = log;
    }

    /** @param text what is seen, for the first time it is */
    void see(Sight sight, String who, String text, long now) {
        Rival rival = rivals.get(who);
        if (rival == null || rival.sight != sight) {
            rival = new Rival(sight, now);
            rivals.put(who, rival);
            log.accept(sight == Sight.HEARTBEAT ? Level.ALERT : Level.WARNING, text);
        }
        rival.seen = now;
        if (rival.remindAt <= now) {
            rival.remindAt = now + REMINDER;
            log.accept(Level.ALERT, "two masters, this node and " + who + ", for " + Timing.seconds(now - rival.since)
                    + ": it" + rival.sight.cause);
        }
    }

    long deadline() {
        return rivals.values().stream().mapToLong(rival -> rival.seen + GONE).min().orElse(Timing.NEVER);
    }

    void expire(long now) {
        for (Iterator<Map.Entry<String, Rival>> all = rivals.entrySet().iterator(); all.hasNext();) {
            Map.Entry<String, Rival> entry = all.next();
            Rival rival = entry.getValue();
            if (rival.seen + GONE <= now) {
                all.remove();
                log.accept(Level.INFO, entry.getKey() + " is master no more: seen from "
                        + Timing.seconds(now - rival.since) + " ago for " + Timing.seconds(rival.seen - rival.since));
            }
        }
    }

    /** This node is no master any more. */
    void forget() {
        rivals.clear();
    }
}
