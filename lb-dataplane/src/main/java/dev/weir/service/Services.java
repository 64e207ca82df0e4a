package dev.weir.service;

import dev.weir.scheduler.Scheduler;
import dev.weir.scheduler.SchedulerContext;
import dev.weir.scheduler.Schedulers;
import dev.weir.service.ServiceException.Problem;
import dev.weir.wire.IpAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The services, as the control thread changes them. Each change gives a new {@link ServiceTable}; workers read the
 * newest. Methods are synchronized among control threads only: no worker ever waits here.
 */
public final class Services {
    private volatile ServiceTable current = ServiceTable.EMPTY;
    private volatile int deletions;
    private final SchedulerContext schedulers = new SchedulerContext(
            bound -> ThreadLocalRandom.current().nextLong(bound));
    private final Counters total;
    private volatile @Nullable RealServer[] serversById = new @Nullable RealServer[64];
    private final List<Consumer<ServiceTable>> listeners = new ArrayList<>();
    /** Intervals of measuring that a removed server to which no connection leads is remembered: two minutes, as in IPVS. */
    private static final int REMEMBERED = 120 / Counters.RATE_INTERVAL_SECONDS;
    /** Servers that connections still lead to, or led to lately; one added again is the same, and counts on. */
    private final Map<Place, RealServer> removed = new HashMap<>();

    /** Numbers of servers that {@link #serversById} shall not give to others. */
    private final BitSet taken = new BitSet();

    /** What changes have done that must all become visible together; null while nothing is changed. */
    private @Nullable Changes together;

    record Place(ServiceKey service, IpAddress address, int port) {
    }

    /** Several changes; ends with an exception where they cannot all be made. */
    @FunctionalInterface
    public interface Work<X extends Exception> {
        void run() throws X;
    }

    /** For one worker. */
    public Services() {
        this(1);
    }

    /** @param workers how many threads will count */
    public Services(int workers) {
        total = new Counters(workers);
    }

    /** How many threads count. */
    public int workers() {
        return total.workers();
    }

    /** Changes whenever servers have been deleted, by themselves or with their service. Workers read it with each burst. */
    public int deletions() {
        return deletions;
    }

    /** The newest state. */
    public ServiceTable current() {
        return current;
    }

    /** The settings that schedulers share. */
    public SchedulerContext schedulers() {
        return schedulers;
    }

    /** The servers by their numbers, removed ones included while connections lead to them: all that {@link #current} has, and more. */
    public @Nullable RealServer[] servers() {
        return serversById;
    }

    /** What all services together count. */
    public Counters total() {
        return total;
    }

    /** The server with that number, removed ones included while connections lead to it. */
    public @Nullable RealServer server(int id) {
        return serversById[id];
    }

    /**
     * Calls {@code listener} in the changing thread with each new table, and once now. Workers see the table only when all
     * listeners have returned: whoever decides what reaches them must know of a server before they do.
     */
    public synchronized void onChange(Consumer<ServiceTable> listener) {
        listeners.add(listener);
        listener.accept(current);
    }

    public synchronized void addService(ServiceKey key, VirtualService.Settings settings) throws ServiceException {
        change(changes -> {
            if (changes.service(key) != null) {
                throw new ServiceException(Problem.SERVICE_EXISTS, "service exists: " + key);
            }
            if (key instanceof ServiceKey.Address at && changes.isLocal(at.address())) {
                throw new ServiceException(Problem.BAD_LOCAL_ADDRESS,
                        "a local address of FULLNAT or source NAT can bear no service: " + at.address());
            }
            checkEngine(settings);
            changes.add(new VirtualService(key, settings, List.of(), scheduler(key, settings),
                    new Counters(workers()), List.of()));
        });
    }

    public synchronized void editService(ServiceKey key, VirtualService.Settings settings) throws ServiceException {
        change(changes -> {
            Draft service = service(changes, key);
            checkEngine(settings);
            boolean stays = service.settings().scheduler().equals(settings.scheduler());
            service.schedule(stays
                    ? service.scheduler().withFlags(settings.schedulerFlags())
                    : scheduler(key, settings), !stays);
            service.edit(settings);
        });
    }

    public synchronized void deleteService(ServiceKey key) throws ServiceException {
        change(changes -> {
            service(changes, key).servers().forEach(server -> remove(changes, key, server));
            changes.delete(key);
        });
    }

    /** -C: all services, and local addresses, those of all services too. */
    public synchronized void clear() {
        atomically(() -> {
            Changes changes = together();
            changes.services().forEach(
                    service -> service.servers().forEach(server -> remove(changes, service.key(), server)));
            changes.clear();
        });
    }

    public synchronized void addServer(ServiceKey key, IpAddress address, int port, RealServer.Settings settings)
            throws ServiceException {
        change(changes -> {
            Draft service = service(changes, key);
            checkThresholds(settings);
            if (service.server(address, port) != null) {
                throw new ServiceException(Problem.SERVER_EXISTS, "server exists: " + address + ":" + port);
            }
            checkAddress(key, address, settings);
            service.add(server(changes, service, new Place(key, address, port), settings));
        });
    }

    /** The server that was there before, or a new one. */
    private RealServer server(Changes changes, Draft service, Place place, RealServer.Settings settings) {
        RealServer before = removed.remove(place);
        if (before != null) {
            changes.undoneBy(() -> removed.put(place, before));
            changes.returned(before, settings, service.counters());
            return before;
        }
        int id = taken.nextClearBit(1);
        taken.set(id);
        changes.undoneBy(() -> taken.clear(id));
        RealServer made = new RealServer(id, place.service(), place.address(), place.port(), settings,
                service.counters());
        changes.made(made);
        return made;
    }

    public synchronized void editServer(ServiceKey key, IpAddress address, int port, RealServer.Settings settings)
            throws ServiceException {
        change(changes -> {
            Draft service = service(changes, key);
            checkThresholds(settings);
            checkAddress(key, address, settings);
            changes.edited(server(service, address, port), settings);
            service.serverChanged();
        });
    }

    public synchronized void deleteServer(ServiceKey key, IpAddress address, int port) throws ServiceException {
        change(changes -> {
            Draft service = service(changes, key);
            RealServer gone = server(service, address, port);
            remove(changes, key, gone);
            service.remove(gone);
        });
    }

    /**
     * Servers of the service under FULLNAT may answer to this address of the director; it must be no virtual one.
     *
     * @param key null: of all services that have no local addresses of their own
     */
    public synchronized void addLocalAddress(@Nullable ServiceKey key, IpAddress address) throws ServiceException {
        change(changes -> {
            List<IpAddress> now = new ArrayList<>(localAddresses(changes, key));
            if (now.contains(address)) {
                throw new ServiceException(Problem.LOCAL_ADDRESS_EXISTS, "local address exists: " + address);
            }
            checkLocal(changes, address);
            now.add(address);
            localAddresses(changes, key, now);
        });
    }

    /** No new connection gets it; those that have it go on. */
    public synchronized void deleteLocalAddress(@Nullable ServiceKey key, IpAddress address) throws ServiceException {
        change(changes -> {
            List<IpAddress> now = new ArrayList<>(localAddresses(changes, key));
            if (!now.remove(address)) {
                throw new ServiceException(Problem.NO_SUCH_LOCAL_ADDRESS, "no such local address: " + address);
            }
            localAddresses(changes, key, now);
        });
    }

    private static List<IpAddress> localAddresses(Changes changes, @Nullable ServiceKey key) throws ServiceException {
        return key == null ? changes.localAddresses() : service(changes, key).localAddresses();
    }

    private static void localAddresses(Changes changes, @Nullable ServiceKey key, List<IpAddress> next)
            throws ServiceException {
        if (key == null) {
            changes.localAddresses(next);
        } else {
            service(changes, key).localAddresses(next);
        }
    }

    /**
     * From now on these are the rules by which what hosts behind the director begin leaves from its addresses; connections
     * that were begun by others go on.
     *
     * @param rules the first that fits counts
     */
    public synchronized void sourceNats(List<SourceNat> rules) throws ServiceException {
        change(changes -> {
            for (SourceNat rule : rules) {
                for (IpAddress address : rule.addresses()) {
                    checkLocal(changes, address);
                }
            }
            changes.sourceNats(rules);
        });
    }

    private static void checkLocal(Changes changes, IpAddress address) throws ServiceException {
        if (!address.isUnicast() || changes.isVirtual(address)) {
            throw new ServiceException(Problem.BAD_LOCAL_ADDRESS,
                    "a local address must be a unicast address of the director that bears no service: " + address);
        }
    }

    /** One change: where it cannot be made it throws before it has changed anything. */
    private interface Change {
        void in(Changes changes) throws ServiceException;
    }

    private void change(Change change) throws ServiceException {
        this.<ServiceException>atomically(() -> change.in(together()));
    }

    private Changes together() {
        return Objects.requireNonNull(together, "only while something is changed");
    }

    /**
     * Workers see all that {@code work} changes at one moment, in one table, or nothing of it where it ends with an
     * exception. Until then {@link #current} stays as it was, while changes build on each other.
     */
    public synchronized <X extends Exception> void atomically(Work<X> work) throws X {
        if (together != null) {
            work.run();
            return;
        }
        Changes changes = new Changes(current.all(), current.localAddresses(), current.sourceNats());
        together = changes;
        boolean whole = false;
        try {
            work.run();
            whole = true;
        } finally {
            together = null;
            if (!whole) {
                changes.undo();
            }
        }
        if (changes.any()) {
            remember(changes.made());
            publish(changes.finish(), changes.localAddresses(), changes.sourceNats());
            if (changes.leave()) {
                deletions++;
            }
        }
    }

    /** -Z of one service: its counters and its servers'. */
    public synchronized void zero(ServiceKey key) throws ServiceException {
        change(changes -> {
            Draft service = service(changes, key);
            zero(service.counters(), service.servers());
        });
    }

    /** -Z: every counter. */
    public synchronized void zero() {
        current.all().forEach(service -> zero(service.counters(), service.servers()));
        total.zero();
    }

    private void remove(Changes changes, ServiceKey service, RealServer server) {
        Place place = new Place(service, server.address(), server.port());
        removed.put(place, server);
        changes.undoneBy(() -> removed.remove(place));
        changes.removed(server);
    }

    /** Removed servers to which long no connection has led are forgotten. Called once each interval of measuring. */
    public synchronized void forgetRemoved() {
        removed.values().removeIf(server -> {
            boolean idle = server.isIdleFor(REMEMBERED);
            if (idle) {
                taken.clear(server.id());
            }
            return idle;
        });
        if (!departed().equals(current.departed())) {
            publish(new LinkedHashMap<>(current.byKey()), current.localAddresses(), current.sourceNats());
        }
    }

    private void remember(List<RealServer> made) {
        if (made.isEmpty()) {
            return;
        }
        @Nullable
        RealServer[] next = Arrays.copyOf(serversById,
                Math.max(serversById.length, 2 * Integer.highestOneBit(taken.length())));
        made.forEach(server -> next[server.id()] = server);
        serversById = next;
    }

    /** Measures the rates anew; whoever owns the clock calls it every {@link Counters#RATE_INTERVAL_SECONDS}. */
    public void measureRates() {
        for (VirtualService service : current.all()) {
            service.counters().measure();
            service.servers().forEach(server -> server.counters().measure());
        }
        total.measure();
    }

    private static void checkEngine(VirtualService.Settings settings) throws ServiceException {
        String engine = settings.persistenceEngine();
        if (engine != null && !engine.equals("sip")) {
            throw new ServiceException(Problem.NO_SUCH_ENGINE, "no persistence engine is called " + engine);
        }
    }

    private static void checkThresholds(RealServer.Settings settings) throws ServiceException {
        if (settings.weight() < 0 || settings.upper() < settings.lower()) {
            throw new ServiceException(Problem.BAD_THRESHOLDS, "a lower threshold above the upper: " + settings);
        }
    }

    /** A server must have a unicast address; only through a tunnel or under FULLNAT may it be of the other family. */
    private static void checkAddress(ServiceKey key, IpAddress address, RealServer.Settings settings)
            throws ServiceException {
        if (!address.isUnicast()) {
            throw new ServiceException(Problem.BAD_SERVER_ADDRESS, "not a unicast address: " + address);
        }
        boolean either = settings.forwarding() instanceof Forwarding.Tunnel
                || settings.forwarding() instanceof Forwarding.FullNat;
        if (address.isV4() != key.v4() && !either) {
            throw new ServiceException(Problem.FAMILIES_DIFFER,
                    "only a tunnel or FULLNAT reaches " + address + " from " + key);
        }
    }

    private static void zero(Counters service, List<RealServer> servers) {
        service.zero();
        servers.forEach(server -> server.counters().zero());
    }

    private Scheduler scheduler(ServiceKey key, VirtualService.Settings settings) throws ServiceException {
        Scheduler scheduler = Schedulers.create(settings.scheduler(), key.v4(), schedulers);
        if (scheduler == null) {
            throw new ServiceException(Problem.NO_SUCH_SCHEDULER, "no scheduler is called " + settings.scheduler());
        }
        return scheduler.withFlags(settings.schedulerFlags());
    }

    private static Draft service(Changes changes, ServiceKey key) throws ServiceException {
        Draft service = changes.service(key);
        if (service == null) {
            throw new ServiceException(Problem.NO_SUCH_SERVICE, "no such service: " + key);
        }
        return service;
    }

    private static RealServer server(Draft service, IpAddress address, int port) throws ServiceException {
        RealServer server = service.server(address, port);
        if (server == null) {
            throw new ServiceException(Problem.NO_SUCH_SERVER, "no such server: " + address + ":" + port);
        }
        return server;
    }

    private List<ServiceTable.Departed> departed() {
        return removed.entrySet().stream()
                .filter(gone -> gone.getValue().activeConnections() + gone.getValue().inactiveConnections() > 0)
                .map(gone -> new ServiceTable.Departed(gone.getKey().service(), gone.getValue())).toList();
    }

    private void publish(LinkedHashMap<ServiceKey, VirtualService> next, List<IpAddress> localAddresses,
            List<SourceNat> sourceNats) {
        ServiceTable table = new ServiceTable(next, departed(), localAddresses, sourceNats);
        listeners.forEach(listener -> listener.accept(table));
        current = table;
    }
}
