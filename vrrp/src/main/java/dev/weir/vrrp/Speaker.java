package dev.weir.vrrp;

import dev.weir.conf.Configuration;
import dev.weir.conf.VirtualAddress;
import dev.weir.conf.VrrpInstance;
import dev.weir.sys.Poller;
import dev.weir.vrrp.address.Owner;
import dev.weir.vrrp.address.UndoLog;
import dev.weir.vrrp.announce.Announcer;
import dev.weir.vrrp.announce.ClaimWatch;
import dev.weir.vrrp.heartbeat.Heartbeats;
import dev.weir.vrrp.machine.Action;
import dev.weir.vrrp.machine.Event;
import dev.weir.vrrp.machine.Heartbeat;
import dev.weir.vrrp.machine.Machine;
import dev.weir.vrrp.machine.Standing;
import dev.weir.vrrp.machine.State;
import dev.weir.vrrp.packet.Advert;
import dev.weir.vrrp.tell.Notifier;
import dev.weir.vrrp.transport.Transport;
import dev.weir.wire.IpAddress;
import java.io.IOException;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The VRRP thread: hands to the state machine what happens, and carries out what it answers. All but {@link #command} and
 * {@link #stop} are that thread's own.
 */
final class Speaker implements Runnable, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Speaker.class);
    private static final long LONGEST_WAIT_NANOS = 1_000_000_000;

    /** Of version 2. */
    private static final long LONGEST_SKEW_NANOS = 1_000_000_000;
    /** For a new master to add and announce its addresses after its first advert. */
    private static final long SUCCESSION_NANOS = 100_000_000;

    private final Notifier notifier;
    private final Vrrp.Surroundings surroundings;
    private final Owner owner;
    private final Announcer announcer;
    private final Transport transport;
    private final ClaimWatch claims = new ClaimWatch();
    private final Heartbeats heartbeats = new Heartbeats();
    private final Poller poller;
    private final Queue<Runnable> commands = new ConcurrentLinkedQueue<>();
    private final Machine machine = new Machine();
    private final Adverts adverts;
    /** Of the thread that made it. */
    private @Nullable Lateness lateness;
    /** As they are to be, those that a reload takes away included until they have said farewell. */
    private final Map<String, VrrpInstance> instances = new LinkedHashMap<>();
    private List<VrrpInstance> configured = List.of();
    private boolean ownershipChanged;
    private final UndoLog undo;
    private long showedLifeAt = System.nanoTime();
    private volatile boolean stopping;

    Speaker(Notifier notifier, Vrrp.Surroundings surroundings) throws IOException {
        this.notifier = notifier;
        this.surroundings = surroundings;
        undo = surroundings.undo();
        owner = Owner.open(undo);
        announcer = new Announcer(owner, Configuration.of(List.of()));
        transport = new Transport();
        adverts = new Adverts(transport);
        poller = new Poller(transport.descriptor(), owner.descriptor(), claims.descriptor(), heartbeats.descriptor());
    }

    /** To be run by the VRRP thread, soon. Any thread. */
    void command(Runnable command) {
        commands.add(command);
        poller.wake();
    }

    /** Ends it in an orderly way, soon. Any thread. */
    void stop() {
        stopping = true;
        poller.wake();
    }

    @Override
    public void run() {
        Lateness watched = new Lateness();
        lateness = watched;
        while (!stopping) {
            try {
                turn(watched);
            } catch (IOException e) {
                LOG.error("what changed on the host is not known: {}", e.getMessage());
            }
            long now = System.nanoTime();
            long due = Math.min(machine.deadline(), Math.min(owner.deadline(), announcer.deadline(now)));
            // The machine's time may be anywhere; what is over gives no negative wait.
            poller.await(Math.clamp(due == Long.MAX_VALUE ? LONGEST_WAIT_NANOS : due - now, 0, LONGEST_WAIT_NANOS));
        }
        perform(machine.wake(System.nanoTime()));
        sayFarewell();
        perform(machine.on(new Event.Stopped(), System.nanoTime()));
    }

    /**
     * A master says that it goes, and answers for its addresses until the next one has announced them: so nobody notices the
     * skew time that the others let pass (RFC 9568 section 6.1), at most a second in version 2.
     */
    private void sayFarewell() {
        Set<String> leaving = new HashSet<>(owned());
        for (String name : leaving) {
            adverts.send(new Action.Send(name, 0), instances.get(name));
            heartbeats.resend(name, State.STOP);
        }
        // What else becomes readable, nobody takes in any more: it would end each wait at once, of a thread that runs before all others.
        poller.watch(transport.descriptor(), heartbeats.descriptor());
        long now = System.nanoTime();
        long until = leaving.isEmpty() ? now : now + longestSkew(leaving);
        while (now < until) {
            transport.receive(packet -> adverts.read(packet, instances.values(), machine).ifPresent(heard -> {
                if (heard instanceof Event.Heard(String name, _, Advert advert) && advert.priority() > 0
                        && leaving.remove(name)) {
                    giveWay(name);
                }
            }));
            heartbeats.receive(now, heard -> {
                if (heard instanceof Event.HeartbeatHeard(String name, _, Heartbeat heartbeat)
                        && heartbeat.state() == State.MASTER && leaving.remove(name)) {
                    giveWay(name);
                }
            });
            until = leaving.isEmpty() ? Math.min(until, now + SUCCESSION_NANOS) : until;
            poller.await(Math.min(until - now, SUCCESSION_NANOS));
            now = System.nanoTime();
        }
    }

    /**
     * Of two hosts with one virtual MAC address, switches send frames to the one that spoke last. That is the next master
     * once it has answered this last word, at which a master sends an advert (RFC 9568 section 6.4.3).
     */
    private void giveWay(String name) {
        VrrpInstance instance = instances.get(name);
        if (instance != null && instance.vmac() != null) {
            release(name);
            adverts.send(new Action.Send(name, 0), instance);
        }
    }

    private long longestSkew(Set<String> names) {
        return SUCCESSION_NANOS + instances.values().stream().filter(instance -> names.contains(instance.name()))
                .mapToLong(instance -> instance.version() == 2
                        ? LONGEST_SKEW_NANOS
                        : instance.advertInterval().toNanos())
                .max().orElse(0);
    }

    /** What has arrived comes before what is due: an advert that waits in its socket has come in time. */
    private void turn(Lateness watched) throws IOException {
        long now = System.nanoTime();
        long due = machine.deadline();
        perform(machine.wake(now));
        showLife(now);
        if (due <= now) {
            watched.acted(now - due, bearable()).ifPresent(LOG::warn);
        }
        transport.receive(packet -> adverts.read(packet, instances.values(), machine)
                .ifPresent(this::on));
        heartbeats.receive(now, this::on);
        for (Runnable command = commands.poll(); command != null; command = commands.poll()) {
            command.run();
        }
        follow(now);
        claims.hear(owner.interfaces(), (address, mac) -> owners(address)
                .forEach(name -> perform(machine.on(new Event.ConflictSeen(name, address, mac), System.nanoTime()))));
        // Not as early as all the rest: the process may have been stopped meanwhile.
        perform(machine.tick(System.nanoTime()));
        announcer.run(now);
        watched.sample(now);
    }

    /** Should this thread stand still until another node is master, the guardian takes the addresses off; {@link #turn} comes each second. */
    private void showLife(long now) {
        if (!configured.isEmpty() && now - showedLifeAt >= Machine.GUARD_INTERVAL) {
            showedLifeAt = now;
            showLife((int) TimeUnit.NANOSECONDS.toSeconds(machine.guardedPause()) + 1);
        }
    }

    private void showLife(int seconds) {
        try {
            undo.alive(seconds);
        } catch (IOException e) {
            LOG.debug("the guardian is not there any more: {}", e.getMessage());
        }
    }

    private void follow(long now) throws IOException {
        boolean changed = owner.follow(now);
        List<Event> events = owner.events();
        // An interface that went and was made anew at once is no event, and has another number.
        if (changed || !events.isEmpty()) {
            openSockets();
            events.forEach(this::on);
        }
        owner.restored().forEach(name -> announcer.announce(name, 1, now));
    }

    private List<String> owners(IpAddress address) {
        return configured.stream().filter(instance -> addresses(instance).anyMatch(address::equals))
                .map(VrrpInstance::name).filter(owner::owns).toList();
    }

    /** A quarter of the shortest advert_int, in nanoseconds. */
    private long bearable() {
        return configured.stream().mapToLong(instance -> instance.advertInterval().toNanos() / 4).min()
                .orElse(LONGEST_WAIT_NANOS);
    }

    /** Whatever came, it came by now: not as early as the turn began, in which this thread may have stood still. */
    void on(Event event) {
        if (event instanceof Event.SourceChanged(String instance, IpAddress source)) {
            adverts.from(instance, source);
        }
        perform(machine.on(event, System.nanoTime()));
    }

    /**
     * What goes says so while it still has its interfaces; then the host's half, so that new instances know of theirs when
     * they begin.
     */
    void configure(Configuration configuration) throws IOException {
        transport.hearAll(configuration.globals().logUnknownRouters());
        on(new Event.Leaving(configuration));
        configured = configuration.instances();
        taking(Set.of());
        owner.configure(configuration);
        announcer.configure(configuration);
        owner.events().forEach(this::on);
        on(new Event.Configured(configuration));
        instances.keySet().retainAll(configured.stream().map(VrrpInstance::name).toList());
        openSockets();
        tellForwarding();
    }

    private void openSockets() {
        transport.configure(instances.values(), owner.interfaces());
        heartbeats.configure(instances.values(), owner.interfaces());
    }

    /** All that come together are taken at once, before the first of them is put onto the host. */
    private void perform(List<Action> actions) {
        boolean taken = false;
        for (Action action : actions) {
            if (action instanceof Action.Own && !taken) {
                taken = true;
                taking(actions.stream().filter(Action.Own.class::isInstance).map(Action.Own.class::cast)
                        .map(Action.Own::instance).collect(Collectors.toSet()));
            }
            perform(action);
        }
        if (ownershipChanged) {
            ownershipChanged = false;
            tellForwarding();
        }
    }

    private void perform(Action action) {
        switch (action) {
            case Action.Send send when stopping -> LOG.debug("{} was said", send);
            case Action.Send send -> adverts.send(send, instances.get(send.instance()));
            case Action.Configure(VrrpInstance instance) -> {
                instances.put(instance.name(), instance);
                openSockets();
            }
            case Action.Forget(String instance) -> {
                instances.remove(instance);
                adverts.forget(instance);
            }
            case Action.Own(String instance) -> {
                owner.own(instance);
                announcer.begin(instance, System.nanoTime());
                ownershipChanged = true;
            }
            case Action.Release(String instance) -> release(instance);
            case Action.Announce(String instance, int times) -> announcer.announce(instance, times, System.nanoTime());
            case Action.Notify notify -> {
                adverts.entered(notify);
                if (notify.subject() == Action.Subject.INSTANCE) {
                    surroundings.forwarding().entered(notify.name(), notify.state());
                }
                notifier.tell(notify);
            }
            case Action.NotifyLowerPriority notify -> notifier.tell(notify);
            case Action.NotifyPriority notify -> notifier.tell(notify);
            case Action.SplitBrain split -> notifier.tell(split);
            case Action.Beat beat when stopping -> LOG.debug("{} was said", beat);
            case Action.Beat(String instance, Heartbeat heartbeat) -> heartbeats.send(instance, heartbeat);
            case Action.Tell tell -> {
                String text = tell.instance() == null ? tell.text() : "(" + tell.instance() + ") " + tell.text();
                switch (tell.level()) {
                    case INFO -> LOG.info(text);
                    case WARNING -> LOG.warn(text);
                    case ALERT -> LOG.error(text);
                }
            }
        }

    }

    private void release(String instance) {
        announcer.end(instance);
        ownershipChanged = true;
        if (!stopping || !surroundings.keepAddresses()) {
            owner.release(instance);
        }
    }

    /** @param coming instances that are about to own their addresses */
    private void taking(Set<String> coming) {
        surroundings.forwarding().taking(virtual(), ofInstances(name -> coming.contains(name) || owner.owns(name)));
    }

    private void tellForwarding() {
        surroundings.forwarding().changed(virtual(), ofInstances(owner::owns));
    }

    private Set<IpAddress> virtual() {
        return ofInstances(_ -> true);
    }

    private Set<IpAddress> ofInstances(Predicate<String> which) {
        return configured.stream().filter(instance -> which.test(instance.name())).flatMap(Speaker::addresses)
                .collect(Collectors.toUnmodifiableSet());
    }

    private static Stream<IpAddress> addresses(VrrpInstance instance) {
        return Stream.concat(instance.addresses().stream(), instance.excluded().stream()).map(VirtualAddress::address);
    }

    String statistics() {
        return adverts.statistics();
    }

    List<Standing> standings() {
        return machine.standings(System.nanoTime());
    }

    String data() {
        return Report.data(machine.standings(System.nanoTime()), instances, Set.copyOf(owned()),
                lateness == null ? "" : lateness.text());
    }

    private List<String> owned() {
        return instances.keySet().stream().filter(owner::owns).toList();
    }

    /** When the thread has ended. */
    @Override
    public void close() {
        showLife(0);
        poller.close();
        transport.close();
        claims.close();
        heartbeats.close();
        announcer.close();
        if (surroundings.keepAddresses()) {
            owner.leave();
        } else {
            owner.close();
        }
    }
}
