package dev.weir.service;

import dev.weir.scheduler.Scheduler;
import dev.weir.scheduler.SchedulerContext;
import dev.weir.scheduler.Schedulers;
import dev.weir.service.ServiceException.Problem;
import dev.weir.wire.IpAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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

    /** What changes have done that must all become visible together; null while each is visible at once. */
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
        if (newest().get(key) != null) {
            throw new ServiceException(Problem.SERVICE_EXISTS, "service exists: " + key);
        }
        checkEngine(settings);
        publish(new VirtualService(key, settings, List.of(), scheduler(key, settings),
                new Counters(workers())));
    }

    public synchronized void editService(ServiceKey key, VirtualService.Settings settings) throws ServiceException {
        VirtualService old = service(key);
        checkEngine(settings);
        Scheduler scheduler = old.settings().scheduler().equals(settings.scheduler())
                ? old.scheduler().withFlags(settings.schedulerFlags())
                : scheduler(key, settings).with(old.servers());
        publish(new VirtualService(key, settings, old.servers(), scheduler, old.counters()));
    }

    public synchronized void deleteService(ServiceKey key) throws ServiceException {
        VirtualService old = service(key);
        old.servers().forEach(server -> remove(key, server));
        LinkedHashMap<ServiceKey, VirtualService> next = new LinkedHashMap<>(newest());
        next.remove(key);
        publish(next);
    }

    public synchronized void clear() {
        newest().values().forEach(service -> service.servers().forEach(server -> remove(service.key(), server)));
        publish(new LinkedHashMap<>());
    }

    public synchronized void addServer(ServiceKey key, IpAddress address, int port, RealServer.Settings settings)
            throws ServiceException {
        VirtualService old = service(key);
        checkThresholds(settings);
        if (old.server(address, port) != null) {
            throw new ServiceException(Problem.SERVER_EXISTS, "server exists: " + address + ":" + port);
        }
        checkAddress(key, address, settings);
        RealServer server = removed.remove(new Place(key, address, port));
        if (server == null) {
            server = new RealServer(freeServerId(), address, port, settings, old.counters());
            remember(server);
            if (together != null) {
                together.made(server);
            }
        } else if (together != null) {
            together.returned(key, server, settings, old.counters());
        } else {
            server.returned(settings, old.counters());
        }
        List<RealServer> servers = new ArrayList<>();
        servers.add(server);
        servers.addAll(old.servers());
        publish(withServers(old, servers));
    }

    public synchronized void editServer(ServiceKey key, IpAddress address, int port, RealServer.Settings settings)
            throws ServiceException {
        VirtualService old = service(key);
        checkThresholds(settings);
        RealServer server = server(old, address, port);
        if (together != null) {
            together.edited(key, server, settings);
        } else {
            server.edit(settings);
        }
        publish(withServers(old, old.servers()));
    }

    public synchronized void deleteServer(ServiceKey key, IpAddress address, int port) throws ServiceException {
        VirtualService old = service(key);
        RealServer gone = server(old, address, port);
        remove(key, gone);
        List<RealServer> servers = new ArrayList<>(old.servers());
        servers.remove(gone);
        publish(withServers(old, servers));
    }

    /**
     * Workers see all that {@code work} changes at one moment, in one table, or nothing of it where it ends with an
     * exception. Until then {@link #current} stays as it was, while changes build on each other.
     */
    public synchronized <X extends Exception> void atomically(Work<X> work) throws X {
        Changes changes = new Changes(current.byKey(), removed);
        together = changes;
        boolean whole = false;
        try {
            work.run();
            whole = true;
        } finally {
            together = null;
            if (!whole) {
                changes.undo();
                removed.clear();
                removed.putAll(changes.removedBefore());
            }
        }
        LinkedHashMap<ServiceKey, VirtualService> next = changes.finish();
        next.replaceAll((key, service) -> changes.concerns(key) ? withServers(service, service.servers()) : service);
        next.values().forEach(Services::stand);
        publish(next);
        changes.leave();
        deletions++;
    }

    /** -Z of one service: its counters and its servers'. */
    public synchronized void zero(ServiceKey key) throws ServiceException {
        zero(service(key));
    }

    /** -Z: every counter. */
    public synchronized void zero() {
        current.all().forEach(Services::zero);
        total.zero();
    }

    private synchronized void remove(ServiceKey service, RealServer server) {
        if (together != null) {
            together.removed(server);
        } else {
            server.removed();
            deletions++;
        }
        removed.put(new Place(service, server.address(), server.port()), server);
    }

    /** Removed servers to which long no connection has led are forgotten. Called once each interval of measuring. */
    public synchronized void forgetRemoved() {
        removed.values().removeIf(server -> server.isIdleFor(REMEMBERED));
        if (!departed().equals(current.departed())) {
            publish(new LinkedHashMap<>(current.byKey()));
        }
    }

    /** Numbers of servers that are forgotten are used again. */
    private int freeServerId() {
        @Nullable
        RealServer[] known = serversById;
        for (int id = 1; id < known.length; id++) {
            RealServer server = known[id];
            if (server == null || !server.present() && !removed.containsValue(server)) {
                return id;
            }
        }
        return known.length;
    }

    private void remember(RealServer server) {
        @Nullable
        RealServer[] next = server.id() < serversById.length
                ? serversById.clone()
                : Arrays.copyOf(serversById, serversById.length * 2);
        next[server.id()] = server;
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

    /** A server must have a unicast address; only through a tunnel may it be of the other family. */
    private static void checkAddress(ServiceKey key, IpAddress address, RealServer.Settings settings)
            throws ServiceException {
        if (!address.isUnicast()) {
            throw new ServiceException(Problem.BAD_SERVER_ADDRESS, "not a unicast address: " + address);
        }
        if (address.isV4() != key.v4() && !(settings.forwarding() instanceof Forwarding.Tunnel)) {
            throw new ServiceException(Problem.FAMILIES_DIFFER, "only a tunnel reaches " + address + " from " + key);
        }
    }

    private static void zero(VirtualService service) {
        service.counters().zero();
        service.servers().forEach(server -> server.counters().zero());
    }

    private static VirtualService withServers(VirtualService old, List<RealServer> servers) {
        return new VirtualService(old.key(), old.settings(), List.copyOf(servers), old.scheduler().with(servers),
                old.counters());
    }

    private Scheduler scheduler(ServiceKey key, VirtualService.Settings settings) throws ServiceException {
        Scheduler scheduler = Schedulers.create(settings.scheduler(), key.v4(), schedulers);
        if (scheduler == null) {
            throw new ServiceException(Problem.NO_SUCH_SCHEDULER, "no scheduler is called " + settings.scheduler());
        }
        return scheduler.withFlags(settings.schedulerFlags());
    }

    private VirtualService service(ServiceKey key) throws ServiceException {
        VirtualService service = newest().get(key);
        if (service == null) {
            throw new ServiceException(Problem.NO_SUCH_SERVICE, "no such service: " + key);
        }
        return service;
    }

    private static RealServer server(VirtualService service, IpAddress address, int port) throws ServiceException {
        RealServer server = service.server(address, port);
        if (server == null) {
            throw new ServiceException(Problem.NO_SUCH_SERVER, "no such server: " + address + ":" + port);
        }
        return server;
    }

    private void publish(VirtualService changed) {
        if (together == null) {
            stand(changed);
        }
        LinkedHashMap<ServiceKey, VirtualService> next = new LinkedHashMap<>(newest());
        next.put(changed.key(), changed);
        publish(next);
    }

    /** From now on the service's servers tell its scheduler of their changes. */
    private static void stand(VirtualService service) {
        for (int place = 0; place < service.servers().size(); place++) {
            service.servers().get(place).standsIn(service.scheduler(), place);
        }
    }

    private List<ServiceTable.Departed> departed() {
        return removed.entrySet().stream()
                .filter(gone -> gone.getValue().activeConnections() + gone.getValue().inactiveConnections() > 0)
                .map(gone -> new ServiceTable.Departed(gone.getKey().service(), gone.getValue())).toList();
    }

    private Map<ServiceKey, VirtualService> newest() {
        return together == null ? current.byKey() : together.services();
    }

    private void publish(LinkedHashMap<ServiceKey, VirtualService> next) {
        if (together != null) {
            together.services(next);
            return;
        }
        ServiceTable table = new ServiceTable(next, departed());
        listeners.forEach(listener -> listener.accept(table));
        current = table;
    }
}
