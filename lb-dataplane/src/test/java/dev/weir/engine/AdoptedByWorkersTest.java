package dev.weir.engine;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.service.Forwarding;
import dev.weir.service.Protocol;
import dev.weir.service.ServiceException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Two directors of as many workers each as they like: what one tells reaches the worker of the other that its packets will
 * come to, or that asks for it, in whichever worker's frames they arrive.
 */
class AdoptedByWorkersTest {
    private static final int PSH = 8;
    private static final int FIRST_CLIENT = 10;
    private static final int CLIENTS = 30;
    private static final byte[] NOTHING = {};

    /** One connection as it stands at the first director. */
    private record Begun(String client, int port, int service, String server) {
        byte[] request(int flags) {
            return service == 53
                    ? Packets.from(client, Lab.VIP).udp(port, service, Packets.bytes(40))
                    : Packets.from(client, Lab.VIP).tcp(port, service, flags, Packets.bytes(40));
        }

        byte[] answer(int flags) {
            return service == 53
                    ? Packets.from(server, client).udp(service, port, Packets.bytes(50))
                    : Packets.from(server, client).tcp(service, port, flags, Packets.bytes(50));
        }
    }

    private static void configure(WorkersLab lab) throws ServiceException {
        lab.service(Protocol.TCP, 443, 0, -1, Forwarding.MASQUERADE, 3)
                .service(Protocol.TCP, 80, 300, -1 << 2, Forwarding.DIRECT_ROUTING, 3)
                .service(Protocol.UDP, 53, 0, -1, Forwarding.MASQUERADE, 2)
                .service(Protocol.TCP, 21, 0, -1, Forwarding.MASQUERADE, 2);
    }

    @ParameterizedTest
    @CsvSource({"1, 2, 11", "2, 1, 12", "2, 2, 13", "2, 3, 14", "3, 2, 15", "3, 3, 16"})
    void whicheverWorkerAFrameArrivesAt(int workers, int otherWorkers, long seed) throws ServiceException {
        Random random = new Random(seed);
        try (WorkersLab first = new WorkersLab(workers, 1 << 12);
                WorkersLab second = new WorkersLab(otherWorkers, 1 << 12)) {
            configure(first);
            configure(second);
            List<Begun> begun = new ArrayList<>();
            for (int client = FIRST_CLIENT; client < FIRST_CLIENT + CLIENTS; client++) {
                for (int service : new int[]{443, 80, 53, 21}) {
                    begun.add(begin(first, random, "172.25.254." + client, 20000 + random.nextInt(20000), service));
                }
            }
            String where = "seed " + seed + ", " + workers + " and " + otherWorkers + " workers";
            Copies.all(first.engines, second.engines, first.now);
            assertThat(listed(second)).as(where).isEqualTo(listed(first));
            assertThat(counted(second)).as(where).isEqualTo(counted(first));
            for (Begun one : begun) {
                goesOn(one, first, second, random, where);
            }
            assertThat(listed(second)).as(where).isEqualTo(listed(first));
            assertThat(counted(second)).as(where).isEqualTo(counted(first));
            assertThat(second.engines.counters().handedBack() + second.engines.counters().dropped()).as(where).isZero();
        }
    }

    @Test
    void theWorkerThatIsGivenSomethingIsWoken() throws ServiceException {
        try (WorkersLab first = new WorkersLab(1, 1 << 12); WorkersLab second = new WorkersLab(3, 1 << 12)) {
            configure(first);
            configure(second);
            Random random = new Random(1);
            for (int client = FIRST_CLIENT; client < FIRST_CLIENT + CLIENTS; client++) {
                begin(first, random, "172.25.254." + client, 20000, 443);
            }
            Map<Integer, Integer> woken = new TreeMap<>();
            second.engines.onArrival(worker -> woken.merge(worker, 1, Integer::sum));
            Copies.each(first.engines, first.now,
                    copy -> assertThat(second.engines.synchronisation().give(copy)).isTrue());
            assertThat(woken.keySet()).containsExactly(0, 1, 2);
            assertThat(woken.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(CLIENTS);
            for (int worker = 0; worker < 3; worker++) {
                assertThat(second.engines.hasWork(worker)).isTrue();
                second.engines.engine(worker).tick(second.now);
                assertThat(second.engines.hasWork(worker)).isFalse();
            }
            assertThat(second.engines.connectionCount()).isEqualTo(CLIENTS);
        }
    }

    private static Begun begin(WorkersLab lab, Random random, String client, int port, int service) {
        Begun unknown = new Begun(client, port, service, "");
        lab.arrives(random.nextInt(lab.engines.workers()), false, unknown.request(Packets.SYN));
        // Direct routing leaves the address alone: then the MAC says which server it is.
        String server = "192.168.0." + lab.frames.getFirst()[5];
        Begun begun = new Begun(client, port, service, server);
        if (service != 80) {
            lab.arrives(random.nextInt(lab.engines.workers()), true, begun.answer(Packets.SYN | Packets.ACK));
        }
        lab.arrives(random.nextInt(lab.engines.workers()), false, begun.request(Packets.ACK));
        if (service == 21) {
            control(lab, random, begun, false, 1040, "PASV\r\n");
            control(lab, random, begun, true, 1050, passive(begun));
        }
        return begun;
    }

    private static String passive(Begun one) {
        return "227 (" + one.server().replace('.', ',') + ",117,49)\r\n";
    }

    private static List<String> control(WorkersLab lab, Random random, Begun one, boolean answer, int sequence,
            String text) {
        byte[] payload = text.getBytes(US_ASCII);
        return lab.arrives(random.nextInt(lab.engines.workers()), answer, answer
                ? Packets.from(one.server(), one.client()).tcp(21, one.port(), PSH | Packets.ACK, sequence, 0, payload)
                : Packets.from(one.client(), Lab.VIP).tcp(one.port(), 21, PSH | Packets.ACK, sequence, 0, payload));
    }

    /** The same packets come to any worker of both: both send the same. */
    private static void goesOn(Begun one, WorkersLab first, WorkersLab second, Random random, String where) {
        List<byte[]> fromClient = new ArrayList<>(List.of(one.request(Packets.ACK)));
        List<byte[]> fromServer = new ArrayList<>();
        if (one.service() != 80) {
            fromServer.add(one.answer(Packets.ACK));
        } else {
            // Another client of the same network: the template leads it to the same server.
            String last = one.client().substring(one.client().lastIndexOf('.') + 1);
            String neighbour = "172.25.254." + (Integer.parseInt(last) ^ 1);
            fromClient.add(Packets.from(neighbour, Lab.VIP).tcp(50000, 80, Packets.SYN, NOTHING));
        }
        if (one.service() == 21) {
            // Its data connection, which nobody knew the client's port of.
            fromClient.add(Packets.from(one.client(), Lab.VIP).tcp(one.port() + 1, 30001, Packets.SYN, NOTHING));
            fromServer
                    .add(Packets.from(one.server(), one.client()).tcp(30001, one.port() + 1, Packets.SYN | Packets.ACK,
                            NOTHING));
        }
        for (int i = 0; i < Math.max(fromClient.size(), fromServer.size()); i++) {
            if (i < fromClient.size()) {
                same(false, fromClient.get(i), first, second, random, where + ", " + one);
            }
            if (i < fromServer.size()) {
                same(true, fromServer.get(i), first, second, random, where + ", " + one);
            }
        }
        if (one.service() == 21) {
            String again = passive(one).replace("117,49", "117,50");
            control(first, random, one, false, 1090, "PASV\r\n");
            control(second, random, one, false, 1090, "PASV\r\n");
            assertThat(control(second, random, one, true, 1100, again)).as("%s, %s", where, one).hasSize(1)
                    .isEqualTo(control(first, random, one, true, 1100, again));
        }
    }

    private static void same(boolean fromServer, byte[] frame, WorkersLab first, WorkersLab second, Random random,
            String where) {
        List<String> sent = second.arrives(random.nextInt(second.engines.workers()), fromServer, frame);
        assertThat(sent).as(where).hasSize(1)
                .isEqualTo(first.arrives(random.nextInt(first.engines.workers()), fromServer, frame));
    }

    private static List<String> listed(WorkersLab lab) {
        return lab.engines.connections().stream().map(Object::toString).sorted().toList();
    }

    private static List<String> counted(WorkersLab lab) {
        return lab.services.current().all().stream().flatMap(service -> service.servers().stream())
                .map(server -> server.address() + " " + server.activeConnections() + " " + server.inactiveConnections()
                        + " " + server.persistentConnections())
                .toList();
    }
}
