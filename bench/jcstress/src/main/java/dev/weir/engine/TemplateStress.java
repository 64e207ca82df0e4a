package dev.weir.engine;

import dev.weir.connection.Connections;
import dev.weir.service.Forwarding;
import dev.weir.service.Protocol;
import dev.weir.service.RealServer;
import dev.weir.service.ServiceException;
import dev.weir.service.ServiceKey;
import dev.weir.service.Services;
import dev.weir.service.VirtualService;
import dev.weir.wire.ClientHash;
import dev.weir.wire.IpAddress;
import java.util.List;
import java.util.Set;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Two workers begin and end connections of clients that are one to a persistent service: {@link SharedTemplates}. */
public final class TemplateStress {
    private TemplateStress() {
    }

    /** A director's templates as two workers have them; each worker's connections, and the servers that each would choose. */
    private static final class Two {
        private static final int CONNECTIONS = 1 << 16;
        private static final int TCP = 6;
        private static final int HTTPS = 443;
        private static final long VIP = IpAddress.parse("192.0.2.80").low();

        private final SharedTemplates shared;
        private final List<Connections> tables;
        private final List<Templates> templates;
        private final List<Tracker> trackers;
        private final List<RealServer> servers;
        private int clients;

        Two() {
            Services services = new Services(2);
            servers = services(services);
            Shared director = new Shared(services, List.of("eth0"), Settings.DEFAULT,
                    new Synchronisation(services, new ClientHash(42, 2, true), 2, _ -> {
                    }));
            shared = new SharedTemplates(director, new EngineOptions(CONNECTIONS, 42, 0, true), CONNECTIONS, 0);
            tables = List.of(new Connections(CONNECTIONS, 42, 0), new Connections(CONNECTIONS, 42, 0));
            templates = tables.stream().map(table -> new Templates(table, services, shared)).toList();
            trackers = List.of(new Tracker(tables.get(0), templates.get(0), services, 0, Homes.alone()),
                    new Tracker(tables.get(1), templates.get(1), services, 1, Homes.alone()));
        }

        private static List<RealServer> services(Services services) {
            ServiceKey key = new ServiceKey.Address(Protocol.TCP, IpAddress.parse("192.0.2.80"), HTTPS);
            try {
                services.addService(key, new VirtualService.Settings("rr", Set.of(), 300, -1, false, null));
                for (int i = 1; i <= 2; i++) {
                    services.addServer(key, IpAddress.parse("10.0.0." + i), HTTPS,
                            new RealServer.Settings(Forwarding.DIRECT_ROUTING, 1, 0, 0));
                }
            } catch (ServiceException e) {
                throw new IllegalStateException(e);
            }
            return List.copyOf(services.current().all().iterator().next().servers());
        }

        /** Tests make and clear their states in several threads, though not while workers are at work. */
        synchronized long newClient() {
            clients++;
            return IpAddress.mapped(clients);
        }

        /** A worker's: a connection of the client begins. @return its number */
        int begin(int worker, long client) {
            Templates own = templates.get(worker);
            own.lock();
            try {
                int template = own.find(TCP, 0, client, 0, VIP, HTTPS);
                if (template == Connections.NONE) {
                    RealServer server = servers.get(worker);
                    template = own.create(TCP, 0, client, 0, VIP, HTTPS, server, HTTPS, Connections.DIRECT, 300, 0);
                    server.persistentChanged(1);
                    server.bound();
                }
                RealServer server = own.server(template);
                if (server == null) {
                    throw new IllegalStateException("a template without a server");
                }
                int connection = tables.get(worker).create(TCP, 0, client, 20000 + worker, 0, VIP, HTTPS, 0,
                        server.addressLow(), HTTPS, Connections.DIRECT, server.id(), 60, 0);
                own.leads(template, connection, 0);
                server.connectionsChanged(0, 1);
                return connection;
            } finally {
                own.unlock();
            }
        }

        /** A worker's: the connection is over, and its template, if it leads no other. */
        void end(int worker, int connection) {
            trackers.get(worker).endWithControl(connection);
        }

        void assure(int worker, int connection) {
            templates.get(worker).assure(tables.get(worker).control(connection));
        }

        /** Which of the servers a connection is led to, from 1. */
        int server(int worker, int connection) {
            return 1 + servers.indexOf(templates.get(worker).server(tables.get(worker).control(connection)));
        }

        /** How many connections the client's template leads; -1 where there is none. Nobody is at work. */
        int led(long client) {
            int template = shared.table().template(TCP, 0, client, 0, VIP, HTTPS);
            return template == Connections.NONE ? -1 : shared.table().controlled(template);
        }

        boolean isAssured(long client) {
            return shared.table().isAssured(shared.table().template(TCP, 0, client, 0, VIP, HTTPS));
        }

        synchronized int beginWhileNobodyWorks(int worker, long client) {
            return begin(worker, client);
        }

        synchronized void endWhileNobodyWorks(int worker, int connection) {
            end(worker, connection);
        }
    }

    /** Two first connections at once have one template, and so one server. */
    @JCStressTest
    @Outcome(id = {"11, 2", "22, 2"}, expect = Expect.ACCEPTABLE, desc = "both led by one template to one server")
    @State
    public static class BeginTogether {
        private static final Two WORKERS = new Two();
        private final long client = WORKERS.newClient();
        private int one;
        private int other;

        @Actor
        public void one() {
            one = WORKERS.begin(0, client);
        }

        @Actor
        public void other() {
            other = WORKERS.begin(1, client);
        }

        @Arbiter
        public void afterwards(II_Result result) {
            result.r1 = 10 * WORKERS.server(0, one) + WORKERS.server(1, other);
            result.r2 = WORKERS.led(client);
            WORKERS.endWhileNobodyWorks(0, one);
            WORKERS.endWhileNobodyWorks(1, other);
        }
    }

    /** A client's last two connections end at once, one of each worker's: their template ends, and once only. */
    @JCStressTest
    @Outcome(id = "-1, 0", expect = Expect.ACCEPTABLE, desc = "the template is gone")
    @State
    public static class EndTogether {
        private static final Two WORKERS = new Two();
        private final long client = WORKERS.newClient();
        private final int first = WORKERS.beginWhileNobodyWorks(0, client);
        private final int second = WORKERS.beginWhileNobodyWorks(1, client);

        @Actor
        public void one() {
            WORKERS.end(0, first);
        }

        @Actor
        public void other() {
            WORKERS.end(1, second);
        }

        @Arbiter
        public void afterwards(II_Result result) {
            result.r1 = WORKERS.led(client);
            result.r2 = 0;
        }
    }

    /** A client's last connection ends as another begins: that one is led by what was, or by a template of its own. */
    @JCStressTest
    @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "the template was still there, and stays")
    @Outcome(id = "2, 1", expect = Expect.ACCEPTABLE, desc = "it was gone, and there is a new one")
    @State
    public static class EndAndBegin {
        private static final Two WORKERS = new Two();
        private final long client = WORKERS.newClient();
        private final int first = WORKERS.beginWhileNobodyWorks(0, client);
        private int next;

        @Actor
        public void one() {
            WORKERS.end(0, first);
        }

        @Actor
        public void other() {
            next = WORKERS.begin(1, client);
        }

        @Arbiter
        public void afterwards(II_Result result) {
            result.r1 = WORKERS.server(1, next);
            result.r2 = WORKERS.led(client);
            WORKERS.endWhileNobodyWorks(1, next);
        }
    }

    /** One worker's server answers, which it notes without the lock, as the other's connection begins. */
    @JCStressTest
    @Outcome(id = "1, 2", expect = Expect.ACCEPTABLE, desc = "answered, and both counted")
    @State
    public static class AssureAndBegin {
        private static final Two WORKERS = new Two();
        private final long client = WORKERS.newClient();
        private final int first = WORKERS.beginWhileNobodyWorks(0, client);
        private int next;

        @Actor
        public void one() {
            WORKERS.assure(0, first);
        }

        @Actor
        public void other() {
            next = WORKERS.begin(1, client);
        }

        @Arbiter
        public void afterwards(II_Result result) {
            result.r1 = WORKERS.isAssured(client) ? 1 : 0;
            result.r2 = WORKERS.led(client);
            WORKERS.endWhileNobodyWorks(0, first);
            WORKERS.endWhileNobodyWorks(1, next);
        }
    }
}
