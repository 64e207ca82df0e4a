package dev.weir.ipvsadm;

import dev.weir.connection.Timeouts;
import dev.weir.engine.Director;
import dev.weir.engine.LocalPool;
import dev.weir.service.ClientAddress;
import dev.weir.service.Forwarding;
import dev.weir.service.Protocol;
import dev.weir.service.RealServer;
import dev.weir.service.ServiceException;
import dev.weir.service.ServiceKey;
import dev.weir.service.ServiceTable;
import dev.weir.service.Services;
import dev.weir.service.VirtualService;
import dev.weir.sync.Role;
import dev.weir.wire.IpAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Carries out a request that has been read: the checks that need more than one option, then the act. */
final class Executor {
    static final String INVALID = "Invalid operation.  Possibly wrong module version, address not unicast, ...";

    private final Director director;
    private final Names names;
    private final SyncDaemons daemons;

    Executor(Director director, Names names, SyncDaemons daemons) {
        this.director = director;
        this.names = names;
        this.daemons = daemons;
    }

    Result execute(Request request) throws Refusal {
        Legality.check(request.command, request.given);
        try {
            switch (request.command) {
                case ADD_SERVICE -> services().addService(request.service(), serviceSettings(request));
                case EDIT_SERVICE -> services().editService(request.service(), serviceSettings(request));
                case DELETE_SERVICE -> services().deleteService(request.service());
                case CLEAR -> services().clear();
                case ADD_SERVER, EDIT_SERVER, DELETE_SERVER -> server(request);
                case ADD_LOCAL -> {
                    services().addLocalAddress(pool(request), request.local);
                    return Result.done("", warning(request));
                }
                case DELETE_LOCAL -> services().deleteLocalAddress(pool(request), request.local);
                case ZERO -> zero(request);
                case SET -> director.timeouts(timeouts(director.timeouts(), request.timeouts));
                case START_DAEMON -> daemons.start(role(request), request.daemon, services().current());
                case STOP_DAEMON -> daemons.stop(role(request));
                case LIST -> {
                    return Result.done(list(request), "");
                }
                case LIST_LOCAL -> {
                    return Result.done(listLocal(request), "");
                }
                case SAVE -> {
                    Endpoints endpoints = new Endpoints(names, request.has(Option.NUMERIC));
                    List<VirtualService> all = Order.services(services().current().all());
                    List<IpAddress> shared = services().current().localAddresses();
                    return Result.done(request.has(Option.FULL)
                            ? Rules.full(all, shared, director.timeouts(), endpoints)
                            : Rules.text(all, shared, endpoints), "");
                }
                case RESTORE, HELP, VERSION -> throw new IllegalArgumentException("not for here: " + request.command);
            }
        } catch (ServiceException e) {
            throw refusal(request, e);
        }
        return Result.done("", "");
    }

    /** What {@code work} executes changes the services all at once, or not at all. */
    void atomically(Services.Work<Refusal> work) throws Refusal {
        services().atomically(work);
    }

    private Services services() {
        return director.services();
    }

    private static VirtualService.Settings serviceSettings(Request request) throws Refusal {
        boolean proxy = request.clientAddress == ClientAddress.PROXY_V1
                || request.clientAddress == ClientAddress.PROXY_V2;
        if (proxy && request.protocol != null && request.protocol != Protocol.TCP) {
            throw Refusal.usage("The PROXY protocol is only for TCP virtual services");
        }
        if (request.mark == 0 && request.port == 0 && request.persistence == 0) {
            throw Refusal.usage("Zero port specified for non-persistent service");
        }
        if (request.onePacket && request.mark == 0 && request.protocol != Protocol.UDP) {
            throw Refusal.usage("One-Packet Scheduling is only for UDP virtual services");
        }
        return new VirtualService.Settings(request.scheduler,
                request.schedulerFlags, request.persistence, request.netmask,
                request.onePacket, request.persistenceEngine, request.clientAddress);
    }

    private void server(Request request) throws Refusal, ServiceException {
        ServiceKey service = request.service();
        boolean mixed = service.v4() != request.server.isV4();
        RealServer.Settings settings = serverSettings(request);
        boolean either = request.method == Request.Method.TUNNEL || request.method == Request.Method.FULLNAT;
        if (mixed && !either && request.command != Command.DELETE_SERVER) {
            throw Refusal.usage("Different address family is allowed only for tunneling servers");
        }
        // Only NAT can change the port: the others reach the server with the service's own. Deletion takes it as it is.
        boolean translates = request.method == Request.Method.MASQUERADE || request.method == Request.Method.FULLNAT;
        boolean keepsPort = !translates && request.mark == 0 && request.command != Command.DELETE_SERVER;
        int port = request.serverPort < 0 || keepsPort ? request.port : request.serverPort;
        if (mixed && request.method == Request.Method.TUNNEL && daemons.running()
                && request.command == Command.ADD_SERVER) {
            throw Refusal.failed(INVALID);
        }
        switch (request.command) {
            case ADD_SERVER -> services().addServer(service, request.server, port, settings);
            case EDIT_SERVER -> services().editServer(service, request.server, port, settings);
            default -> services().deleteServer(service, request.server, port);
        }
    }

    private static RealServer.Settings serverSettings(Request request) throws Refusal {
        Forwarding forwarding = switch (request.method) {
            case GATEWAY -> Forwarding.DIRECT_ROUTING;
            case MASQUERADE -> Forwarding.MASQUERADE;
            case FULLNAT -> Forwarding.FULL_NAT;
            case TUNNEL -> {
                Legality.check(request.tunnelType, request.tunnelLabel, request.given);
                yield new Forwarding.Tunnel(request.tunnelType, request.tunnelPort, request.tunnelChecksum);
            }
        };
        if (request.method != Request.Method.TUNNEL && Legality.tunnelOptions(request.given)) {
            throw Refusal.usage("Tunnel options conflict with forward method");
        }
        return new RealServer.Settings(forwarding, request.weight, request.upper, request.lower);
    }

    /** The service whose local addresses are meant; null: those of all that have none of their own. */
    private static @Nullable ServiceKey pool(Request request) {
        return request.has(Option.SERVICE) ? request.service() : null;
    }

    private String warning(Request request) {
        return director.bears(request.local)
                ? ""
                : request.local
                        + " is no address of this host now: the servers' answers come here once it is (ip address"
                        + " add " + request.local + (request.local.isV4() ? "/32" : "/128") + " dev "
                        + (request.localInterface.isEmpty() ? "INTERFACE" : request.localInterface) + ")\n";
    }

    private void zero(Request request) throws ServiceException {
        if (request.has(Option.SERVICE)) {
            services().zero(request.service());
        } else {
            services().zero();
        }
    }

    private static Timeouts timeouts(Timeouts before, List<Integer> seconds) {
        return before.with(seconds.get(0), seconds.get(1), seconds.get(2));
    }

    private static Role role(Request request) {
        return request.daemonRole.equals("master") ? Role.MASTER : Role.BACKUP;
    }

    private String list(Request request) throws Refusal {
        if (request.has(Option.JSON)) {
            return listJson(request);
        }
        boolean columns = request.has(Option.STATS) || request.has(Option.RATE) || request.has(Option.THRESHOLDS);
        Endpoints endpoints = new Endpoints(names, request.has(Option.NUMERIC));
        if (request.has(Option.CONNECTION)) {
            conflict(columns);
            return ConnectionListing.text(director.connections(), request.has(Option.PERSISTENT_CONN), endpoints);
        }
        if (request.has(Option.TIMEOUT)) {
            conflict(columns || request.has(Option.PERSISTENT_CONN));
            Timeouts now = director.timeouts();
            return "Timeout (tcp tcpfin udp): " + now.tcp() + " " + now.tcpFin() + " " + now.udp() + "\n";
        }
        if (request.has(Option.DAEMON)) {
            conflict(columns || request.has(Option.PERSISTENT_CONN));
            SyncDaemon master = daemons.running(Role.MASTER);
            SyncDaemon backup = daemons.running(Role.BACKUP);
            return (master == null ? "" : "master sync daemon (" + master + ")\n")
                    + (backup == null ? "" : "backup sync daemon (" + backup + ")\n");
        }
        return listServices(request, endpoints);
    }

    /** The same choices, but columns hide nothing: each service and server has them all. */
    private String listJson(Request request) throws Refusal {
        if (request.has(Option.CONNECTION)) {
            return JsonListing.connections(director.connections());
        }
        if (request.has(Option.TIMEOUT)) {
            return JsonListing.timeouts(director.timeouts());
        }
        if (request.has(Option.DAEMON)) {
            return JsonListing.daemons(daemons.running(Role.MASTER), daemons.running(Role.BACKUP));
        }
        if (!request.has(Option.SERVICE)) {
            return JsonListing.services(Order.services(services().current().all()));
        }
        VirtualService service = services().current().find(request.service());
        if (service == null) {
            throw Refusal.notListed();
        }
        return JsonListing.services(List.of(service));
    }

    private String listLocal(Request request) throws Refusal {
        ServiceKey service = pool(request);
        ServiceTable table = services().current();
        List<LocalPool> pools = LocalPool.all(table, Order.services(table.all()), director.localUse());
        if (service != null) {
            if (table.find(service) == null) {
                throw Refusal.notListed();
            }
            pools = pools.stream().filter(pool -> service.equals(pool.service())).toList();
        }
        return request.has(Option.JSON)
                ? JsonListing.localPools(pools)
                : LocalListing.text(pools, new Endpoints(names, true));
    }

    private static void conflict(boolean conflicting) throws Refusal {
        if (conflicting) {
            throw Refusal.usage("options conflicts in the list command");
        }
    }

    private String listServices(Request request, Endpoints endpoints) throws Refusal {
        boolean sorted = !request.has(Option.NOSORT);
        ServiceListing listing = new ServiceListing(table(request), request.has(Option.EXACT), sorted, endpoints);
        if (request.has(Option.SERVICE)) {
            VirtualService service = services().current().find(request.service());
            if (service == null) {
                throw Refusal.notListed();
            }
            listing.titles();
            listing.service(service);
            return listing.text();
        }
        listing.titles();
        List<VirtualService> all = new ArrayList<>(services().current().all());
        (sorted ? Order.services(all) : all).forEach(listing::service);
        return "IP Virtual Server version 1.2.1 (size=" + director.connectionTableSize() + ")\n" + listing.text();
    }

    private static ServiceListing.Table table(Request request) {
        if (request.has(Option.STATS)) {
            return ServiceListing.Table.STATS;
        }
        if (request.has(Option.RATE)) {
            return ServiceListing.Table.RATE;
        }
        if (request.has(Option.THRESHOLDS)) {
            return ServiceListing.Table.THRESHOLDS;
        }
        if (request.has(Option.PERSISTENT_CONN)) {
            return ServiceListing.Table.PERSISTENT_CONN;
        }
        return request.has(Option.TUN_INFO) ? ServiceListing.Table.TUN_INFO : ServiceListing.Table.PLAIN;
    }

    private static Refusal refusal(Request request, ServiceException problem) {
        boolean aboutServer = switch (request.command) {
            case ADD_SERVER, EDIT_SERVER, DELETE_SERVER, ADD_LOCAL, DELETE_LOCAL -> true;
            default -> false;
        };
        return Refusal.failed(switch (problem.problem()) {
            case SERVICE_EXISTS -> "Service already exists";
            case NO_SUCH_SERVICE -> aboutServer ? "Service not defined" : "No such service";
            case NO_SUCH_SCHEDULER, NO_SUCH_ENGINE -> "Scheduler or persistence engine not found";
            case SERVER_EXISTS -> "Destination already exists";
            case NO_SUCH_SERVER -> "No such destination";
            case BAD_SERVER_ADDRESS, FAMILIES_DIFFER -> INVALID;
            case BAD_LOCAL_ADDRESS -> String.valueOf(problem.getMessage());
            case LOCAL_ADDRESS_EXISTS -> "Local address already exists";
            case NO_SUCH_LOCAL_ADDRESS -> "No such local address";
            case BAD_THRESHOLDS -> "Numerical result out of range";
        });
    }
}
