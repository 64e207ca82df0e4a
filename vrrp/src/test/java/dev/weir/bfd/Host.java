package dev.weir.bfd;

import dev.weir.bfd.Sessions.Arrival;
import dev.weir.conf.BfdInstance;
import dev.weir.vrrp.Configurations;
import dev.weir.wire.IpAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;

/** A host of a simulated link: what its sessions send arrives at the other within the same microsecond. */
final class Host {
    final IpAddress address;
    final List<String> told = new ArrayList<>();
    final Deque<Arrival> wire = new ArrayDeque<>();
    final Sessions sessions;
    private int hops = 255;
    private boolean dead;

    Host(String address, int seed) {
        this.address = IpAddress.parse(address);
        sessions = new Sessions(new Random(seed), Host::index);
    }

    /** eth0 is 1, eth1 2. */
    private static int index(String device) {
        return device.charAt(3) - '0' + 1;
    }

    void configure(String file, long now) {
        perform(sessions.configure(Configurations.read(file).bfds(), now));
    }

    void perform(List<Action> actions) {
        for (Action action : actions) {
            if (action instanceof Action.Tell(String session, boolean up)) {
                told.add(session + (up ? " up" : " down"));
            } else if (action instanceof Action.Send(BfdInstance session, ControlPacket packet) && !dead) {
                wire.add(new Arrival(session.source() == null ? address : session.source(), session.neighbour(),
                        1, Math.min(hops, session.ttl()), ControlPacket.read(packet.write())));
            }
        }
    }

    /** What it sends arrives with so many of 255 hops left. */
    void farAway(int left) {
        hops = left;
    }

    void die() {
        dead = true;
    }

    SessionState state(String session) {
        return standing(session).state();
    }

    Session.Standing standing(String session) {
        return sessions.standings().stream().filter(standing -> standing.conf().name().equals(session)).findFirst()
                .orElseThrow();
    }

    /** Runs both, from a time to another. */
    static void run(Host one, Host other, long from, long to) {
        long now = from;
        while (now <= to) {
            while (!one.wire.isEmpty() || !other.wire.isEmpty()) {
                carry(one, other, now);
                carry(other, one, now);
            }
            one.perform(one.sessions.wake(now));
            other.perform(other.sessions.wake(now));
            if (one.wire.isEmpty() && other.wire.isEmpty()) {
                now = Math.max(now + 1000, Math.min(one.sessions.deadline(), other.sessions.deadline()));
            }
        }
    }

    private static void carry(Host from, Host to, long now) {
        for (Arrival arrival = from.wire.poll(); arrival != null; arrival = from.wire.poll()) {
            if (!to.dead && arrival.to().equals(to.address)) {
                to.perform(to.sessions.receive(arrival, now));
            }
        }
    }
}
