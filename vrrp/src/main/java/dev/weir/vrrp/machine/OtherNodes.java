package dev.weir.vrrp.machine;

import dev.weir.conf.SplitBrain;
import dev.weir.vrrp.machine.Action.Level;
import dev.weir.vrrp.machine.Rivals.Seen;
import dev.weir.vrrp.machine.Rivals.Sight;
import dev.weir.vrrp.packet.Advert;
import dev.weir.wire.IpAddress;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a virtual router makes of other nodes that are master, too, and what it tells them: by adverts while it is master (RFC 9568
 * section 6.4.3), by who else claims its addresses, and on the second path.
 */
final class OtherNodes {
    private static final long OWN_ADDRESS_REMINDER = 600 * Timing.SECOND;

    private final VirtualRouter router;
    private final MasterWatch watch;
    private final Conditions conditions;
    private final Consumer<Action> out;
    private final SecondPath second;
    private final Rivals rivals;
    private long ownAddressToldAt = Long.MIN_VALUE;

    OtherNodes(VirtualRouter router, MasterWatch watch, Conditions conditions, Consumer<Action> out) {
        this.router = router;
        this.watch = watch;
        this.conditions = conditions;
        this.out = out;
        second = new SecondPath(router.instance().splitBrain());
        rivals = new Rivals(new Rivals.Listener() {
            @Override
            public void tell(Level level, String text) {
                router.tell(level, text);
            }

            @Override
            public void split(boolean begun, String who, String cause) {
                out.accept(new Action.SplitBrain(router.name(), begun, router.priority(), who, cause));
            }
        });
    }

    void configure(SplitBrain changed, long now) {
        second.configure(changed, now);
    }

    /** This node has entered another state. */
    void forget() {
        if (second.releases()) {
            rivals.forgetButHeartbeats();
        } else {
            rivals.forget();
        }
    }

    /** Those that have been master beside it for long, for status. */
    List<String> standing(long now) {
        return rivals.standing(now);
    }

    long deadline() {
        return Math.min(second.deadline(), rivals.deadline());
    }

    void expire(long now) {
        if (second.deadline() <= now) {
            beat(now);
        }
        rivals.expire(now);
    }

    /** Speaks on the second path; at once where the state changes. */
    void beat(long now) {
        Heartbeat heartbeat = second.heartbeat(router.instance(), router.state(), router.priority(), router.age(now),
                source(), reachesArbiter());
        if (heartbeat != null) {
            out.accept(new Action.Beat(router.name(), heartbeat));
        }
        second.spoken(now);
    }

    /** Says there what the last state is, and falls silent. */
    void bidFarewell() {
        beat(0);
        second.stop();
    }

    private @Nullable IpAddress source() {
        return conditions.source(router.name());
    }

    private boolean reachesArbiter() {
        return conditions.reachesArbiter(router.instance());
    }

    // Adverts, while this node is master.

    void hearAsMaster(IpAddress sender, Advert advert, long now) {
        if (advert.priority() == 0) {
            router.advertise();
            return;
        }
        if (router.isOwner() && router.instance().ownerIgnoresAdverts()) {
            return;
        }
        IpAddress source = source();
        int order = source == null ? 0 : sender.compareTo(source);
        int difference = advert.priority() - router.priority();
        if (difference == 0 && order == 0) {
            hearOwnAddress(sender, now);
        } else if (router.stoodStill(now)) {
            router.stepDown(sender + " is master", now);
            router.hear(sender, advert, now);
        } else if (difference > 0 || difference == 0 && order > 0) {
            yieldTo(sender, advert, now);
        } else {
            insist(sender, advert, now);
        }
    }

    private void hearOwnAddress(IpAddress sender, long now) {
        if (ownAddressToldAt + OWN_ADDRESS_REMINDER <= now) {
            ownAddressToldAt = now;
            router.tell(Level.WARNING, "advert with this node's own address " + sender + " and priority "
                    + router.priority() + ": another host has the same address, or this network sends packets back");
        }
    }

    private void yieldTo(IpAddress sender, Advert advert, long now) {
        if (router.instance().higherPrioSendAdvert()) {
            router.advertise();
        }
        String why = advert.priority() > router.priority()
                ? sender + " has the higher priority " + advert.priority() + ", here " + router.priority()
                : sender + " has the same priority " + advert.priority() + " and the higher address";
        if (router.isOwner()) {
            router.tell(Level.ALERT, "configuration error: " + sender + " has priority 255 (address owner), too; here"
                    + " it is 254 until that is mended");
            router.ownNoMore(now);
        }
        router.becomeBackup(why, advert, now);
        watch.remember(sender, advert, now);
        router.takeGroupToBackup(now);
    }

    /** An advert at once, so that switches learn again where the address is. */
    private void insist(IpAddress sender, Advert advert, long now) {
        rivals.see(Seen.byAdvert(sender.toString(),
                sender + " is master, too, with " + (advert.priority() < router.priority()
                        ? "lower priority " + advert.priority() + " (here " + router.priority() + ")"
                        : "the same priority and the lower address") + ": this node stays master"),
                now);
        if (!router.instance().lowerPrioNoAdvert()) {
            router.advertise();
        }
        router.announceAgainWithGroup(now);
        out.accept(new Action.NotifyLowerPriority(router.name(), router.priority()));
    }

    // What is seen without them.

    /** Another host answers for an address of this master, by ARP or neighbour discovery. */
    void seeConflict(IpAddress address, String mac, long now) {
        if (router.state() == State.MASTER) {
            rivals.see(Seen.byClaim("the host with MAC address " + mac, "split brain: " + address
                    + ", which is this master's, is announced by the host with MAC address " + mac), now);
        }
    }

    /** An advert came that did not count. */
    void rejected(IpAddress sender, String why, long now) {
        second.reject(sender, why, now);
    }

    /** Another node speaks on the second path. */
    void hearHeartbeat(IpAddress sender, Heartbeat heartbeat, long now) {
        Heartbeat before = second.hear(sender, heartbeat);
        if (heartbeat.state() != State.MASTER) {
            if (before != null) {
                isMasterNoMore(before, now);
            }
        } else if (router.state() == State.MASTER) {
            meet(heartbeat, now);
        } else if (router.state() == State.BACKUP && second.releases()) {
            leaveMaster(heartbeat, now);
        }
    }

    private void isMasterNoMore(Heartbeat before, long now) {
        if (rivals.since(Sight.HEARTBEAT, before.router().toString(), now) > 0) {
            // Neighbours may have learned that one's MAC address since.
            router.announceAgain(now);
        }
        rivals.gone(Sight.HEARTBEAT, before.router().toString(), now);
        watch.release(before.router(), now);
    }

    /** Two masters: that lasts a moment while one takes over from the other. */
    private void meet(Heartbeat other, long now) {
        Seen seen = second.seen(router.instance(), other, false, now);
        rivals.see(seen, now);
        String why = weaker(other);
        if (second.releases() && why != null && rivals.since(Sight.HEARTBEAT, seen.who(), now) >= seen.lasting()) {
            router.becomeBackup(
                    "it gives its addresses up to " + other.router() + ", which is heard on the second path: " + why,
                    now);
            leaveMaster(other, now);
            router.takeGroupToBackup(now);
        }
    }

    /**
     * Why this one of two masters loses, or null where it wins. Both ask the same of the same, so that one of them does: who
     * reaches the arbiter wins; then the higher priority; then the higher address, as in RFC 9568 section 6.4.3.
     */
    private @Nullable String weaker(Heartbeat other) {
        int priority = router.priority();
        if (other.arbiter() != reachesArbiter()) {
            return other.arbiter() ? "it reaches the arbiter, and this node does not" : null;
        }
        if (other.priority() != priority) {
            return other.priority() > priority
                    ? "it has the higher priority " + other.priority() + ", here " + priority
                    : null;
        }
        IpAddress source = source();
        return source != null && other.router().compareTo(source) > 0
                ? "it has the same priority " + priority + " and the higher address"
                : null;
    }

    /** A backup hears a master on the second path: to take over from it would make two. */
    private void leaveMaster(Heartbeat master, long now) {
        boolean reached = reachesArbiter();
        boolean held = (master.arbiter() || !reached) && watch.hold(master.router(), master.priority(),
                master.arbiter() != reached, master.lasting(), now);
        if (held) {
            router.wishNoMore();
        }
        if (held && watch.isSilent(now)) {
            rivals.see(second.seen(router.instance(), master, true, now), now);
        } else if (!watch.isSilent(now)) {
            rivals.gone(Sight.HEARTBEAT, master.router().toString(), now);
        }
    }
}
