package dev.weir.engine;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.service.Forwarding;
import dev.weir.service.Protocol;
import dev.weir.service.RealServer;
import dev.weir.service.ServiceException;
import dev.weir.service.SourceNat;
import dev.weir.wire.IpAddress;
import dev.weir.wire.IpPrefix;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each port of a local address is one worker's, whichever of them a frame comes to. */
class LocalPortsOfSeveralWorkersTest {
    private static final String LOCAL = "192.168.0.101";
    private static final String LOCAL6 = "2001:db8:5::65";
    private static final String OUTSIDE = "172.25.254.50";
    private static final int CONNECTIONS = 200;

    private static String client(int i) {
        return "172.25.254." + (10 + i % 40);
    }

    /**
     * A SYN comes to some worker and goes on from {@code own}; its answer comes to some worker, and goes back.
     *
     * @param behind whether it comes from the servers' side
     * @return the SYN as it went on
     */
    private static Read opens(WorkersLab lab, Random random, boolean behind, String from, int port, String to,
            int toPort, String own) {
        lab.arrives(random.nextInt(lab.ports.size()), behind,
                Packets.from(from, to).tcp(port, toPort, Packets.SYN, new byte[0]));
        Read request = Read.of(lab.frames.getFirst()).sound();
        assertThat(request.source()).isEqualTo(own);
        lab.arrives(random.nextInt(lab.ports.size()), !behind, Packets.from(request.destination(), own)
                .tcp(toPort, request.sourcePort(), Packets.SYN | Packets.ACK, new byte[0]));
        assertThat(lab.frames).as("connection of port %d, seed %d", port, lab.ports.size()).hasSize(1);
        Read answer = Read.of(lab.frames.getFirst()).sound();
        assertThat(answer.source()).isEqualTo(to);
        assertThat(answer.destination()).isEqualTo(from);
        assertThat(answer.destinationPort()).isEqualTo(port);
        return request;
    }

    @ParameterizedTest
    @CsvSource({"1,true", "2,true", "3,true", "2,false", "3,false"})
    void answersUnderFullNatComeToTheirConnection(int workers, boolean byFlow) throws ServiceException {
        Random random = new Random(workers);
        try (WorkersLab lab = new WorkersLab(workers, 1 << 12, byFlow)) {
            lab.service(Protocol.TCP, 80, 0, -1, Forwarding.FULL_NAT, 3);
            lab.services.addLocalAddress(null, IpAddress.parse(LOCAL));
            Set<String> ends = new HashSet<>();
            for (int i = 0; i < CONNECTIONS; i++) {
                Read request = opens(lab, random, false, client(i), 20000 + i, Lab.VIP, 80, LOCAL);
                assertThat(ends.add(request.destination() + " " + request.sourcePort())).as("connection %d", i)
                        .isTrue();
            }
            assertThat(lab.engines.localUse().stream().mapToInt(LocalUse::used).sum()).isEqualTo(CONNECTIONS);
            assertThat(lab.engines.localUse().stream().mapToInt(LocalUse::ports).sum()).isEqualTo(3 * 64512);
            lab.pass(70);
            assertThat(lab.engines.localUse().stream().mapToInt(LocalUse::used).sum()).isZero();
        }
    }

    /** They stand with their client's home, whose local ports they get. */
    @ParameterizedTest
    @CsvSource({"1,true", "2,true", "3,true", "2,false", "3,false"})
    void answersOnDataConnectionsOfFtpComeToThem(int workers, boolean byFlow) throws ServiceException {
        Random random = new Random(workers);
        try (WorkersLab lab = new WorkersLab(workers, 1 << 12, byFlow)) {
            lab.service(Protocol.TCP, 21, 0, -1, Forwarding.FULL_NAT, 3);
            lab.services.addLocalAddress(null, IpAddress.parse(LOCAL));
            for (int i = 0; i < CONNECTIONS; i++) {
                String client = client(i);
                Read control = opens(lab, random, false, client, 20000 + i, Lab.VIP, 21, LOCAL);
                for (String command : List.of("", "EPSV\r\n")) {
                    lab.arrives(random.nextInt(workers), false, Packets.from(client, Lab.VIP).tcp(20000 + i, 21,
                            Packets.ACK, command.getBytes(US_ASCII)));
                    assertThat(lab.frames).hasSize(1);
                }
                lab.arrives(random.nextInt(workers), true, Packets.from(control.destination(), LOCAL).tcp(21,
                        control.sourcePort(), Packets.ACK, ("229 (|||" + (30000 + i) + "|)\r\n").getBytes(US_ASCII)));
                Read data = opens(lab, random, false, client, 50000 - i, Lab.VIP, 30000 + i, LOCAL);
                assertThat(data.destination()).isEqualTo(control.destination());
            }
            assertThat(lab.engines.connectionCount()).isEqualTo(2 * CONNECTIONS);
        }
    }

    @ParameterizedTest
    @CsvSource({"1,true", "2,true", "3,true", "2,false", "3,false"})
    void answersOfServersOfTheOtherFamilyComeToTheirConnection(int workers, boolean byFlow) throws ServiceException {
        Random random = new Random(workers);
        try (WorkersLab lab = new WorkersLab(workers, 1 << 12, byFlow)) {
            lab.service(Protocol.UDP, 80, 0, -1, Forwarding.FULL_NAT, 0);
            lab.services.addServer(Lab.key(Protocol.UDP, Lab.VIP, 80), IpAddress.parse(Lab.SERVER6), 80,
                    new RealServer.Settings(Forwarding.FULL_NAT, 1, 0, 0));
            lab.services.addLocalAddress(null, IpAddress.parse(LOCAL6));
            for (int i = 0; i < CONNECTIONS; i++) {
                String client = client(i);
                lab.arrives(random.nextInt(workers), false,
                        Packets.from(client, Lab.VIP).udp(20000 + i, 80, new byte[10]));
                byte[] frame = lab.frames.getFirst();
                Read request = Read.of(frame).sound();
                assertThat(request.source()).isEqualTo(LOCAL6);
                lab.arrives(random.nextInt(workers), true,
                        Packets.from(Lab.SERVER6, LOCAL6).udp(80, request.sourcePort(), new byte[20]));
                assertThat(lab.frames).as("connection %d, seed %d", i, workers).hasSize(1);
                Read answer = Read.of(lab.frames.getFirst()).sound();
                assertThat(answer.destination()).isEqualTo(client);
                assertThat(answer.destinationPort()).isEqualTo(20000 + i);
                lab.arrives(random.nextInt(workers), true, Packets.from(Lab.SERVER6, LOCAL6).icmp(1, 4, 0,
                        Packets.part(frame, 14, frame.length)));
                assertThat(lab.frames).as("error about connection %d, seed %d", i, workers).hasSize(1);
                assertThat(Read.of(lab.frames.getFirst()).sound().destination()).isEqualTo(client);
            }
        }
    }

    /** Servers are masqueraded as well, so that by their addresses alone their packets might be answers. */
    @ParameterizedTest
    @CsvSource({"1,true", "2,true", "3,true", "2,false", "3,false"})
    void answersToWhatServersBeginComeBackToThem(int workers, boolean byFlow) throws ServiceException {
        Random random = new Random(workers);
        try (WorkersLab lab = new WorkersLab(workers, 1 << 12, byFlow)) {
            lab.service(Protocol.TCP, 80, 0, -1, Forwarding.MASQUERADE, 3);
            lab.services.sourceNats(List.of(new SourceNat(IpPrefix.parse("192.168.0.0/24"), IpPrefix.ALL_V4,
                    List.of(IpAddress.parse(OUTSIDE)))));
            for (int i = 0; i < CONNECTIONS; i++) {
                String server = "192.168.0." + (10 + i % 6);
                String remote = client(i);
                int port = 20000 + i;
                Read request = opens(lab, random, true, server, port, remote, 443, OUTSIDE);
                lab.arrives(random.nextInt(workers), true,
                        Packets.from(server, remote).tcp(port, 443, Packets.ACK, new byte[]{1}));
                assertThat(Read.of(lab.frames.getFirst()).sourcePort()).isEqualTo(request.sourcePort());
                lab.arrives(random.nextInt(workers), true,
                        Packets.from(server, remote).icmp(8, 0, port << 16, new byte[8]));
                Read ping = Read.of(lab.frames.getFirst()).sound();
                lab.arrives(random.nextInt(workers), false, Packets.from(remote, OUTSIDE).icmp(0, 0,
                        ping.u16(ping.transport() + 4) << 16, new byte[8]));
                assertThat(Read.of(lab.frames.getFirst()).sound().destination()).isEqualTo(server);
            }
            assertThat(lab.engines.connectionCount()).isEqualTo(2 * CONNECTIONS);
        }
    }
}
