package dev.weir.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.connection.ConnectionCopy;
import dev.weir.connection.Connections;
import dev.weir.service.Forwarding;
import dev.weir.service.Protocol;
import dev.weir.service.RealServer;
import dev.weir.service.ServiceException;
import dev.weir.service.ServiceKey;
import dev.weir.service.VirtualService;
import dev.weir.wire.IpAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Whatever other directors tell, in whatever order, between packets, timeouts, servers that go and servers that come: a server
 * counts the connections that lead to it, no more and no fewer, and a connection is where its packets find it.
 */
class AdoptedCountsTest {
    private static final int STEPS = 6000;
    private static final int SERVERS = 3;
    private static final int[] TCP_FLAGS = {Packets.SYN, Packets.ACK, Packets.FIN | Packets.ACK, Packets.RST,
            Packets.SYN | Packets.ACK};
    private static final List<ServiceKey.Address> KEYS = List.of(Lab.key(Protocol.TCP, Lab.VIP, 80),
            Lab.key(Protocol.TCP, Lab.VIP, 81), Lab.key(Protocol.UDP, Lab.VIP, 53), Lab.key(Protocol.TCP, Lab.VIP, 21),
            Lab.key(Protocol.SCTP, Lab.VIP, 90), Lab.key(Protocol.UDP, Lab.VIP, 54),
            Lab.key(Protocol.TCP, Lab.VIP, 443));
    private static final List<Forwarding> METHODS = List.of(Forwarding.MASQUERADE, Forwarding.DIRECT_ROUTING,
            Forwarding.IPIP, Forwarding.MASQUERADE, Forwarding.DIRECT_ROUTING, Forwarding.MASQUERADE,
            Forwarding.DIRECT_ROUTING);

    private Random random = new Random();

    private static boolean isPersistent(int service) {
        return service == 1 || service == 5 || service == 6;
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 1", "3, 2", "4, 2", "5, 3", "6, 3"})
    void serversCountWhatLeadsToThem(long seed, int workers) throws ServiceException {
        random = new Random(seed);
        // Little room in half of them, so that it runs out.
        try (WorkersLab lab = new WorkersLab(workers, seed % 2 == 0 ? 256 * workers : 1 << 13)) {
            for (int service = 0; service < KEYS.size(); service++) {
                lab.services.addService(KEYS.get(service), new VirtualService.Settings("rr", Set.of(),
                        isPersistent(service) ? 50 : 0, -1, service == 5, null));
                for (int server = 0; server < SERVERS; server++) {
                    addServer(lab, service, server);
                }
            }
            for (int step = 0; step < STEPS; step++) {
                step(lab);
                if (step % 50 == 0) {
                    assertThat(counted(lab)).as("seed %d, step %d, %d workers", seed, step, workers)
                            .isEqualTo(standing(lab));
                }
            }
            for (int minute = 0; minute < 40; minute++) {
                lab.now += 60_000_000_000L;
                lab.pass(0.1);
            }
            assertThat(lab.engines.connections()).as("seed %d: all has ended", seed).isEmpty();
            assertThat(counted(lab)).as("seed %d", seed).isEqualTo(standing(lab))
                    .allSatisfy(line -> assertThat(line).endsWith(" 0 0 0"));
        }
    }

    /** Each worker has a thread, and one more gives copies, as fast as they are taken. */
    @ParameterizedTest
    @CsvSource({"21, 2", "22, 3"})
    void serversCountWhatLeadsToThemWhileThreadsWork(long seed, int workers) throws Exception {
        random = new Random(seed);
        try (WorkersLab lab = new WorkersLab(workers, 1 << 12)) {
            for (int service = 0; service < KEYS.size(); service++) {
                lab.services.addService(KEYS.get(service), new VirtualService.Settings("rr", Set.of(),
                        isPersistent(service) ? 50 : 0, -1, false, null));
                for (int server = 0; server < SERVERS; server++) {
                    addServer(lab, service, server);
                }
            }
            AtomicInteger sending = new AtomicInteger(workers);
            AtomicBoolean done = new AtomicBoolean();
            List<Callable<Boolean>> threads = new ArrayList<>();
            for (int i = 0; i < workers; i++) {
                int worker = i;
                threads.add(() -> {
                    lab.work(worker, new Random(seed + worker), 2000, sending);
                    while (!done.get()) {
                        lab.engines.engine(worker).tick(lab.now);
                    }
                    return true;
                });
            }
            threads.add(() -> {
                try {
                    for (int i = 0; i < 30_000; i++) {
                        ConnectionCopy copy = copy();
                        while (!lab.engines.synchronisation().give(copy)) {
                            Thread.onSpinWait();
                        }
                    }
                } finally {
                    done.set(true);
                }
                return true;
            });
            try (ExecutorService executor = Executors.newFixedThreadPool(workers + 1)) {
                for (Future<Boolean> thread : executor.invokeAll(threads)) {
                    assertThat(thread.get()).isTrue();
                }
            }
            Copies.settle(lab.engines, lab.now);
            assertThat(counted(lab)).as("seed %d, %d workers", seed, workers).isEqualTo(standing(lab));
            for (int minute = 0; minute < 40; minute++) {
                lab.now += 60_000_000_000L;
                lab.pass(0.1);
            }
            assertThat(lab.engines.connections()).as("seed %d: all has ended", seed).isEmpty();
            assertThat(counted(lab)).as("seed %d", seed).allSatisfy(line -> assertThat(line).endsWith(" 0 0 0"));
        }
    }

    private static void addServer(WorkersLab lab, int service, int server) throws ServiceException {
        lab.services.addServer(KEYS.get(service), address(server), KEYS.get(service).port(),
                new RealServer.Settings(METHODS.get(service), 1, 0, 0));
    }

    private static IpAddress address(int server) {
        return IpAddress.parse("192.168.0." + (10 + server));
    }

    private void step(WorkersLab lab) throws ServiceException {
        switch (random.nextInt(20)) {
            case 0 -> serverGoesOrComes(lab);
            case 1 -> lab.pass(random.nextInt(20) / 10.0);
            case 2 -> {
                lab.now += random.nextLong(100_000_000_000L);
                lab.pass(0.1);
            }
            case 3 -> lab.services.forgetRemoved();
            case 4, 5, 6, 7 -> packet(lab);
            case 8 -> lab.engines.settings(Settings.DEFAULT.with("expire_nodest_conn", random.nextBoolean() ? "1" : "0")
                    .with("drop_entry", random.nextInt(4) == 0 ? "3" : "0"));
            default -> {
                Copies.give(copy(), lab.engines, lab.now);
                if (random.nextBoolean()) {
                    Copies.settle(lab.engines, lab.now);
                }
            }
        }
    }

    private void serverGoesOrComes(WorkersLab lab) throws ServiceException {
        int service = random.nextInt(KEYS.size());
        int server = random.nextInt(SERVERS);
        VirtualService now = Objects.requireNonNull(lab.services.current().find(KEYS.get(service)));
        if (now.server(address(server).high(), address(server).low(), KEYS.get(service).port()) == null) {
            addServer(lab, service, server);
        } else {
            lab.services.deleteServer(KEYS.get(service), address(server), KEYS.get(service).port());
        }
    }

    private void packet(WorkersLab lab) {
        int service = random.nextInt(KEYS.size());
        int port = KEYS.get(service).port();
        int clientPort = clientPort();
        String client = client();
        boolean answer = METHODS.get(service) instanceof Forwarding.Masquerade && random.nextInt(3) == 0;
        Packets packets = answer
                ? Packets.from("192.168.0." + (10 + random.nextInt(SERVERS)), client)
                : Packets.from(client, Lab.VIP);
        int from = answer ? port : clientPort;
        int to = answer ? clientPort : port;
        byte[] frame = switch (KEYS.get(service).protocol()) {
            case TCP -> packets.tcp(from, to, TCP_FLAGS[random.nextInt(TCP_FLAGS.length)], new byte[0]);
            case UDP -> packets.udp(from, to, new byte[1]);
            case SCTP -> packets.sctp(from, to, Packets.chunks(random.nextInt(15)));
        };
        lab.arrives(random.nextInt(lab.engines.workers()), answer, frame);
    }

    private String client() {
        return "172.25.254." + (10 + random.nextInt(6));
    }

    private int clientPort() {
        return 40000 + random.nextInt(12);
    }

    /** Of one of all those services, or of none; to a server that is there, or not; true to a state, or not. */
    private ConnectionCopy copy() {
        ConnectionCopy copy = new ConnectionCopy();
        int service = random.nextInt(KEYS.size());
        copy.kind = switch (random.nextInt(5)) {
            case 0, 1 -> ConnectionCopy.Kind.STREAMED;
            case 2 -> ConnectionCopy.Kind.ENDED;
            default -> ConnectionCopy.Kind.IPVS;
        };
        ServiceKey.Address key = KEYS.get(service);
        IpAddress client = IpAddress.parse(client());
        IpAddress server = address(random.nextInt(SERVERS + 1));
        boolean template = isPersistent(service) && random.nextInt(3) == 0;
        copy.protocol = key.protocol().number();
        copy.clientHigh = client.high();
        copy.clientLow = client.low();
        copy.clientPort = template ? 0 : clientPort();
        copy.virtualHigh = key.address().high();
        copy.virtualLow = key.address().low();
        copy.virtualPort = key.port();
        copy.serverHigh = server.high();
        copy.serverLow = server.low();
        copy.serverPort = random.nextInt(10) == 0 ? 7777 + service : key.port();
        int method = random.nextInt(4) == 0 ? random.nextInt(3) : service % 3;
        copy.flags = new int[]{Connections.MASQUERADED, Connections.DIRECT | Connections.NO_OUTPUT,
                Connections.TUNNEL | Connections.NO_OUTPUT}[method] | (template ? Connections.TEMPLATE : 0)
                | (random.nextBoolean() ? Connections.INACTIVE : 0);
        if (!template && copy.virtualPort == 21 && random.nextInt(4) == 0) {
            copy.clientPort = 0;
            copy.flags |= Connections.NO_CLIENT_PORT;
        }
        copy.state = random.nextInt(template ? 3 : copy.protocol == Packets.UDP ? 2 : 13);
        copy.timeout = random.nextInt(4) == 0 ? 0 : random.nextInt(200);
        copy.age = random.nextLong(20_000_000_000L);
        copy.packetsIn = random.nextInt(10);
        copy.held = random.nextInt(3) == 0;
        copy.adjusted = !template && random.nextInt(4) == 0;
        return copy;
    }

    private static List<RealServer> servers(WorkersLab lab) {
        List<RealServer> servers = new ArrayList<>();
        for (RealServer server : lab.services.servers()) {
            if (server != null) {
                servers.add(server);
            }
        }
        return servers;
    }

    private static List<String> counted(WorkersLab lab) {
        return servers(lab).stream().map(server -> server.id() + " " + server.activeConnections() + " "
                + server.inactiveConnections() + " " + server.persistentConnections()).toList();
    }

    /** The same, counted anew. */
    private static List<String> standing(WorkersLab lab) {
        int[][] counts = new int[lab.services.servers().length][3];
        Synchronisation tables = lab.engines.synchronisation();
        for (int i = 0; i < tables.tables(); i++) {
            Connections table = tables.table(i);
            for (int connection = 0; connection < table.numbers(); connection++) {
                if (table.stands(connection) && table.server(connection) != Connections.NONE) {
                    int flags = table.flags(connection);
                    int kind = (flags & Connections.TEMPLATE) != 0 ? 2 : (flags & Connections.INACTIVE) != 0 ? 1 : 0;
                    counts[table.server(connection)][kind]++;
                    assertThat(isFound(table, connection)).as("connection %d of table %d is found", connection, i)
                            .isTrue();
                }
            }
        }
        return servers(lab).stream().map(server -> server.id() + " " + counts[server.id()][0] + " "
                + counts[server.id()][1] + " " + counts[server.id()][2]).toList();
    }

    private static boolean isFound(Connections table, int connection) {
        if ((table.flags(connection) & Connections.TEMPLATE) != 0) {
            return true;
        }
        boolean answered = table.forwarding(connection) != Connections.MASQUERADED
                || table.fromServer(table.protocol(connection), table.serverHigh(connection),
                        table.serverLow(connection), table.serverPort(connection), table.clientHigh(connection),
                        table.clientLow(connection), table.clientPort(connection)) == connection;
        return answered && table.fromClient(table.protocol(connection), table.clientHigh(connection),
                table.clientLow(connection), table.clientPort(connection), table.virtualHigh(connection),
                table.virtualLow(connection), table.virtualPort(connection)) == connection;
    }
}
