package dev.weir.lbd;

import dev.weir.conf.VirtualServer.AtAddress;
import dev.weir.conf.VirtualServer.OfMark;
import dev.weir.conf.VirtualServer.Service;
import dev.weir.engine.Director;
import dev.weir.lvs.Balancer;
import dev.weir.service.ClientAddress;
import dev.weir.service.Forwarding;
import dev.weir.service.Forwarding.TunnelChecksum;
import dev.weir.service.Forwarding.TunnelType;
import dev.weir.service.Protocol;
import dev.weir.service.RealServer;
import dev.weir.service.ServiceException;
import dev.weir.service.ServiceKey;
import dev.weir.service.Services;
import dev.weir.service.VirtualService;
import dev.weir.wire.IpAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The dataplane, as the half of keepalived.conf orders it: its words become what keepalived would tell IPVS. Orders wait
 * for the control thread, beside the commands of {@code ipvsadm}.
 */
final class ServiceOrders implements Balancer {
    private static final Logger LOG = LoggerFactory.getLogger(ServiceOrders.class);

    private final Director director;
    private final ControlThread control;

    /** An order that does not say what it should. */
    static final class BadOrderException extends Exception {
        private static final long serialVersionUID = 1;

        BadOrderException(String message) {
            super(message);
        }
    }

    ServiceOrders(Director director, ControlThread control) {
        this.director = director;
        this.control = control;
    }

    @Override
    public List<Result> carryOut(List<Order> orders) {
        try {
            return control.call(() -> now(orders));
        } catch (ExecutionException e) {
            LOG.error("orders to the dataplane failed", e.getCause());
            return all(orders, "the director failed to carry it out: " + e.getCause());
        } catch (RejectedExecutionException e) {
            return all(orders, "the director is going down");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return all(orders, "interrupted");
        }
    }

    private static List<Result> all(List<Order> orders, String why) {
        return orders.stream().<Result>map(_ -> new Failed(why)).toList();
    }

    /** Workers see what all orders change at one moment. */
    private List<Result> now(List<Order> orders) {
        List<Result> results = new ArrayList<>(orders.size());
        services().<RuntimeException>atomically(() -> orders.forEach(order -> results.add(now(order))));
        return List.copyOf(results);
    }

    private Result now(Order order) {
        try {
            switch (order) {
                case AddService(Service service, ServiceSettings settings) ->
                    services().addService(key(service), settings(service, settings));
                case EditService(Service service, ServiceSettings settings) ->
                    services().editService(key(service), settings(service, settings));
                case DeleteService(Service service) -> services().deleteService(key(service));
                case AddServer(Service service, ServerAddress server, ServerSettings settings) ->
                    services().addServer(key(service), server.address(), port(service, server, settings),
                            settings(settings));
                case EditServer(Service service, ServerAddress server, ServerSettings settings) ->
                    services().editServer(key(service), server.address(), port(service, server, settings),
                            settings(settings));
                case DeleteServer(Service service, ServerAddress server) -> delete(service, server);
                case AddLocalAddress(Service service, IpAddress address) ->
                    services().addLocalAddress(key(service), address);
                case DeleteLocalAddress(Service service, IpAddress address) ->
                    services().deleteLocalAddress(key(service), address);
                case SetTimeouts(Duration tcp, Duration tcpFin, Duration udp) -> director.timeouts(director.timeouts()
                        .with((int) tcp.toSeconds(), (int) tcpFin.toSeconds(), (int) udp.toSeconds()));
                case Flush _ -> services().clear();
            }
            return new Done();
        } catch (ServiceException e) {
            return switch (e.problem()) {
                case SERVICE_EXISTS, SERVER_EXISTS, LOCAL_ADDRESS_EXISTS -> new AlreadyThere();
                case NO_SUCH_SERVICE, NO_SUCH_SERVER, NO_SUCH_LOCAL_ADDRESS -> new NotThere();
                default -> new Failed(String.valueOf(e.getMessage()));
            };
        } catch (BadOrderException e) {
            return new Failed(String.valueOf(e.getMessage()));
        }
    }

    private Services services() {
        return director.services();
    }

    private void delete(Service service, ServerAddress server) throws ServiceException, BadOrderException {
        int own = server.port();
        int port = own == 0 && service instanceof AtAddress at ? at.port() : own;
        services().deleteServer(key(service), server.address(), port);
    }

    private static int port(Service service, ServerAddress server, ServerSettings settings) throws BadOrderException {
        if (settings.method().isEmpty()) {
            throw new BadOrderException("a server without forwarding method: " + server);
        }
        return ServerAddress.of(service, server.address(), server.port(), settings.method()).port();
    }

    private static ServiceKey key(Service service) throws BadOrderException {
        return switch (service) {
            case AtAddress(String protocol, IpAddress address, int port) ->
                new ServiceKey.Address(protocol(protocol), address, port);
            case OfMark(long mark, boolean v4) -> new ServiceKey.Mark((int) mark, v4);
        };
    }

    private static Protocol protocol(String name) throws BadOrderException {
        for (Protocol protocol : Protocol.values()) {
            if (protocol.name().equals(name.toUpperCase(Locale.ROOT))) {
                return protocol;
            }
        }
        throw new BadOrderException("no protocol of virtual servers: " + name);
    }

    private static VirtualService.Settings settings(Service service, ServiceSettings settings)
            throws BadOrderException, ServiceException {
        ServiceKey key = key(service);
        if (key instanceof ServiceKey.Address(Protocol _, IpAddress _, int port) && port == 0
                && settings.persistence().isZero()) {
            throw new BadOrderException("a service of every port needs persistence; give it a port, or "
                    + "persistence_timeout");
        }
        Set<String> flags = settings.flags().stream().map(ServiceOrders::flag).collect(Collectors.toUnmodifiableSet());
        return new VirtualService.Settings(settings.scheduler(), flags, (int) settings.persistence().toSeconds(),
                netmask(key.v4(), settings.granularity()), settings.onePacket(), settings.engine(),
                clientAddress(settings.clientAddress()));
    }

    private static ClientAddress clientAddress(String word) throws BadOrderException {
        for (ClientAddress how : ClientAddress.values()) {
            if (how.name().equals(word.toUpperCase(Locale.ROOT).replace('-', '_'))) {
                return how;
            }
        }
        throw new BadOrderException("no way to tell of a client: " + word);
    }

    /** sh and mh have names of their own for the first two flags. */
    private static String flag(String word) {
        return switch (word) {
            case "sh-fallback", "mh-fallback" -> "flag-1";
            case "sh-port", "mh-port" -> "flag-2";
            default -> word;
        };
    }

    /** A mask of IPv4 as inet_aton(3) reads it, of IPv6 a prefix length; keepalived leaves out what is neither. */
    private static int netmask(boolean v4, @Nullable String granularity) {
        if (granularity == null) {
            return v4 ? -1 : 128;
        }
        try {
            if (v4) {
                IpAddress mask = IpAddress.parse(granularity);
                return mask.isV4() && mask.v4Bits() != 0 ? mask.v4Bits() : -1;
            }
            int length = Integer.parseInt(granularity);
            return length >= 1 && length <= 128 ? length : 128;
        } catch (IllegalArgumentException e) {
            return v4 ? -1 : 128;
        }
    }

    private static RealServer.Settings settings(ServerSettings settings) throws BadOrderException {
        return new RealServer.Settings(forwarding(settings.method()), settings.draining() ? 0 : settings.weight(),
                threshold(settings.upperThreshold()), threshold(settings.lowerThreshold()), settings.draining());
    }

    private static int threshold(long connections) {
        return (int) Math.min(connections, Integer.MAX_VALUE);
    }

    /** The method of a server as keepalived.conf has it. */
    static Forwarding forwarding(List<String> words) throws BadOrderException {
        return switch (words.getFirst()) {
            case "NAT" -> Forwarding.MASQUERADE;
            case "FNAT" -> Forwarding.FULL_NAT;
            case "DR" -> Forwarding.DIRECT_ROUTING;
            case "TUN" -> tunnel(words);
            default ->
                throw new BadOrderException("no forwarding method: " + words.getFirst() + "; NAT, FNAT, DR or TUN");
        };
    }

    private static Forwarding tunnel(List<String> words) throws BadOrderException {
        TunnelType type = TunnelType.IPIP;
        TunnelChecksum checksum = TunnelChecksum.NONE;
        int port = 0;
        try {
            for (int i = 1; i < words.size(); i++) {
                switch (words.get(i)) {
                    case "type" -> type = TunnelType.valueOf(words.get(++i).toUpperCase(Locale.ROOT));
                    case "port" -> port = Integer.parseInt(words.get(++i));
                    case "nocsum" -> checksum = TunnelChecksum.NONE;
                    case "csum" -> checksum = TunnelChecksum.CHECKSUM;
                    case "remcsum" -> checksum = TunnelChecksum.REMOTE;
                    default -> throw new IllegalArgumentException();
                }
            }
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new BadOrderException("not a tunnel: " + String.join(" ", words));
        }
        return new Forwarding.Tunnel(type, port, checksum);
    }

    @Override
    public Map<Service, Present> present() {
        Map<Service, Present> all = new LinkedHashMap<>();
        for (VirtualService service : services().current().all()) {
            Map<ServerAddress, PresentServer> servers = new LinkedHashMap<>();
            for (RealServer server : service.servers()) {
                servers.put(new ServerAddress(server.address(), server.port()), new PresentServer(server.weight(),
                        server.activeConnections(), server.inactiveConnections()));
            }
            all.put(named(service.key()), new Present(servers, Set.copyOf(service.localAddresses())));
        }
        return all;
    }

    private static Service named(ServiceKey key) {
        return switch (key) {
            case ServiceKey.Address(Protocol protocol, IpAddress address, int port) ->
                new AtAddress(protocol.name(), address, port);
            case ServiceKey.Mark(int mark, boolean v4) -> new OfMark(Integer.toUnsignedLong(mark), v4);
        };
    }
}
