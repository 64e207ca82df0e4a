package dev.weir.ipvsadm;

import dev.weir.connection.Timeouts;
import dev.weir.engine.Director;
import dev.weir.service.Forwarding;
import dev.weir.service.Protocol;
import dev.weir.service.RealServer;
import dev.weir.service.ServiceException;
import dev.weir.service.ServiceKey;
import dev.weir.service.Services;
import dev.weir.service.VirtualService;
import dev.weir.sync.Role;
import java.util.ArrayList;
import java.util.List;

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

    /** @return what goes to standard output */
    String execute(Request request) throws Refusal {
        Legality.check(request.command, request.given);
        try {
            switch (request.command) {
                case ADD_SERVICE -> services().addService(request.service(), serviceSettings(request));
                case EDIT_SERVICE -> services().editService(request.service(), serviceSettings(request));
                case DELETE_SERVICE -> services().deleteService(request.service());
                case CLEAR -> services().clear();
                case ADD_SERVER, EDIT_SERVER, DELETE_SERVER -> server(request);
                case ZERO -> zero(request);
                case SET -> director.timeouts(timeouts(director.timeouts(), request.timeouts));
                case START_DAEMON -> daemons.start(role(request), request.daemon, services().current());
                case STOP_DAEMON -> daemons.stop(role(request));
                case LIST -> {
                    return list(request);
                }
                case SAVE -> {
                    Endpoints endpoints = new Endpoints(names, request.has(Option.NUMERIC));
                    List<VirtualService> all = Order.services(services().current().all());
                    return request.has(Option.FULL)
                            ? Rules.full(all, director.timeouts(), endpoints)
                            : Rules.text(all, endpoints);
                }
                case RESTORE, HELP, VERSION -> throw new IllegalArgumentException("not for here: " + request.command);
            }
        } catch (ServiceException e) {
            throw refusal(request, e);
        }
        return "";
    }

    /** What {@code work} executes changes the services all at once, or not at all. */
    void atomically(Services.Work<Refusal> work) throws Refusal {
        services().atomically(work);
    }

    private Services services() {
        return director.services();
    }

    private static VirtualService.Settings serviceSettings(Request request) throws Refusal {
        if (request.mark == 0 && request.port == 0 && request.persistence == 0) {
            throw Refusal.usage("Zero port specified for non-persistent service");
        }
        if (request.onePacket && request.mark == 0 && request.protocol != Protocol.UDP) {
            throw Refusal.usage("One-Packet Scheduling is only for UDP virtual services");
        }
        return new VirtualService.Settings(request.scheduler,
                request.schedulerFlags, request.persistence, request.netmask,
                request.onePacket, request.persistenceEngine);
    }

    private void server(Request request) throws Refusal, ServiceException {
        ServiceKey service = request.service();
        boolean mixed = service.v4() != request.server.isV4();
        RealServer.Settings settings = serverSettings(request);
        if (mixed && request.method != Request.Method.TUNNEL && request.command != Command.DELETE_SERVER) {
            throw Refusal.usage("Different address family is allowed only for tunneling servers");
        }
        // Only NAT can change the port: the others reach the server with the service's own. Deletion takes it as it is.
        boolean keepsPort = request.method != Request.Method.MASQUERADE && request.mark == 0
                && request.command != Command.DELETE_SERVER;
        int port = request.serverPort < 0 || keepsPort ? request.port : request.serverPort;
        if (mixed && daemons.running() && request.command == Command.ADD_SERVER) {
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
            case ADD_SERVER, EDIT_SERVER, DELETE_SERVER -> true;
            default -> false;
        };
        return Refusal.failed(switch (problem.problem()) {
            case SERVICE_EXISTS -> "Service already exists";
            case NO_SUCH_SERVICE -> aboutServer ? "Service not defined" : "No such service";
            case NO_SUCH_SCHEDULER, NO_SUCH_ENGINE -> "Scheduler or persistence engine not found";
            case SERVER_EXISTS -> "Destination already exists";
            case NO_SUCH_SERVER -> "No such destination";
            case BAD_SERVER_ADDRESS, FAMILIES_DIFFER, BAD_LOCAL_ADDRESS -> INVALID;
            case LOCAL_ADDRESS_EXISTS -> "Local address already exists";
            case NO_SUCH_LOCAL_ADDRESS -> "No such local address";
            case BAD_THRESHOLDS -> "Numerical result out of range";
        });
    }
}
