package dev.weir.check;

import dev.weir.conf.HealthCheck.Connection;
import dev.weir.conf.HealthCheck.Path;
import dev.weir.conf.VirtualServer.AtAddress;
import dev.weir.conf.VirtualServer.RealServer;
import dev.weir.wire.IpAddress;
import java.io.IOException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The server of a check: how sockets to it are made, be it to its own address or, for {@code check_path vip}, to the virtual
 * one. Belongs to one {@link Checker}.
 */
final class Target implements AutoCloseable {
    private final Connection connection;
    private final Wanted wanted;
    private final @Nullable VipPath path;
    private VipPath.@Nullable Way way;

    /**
     * @param connection that of the check, or of one of its hosts
     * @param path       null where there is no dataplane
     */
    Target(Connection connection, Wanted wanted, @Nullable VipPath path) {
        this.connection = connection;
        this.wanted = wanted;
        this.path = path;
    }

    /** @param deadline of the connection */
    CheckSocket connectTcp(Deadline deadline) throws IOException, InterruptedException {
        return CheckSocket.connectTcp(route(), deadline);
    }

    CheckSocket udp() throws IOException {
        return CheckSocket.udp(route());
    }

    /** Always to the server's own address, since no virtual server carries ICMP echoes. */
    EchoSocket echo() throws IOException {
        return EchoSocket.open(Route.direct(connection));
    }

    /** Where to and from where: the way through the dataplane is opened once, and again after it could not be. */
    Route route() throws IOException {
        if (connection.path() == Path.SERVER) {
            return Route.direct(connection);
        }
        if (way == null) {
            if (path == null) {
                throw new IOException("check_path vip needs the dataplane of lbd; there is none here");
            }
            way = path.open(wanted.service(), wanted.server());
        }
        boolean named = connection.port() != 0 && connection.port() != serversPort();
        return new Route(way.destination(), named ? connection.port() : way.port(), way.source(), 0, way.device(), 0);
    }

    /** Whom a request names: the server's address, or the virtual one. After {@link #route}. */
    IpAddress asked() {
        return way == null ? connection.host() : way.virtual();
    }

    private int serversPort() {
        int own = wanted.server().port();
        return own != 0 || !(wanted.service() instanceof AtAddress service) ? own : service.port();
    }

    /** The same, where a failure of {@code checker}, which asks this target, says what it means for {@code check_path vip}. */
    Checker explaining(Checker checker) {
        return connection.path() == Path.SERVER ? checker : new Explaining(checker);
    }

    @Override
    public void close() {
        if (way != null) {
            way.close();
            way = null;
        }
    }

    private final class Explaining implements Checker {
        private final Checker checker;

        private Explaining(Checker checker) {
            this.checker = checker;
        }

        @Override
        public Outcome ask(boolean isUp) throws InterruptedException {
            Outcome outcome = checker.ask(isUp);
            return outcome instanceof Outcome.Failure(String detail) && way != null
                    ? new Outcome.Failure(explained(detail, way))
                    : outcome;
        }

        private String explained(String detail, VipPath.Way through) throws InterruptedException {
            String seen = detail + "; at VIP " + through.virtual() + " by " + method() + ": " + through.seen();
            if (!(wanted.service() instanceof AtAddress service) || !service.protocol().equals("TCP")) {
                return seen + " (" + suspicion() + ")";
            }
            RealServer server = wanted.server();
            Connection direct = new Connection(server.address(), serversPort(), connection.bindTo(), 0,
                    connection.bindInterface(), connection.mark(), connection.timeout(), Path.SERVER);
            try (CheckSocket _ = CheckSocket.connectTcp(Route.direct(direct), Deadline.in(connection.timeout()))) {
                return seen + "; it answers at its own address, " + server.address() + " port " + direct.port()
                        + ", but not at the VIP by " + method() + ": " + suspicion();
            } catch (IOException e) {
                return seen + "; nor does it answer at its own address, " + server.address() + " port " + direct.port()
                        + ": " + e.getMessage();
            }
        }

        private String method() {
            return wanted.server().method().getFirst().toUpperCase(Locale.ROOT);
        }

        /** What is usually wrong with a server that answers, but not to clients. */
        private String suspicion() {
            return switch (method()) {
                case "DR" -> "is the VIP on its lo (and arp_ignore set)?";
                case "TUN" -> "does it unpack " + encapsulation() + ", and is the VIP on its tunnel interface or lo?";
                default -> "do its answers go back through this director (its gateway)?";
            };
        }

        private String encapsulation() {
            return wanted.server().method().stream().filter(word -> word.matches("(?i)ipip|gue|gre"))
                    .findFirst().orElse("ipip").toLowerCase(Locale.ROOT);
        }

        @Override
        public void close() {
            checker.close();
        }
    }
}
