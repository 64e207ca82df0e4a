package dev.weir.bfd;

import dev.weir.bfd.Reading.Flaw;
import dev.weir.bfd.Reading.Invalid;
import dev.weir.bfd.Reading.Valid;
import dev.weir.conf.BfdInstance;
import dev.weir.wire.IpAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToIntFunction;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** All sessions of this host, by what packets name them with. Pure; belongs to one thread. */
final class Sessions {
    private final RandomGenerator random;
    private final ToIntFunction<String> indices;
    private final Map<String, Session> sessions = new LinkedHashMap<>();
    private final Map<Flaw, Long> flaws = new EnumMap<>(Flaw.class);

    /**
     * A datagram as it came.
     *
     * @param index   of the interface that it came by
     * @param hops    time to live, or hop limit; -1 where it is not known
     * @param reading of its bytes
     */
    record Arrival(IpAddress from, IpAddress to, int index, int hops, Reading reading) {
    }

    /**
     * @param random  of discriminators and pauses
     * @param indices of interfaces, by their names as they are now
     */
    Sessions(RandomGenerator random, ToIntFunction<String> indices) {
        this.random = random;
        this.indices = indices;
    }

    /** What is the same session goes on; one that goes says so to its neighbour. */
    List<Action> configure(Collection<BfdInstance> wanted, long now) {
        List<Action> actions = new ArrayList<>();
        Map<String, Session> before = new LinkedHashMap<>(sessions);
        sessions.clear();
        for (BfdInstance conf : wanted) {
            Session present = before.get(conf.name());
            if (present != null && present.conf().isSameSession(conf)) {
                before.remove(conf.name());
                sessions.put(conf.name(), present);
                actions.addAll(present.configure(conf, now));
            }
        }
        before.values().forEach(gone -> actions.addAll(gone.retire()));
        for (BfdInstance conf : wanted) {
            if (!sessions.containsKey(conf.name())) {
                Session fresh = new Session(conf, discriminator(), random);
                sessions.put(conf.name(), fresh);
                actions.addAll(fresh.begin(now));
            }
        }
        return actions;
    }

    /** Nonzero and unique on this host (RFC 5880 section 6.8.1), and hard to guess for who would spoof a packet. */
    private int discriminator() {
        Set<Integer> taken = new HashSet<>(Set.of(0));
        sessions.values().forEach(session -> taken.add(session.discriminator()));
        int drawn = random.nextInt();
        while (taken.contains(drawn)) {
            drawn = random.nextInt();
        }
        return drawn;
    }

    List<Action> receive(Arrival arrival, long now) {
        return switch (arrival.reading()) {
            case Invalid(Flaw flaw) -> dropped(flaw);
            case Valid(ControlPacket packet) -> receive(arrival, packet, now);
        };
    }

    private List<Action> receive(Arrival arrival, ControlPacket packet, long now) {
        Session session = packet.yours() == 0 ? between(arrival) : of(packet.yours());
        if (session == null) {
            return dropped(Flaw.SESSION);
        }
        BfdInstance conf = session.conf();
        boolean far = conf.maxHops() != BfdInstance.ANY_HOPS && arrival.hops() + conf.maxHops() < conf.ttl();
        return far ? dropped(Flaw.HOPS) : session.receive(packet, now);
    }

    private @Nullable Session of(int discriminator) {
        return sessions.values().stream().filter(session -> session.discriminator() == discriminator).findFirst()
                .orElse(null);
    }

    private @Nullable Session between(Arrival arrival) {
        return sessions.values().stream().filter(session -> session.conf().neighbour().equals(arrival.from()))
                .filter(session -> session.conf().source() == null || arrival.to().equals(session.conf().source()))
                .filter(session -> cameBy(session.conf().device(), arrival.index())).findFirst().orElse(null);
    }

    private boolean cameBy(@Nullable String device, int index) {
        return device == null || indices.applyAsInt(device) == index;
    }

    private List<Action> dropped(Flaw flaw) {
        flaws.merge(flaw, 1L, Long::sum);
        return List.of();
    }

    List<Action> wake(long now) {
        List<Action> actions = new ArrayList<>();
        sessions.values().forEach(session -> actions.addAll(session.wake(now)));
        return actions;
    }

    long deadline() {
        return sessions.values().stream().mapToLong(Session::deadline).min().orElse(Session.NEVER);
    }

    /** The daemon ends. */
    List<Action> end() {
        List<Action> actions = new ArrayList<>();
        sessions.values().forEach(session -> actions.addAll(session.leave()));
        sessions.clear();
        return actions;
    }

    List<Session.Standing> standings() {
        return sessions.values().stream().map(Session::standing).toList();
    }

    /** How many packets counted for nothing, and why. */
    Map<Flaw, Long> flaws() {
        return Map.copyOf(flaws);
    }
}
