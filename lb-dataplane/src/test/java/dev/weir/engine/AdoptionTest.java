package dev.weir.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.connection.ConnectionCopy;
import dev.weir.connection.Connections;
import dev.weir.connection.State;
import dev.weir.service.Forwarding;
import dev.weir.service.Protocol;
import dev.weir.service.RealServer;
import dev.weir.service.ServiceException;
import dev.weir.wire.IpAddress;
import dev.weir.wire.Transport;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What becomes of a connection that another director tells of, by Weir's stream. */
class AdoptionTest {
    private static final int PORT = 40000;
    private static final long SECOND = 1_000_000_000L;
    private static final String OTHER = "192.168.0.11";
    private static final byte[] NOTHING = {};
    private final Lab lab = new Lab();

    @AfterEach
    void close() {
        lab.close();
    }

    private Connections table() {
        return lab.engine.synchronisation().table(0);
    }

    private static ConnectionCopy copy(ConnectionCopy.Kind kind, int protocol, int virtualPort, String server,
            int serverPort, int flags, State state, double age) {
        ConnectionCopy copy = new ConnectionCopy();
        IpAddress client = IpAddress.parse(Lab.CLIENT);
        IpAddress vip = IpAddress.parse(Lab.VIP);
        IpAddress address = IpAddress.parse(server);
        copy.kind = kind;
        copy.protocol = protocol;
        copy.clientHigh = client.high();
        copy.clientLow = client.low();
        copy.clientPort = (flags & Connections.TEMPLATE) != 0 ? 0 : PORT;
        copy.virtualHigh = vip.high();
        copy.virtualLow = vip.low();
        copy.virtualPort = virtualPort;
        copy.serverHigh = address.high();
        copy.serverLow = address.low();
        copy.serverPort = serverPort;
        copy.flags = flags | (state.active() ? 0 : Connections.INACTIVE);
        copy.state = state.number();
        copy.timeout = 900;
        copy.age = (long) (age * SECOND);
        return copy;
    }

    private static ConnectionCopy tcp(String server, State state, double age) {
        return copy(ConnectionCopy.Kind.STREAMED, Transport.TCP, 80, server, 8080, Connections.MASQUERADED, state, age);
    }

    private void tell(ConnectionCopy copy) {
        Copies.give(copy, lab.engine, lab.now);
        Copies.settle(lab.engine, lab.now);
    }

    private void come(int flags) {
        lab.client(Packets.from(Lab.CLIENT, Lab.VIP).tcp(PORT, 80, flags, NOTHING));
    }

    private void twoServers() {
        lab.service(Protocol.TCP, Lab.VIP, 80, Forwarding.MASQUERADE, OTHER, Lab.SERVER);
        lab.routes.neighbour(IpAddress.parse(OTHER), "eth1", 0x02_00_00_00_05_0bL);
    }

    private void established() {
        twoServers();
        come(Packets.SYN);
        lab.server(Packets.from(Lab.SERVER, Lab.CLIENT).tcp(8080, PORT, Packets.SYN | Packets.ACK, NOTHING));
        come(Packets.ACK);
        assertThat(listed()).isEqualTo("ESTABLISHED 192.168.0.10");
        lab.eth0.takeSent();
        lab.eth1.takeSent();
    }

    private String listed() {
        return String.join(", ", lab.engine.connections().stream()
                .map(entry -> entry.state() + " " + entry.server()).toList());
    }

    private boolean isHeld() {
        return (table().flags(0) & Connections.HELD) != 0;
    }

    /** Our last packet came ten seconds ago. */
    @ParameterizedTest
    @CsvSource({"9.9, CLOSE_WAIT, true", "10.0, ESTABLISHED, false", "10.1, ESTABLISHED, false"})
    void whoeverSawTheLastPacketIsBelieved(double age, String state, boolean held) {
        established();
        lab.pass(10);
        tell(tcp(Lab.SERVER, State.TCP_CLOSE_WAIT, age));
        assertThat(listed()).isEqualTo(state + " 192.168.0.10");
        assertThat(isHeld()).isEqualTo(held);
        assertThat(counts()).isEqualTo(held ? "0 1 0, 0 0 0" : "1 0 0, 0 0 0");
    }

    /** What no packet came of here follows its owner, whose word may have been under way for longer than the one before. */
    @Test
    void ofWhatIsHeldTheOwnersLastWordCounts() {
        twoServers();
        tell(tcp(Lab.SERVER, State.TCP_ESTABLISHED, 1));
        tell(tcp(Lab.SERVER, State.TCP_FIN_WAIT, 1.5));
        assertThat(listed()).isEqualTo("FIN_WAIT 192.168.0.10");
        ConnectionCopy hearsay = tcp(Lab.SERVER, State.TCP_ESTABLISHED, 2);
        hearsay.held = true;
        tell(hearsay);
        assertThat(listed()).as("of another who only holds it, and heard less").isEqualTo("FIN_WAIT 192.168.0.10");
        tell(tcp(OTHER, State.TCP_ESTABLISHED, 1.5));
        assertThat(listed()).as("begun anew there").isEqualTo("ESTABLISHED 192.168.0.11");
        assertThat(counts()).isEqualTo("0 0 0, 1 0 0");
    }

    private String counts() {
        return String.join(", ", Objects.requireNonNull(lab.services.current().find(Lab.key(Protocol.TCP, Lab.VIP, 80)))
                .servers().stream().map(server -> server.activeConnections() + " " + server.inactiveConnections() + " "
                        + server.persistentConnections())
                .toList());
    }

    @ParameterizedTest
    @CsvSource({"0.5, 0, 192.168.0.10", "2.5, 1, 192.168.0.10", "2.5, 0.4, 192.168.0.11", "30, 0, 192.168.0.11"})
    void aLiveConnectionKeepsItsServer(double idle, double age, String server) {
        established();
        lab.pass(idle);
        tell(tcp(OTHER, State.TCP_ESTABLISHED, age));
        assertThat(listed()).isEqualTo("ESTABLISHED " + server);
        come(Packets.ACK);
        assertThat(Read.of(lab.toServers().getFirst()).sound().destination()).isEqualTo(server);
        assertThat(isHeld()).isFalse();
    }

    @Test
    void theEndIsThatOfWhatIsHeldOnly() {
        twoServers();
        ConnectionCopy end = tcp(Lab.SERVER, State.TCP_ESTABLISHED, 0);
        end.kind = ConnectionCopy.Kind.ENDED;
        tell(tcp(Lab.SERVER, State.TCP_ESTABLISHED, 1));
        assertThat(isHeld()).isTrue();
        tell(end);
        assertThat(lab.engine.connections()).isEmpty();
        assertThat(counts()).isEqualTo("0 0 0, 0 0 0");
        tell(tcp(Lab.SERVER, State.TCP_ESTABLISHED, 1));
        come(Packets.ACK);
        assertThat(isHeld()).isFalse();
        tell(end);
        assertThat(listed()).isEqualTo("ESTABLISHED 192.168.0.10");
    }

    @ParameterizedTest
    @CsvSource({"true, 2", "false, 2", "neither, 0"})
    void aTemplateLivesAsLongAsWhatItLedOnceAPacketOfThatCame(String answer, int left) {
        lab.service(Protocol.TCP, Lab.VIP, 80, 60, -1, Forwarding.MASQUERADE, Lab.SERVER);
        ConnectionCopy template = copy(ConnectionCopy.Kind.STREAMED, Transport.TCP, 80, Lab.SERVER, 8080,
                Connections.MASQUERADED | Connections.TEMPLATE, State.TEMPLATE_ASSURED, 0);
        template.timeout = 60;
        tell(template);
        tell(tcp(Lab.SERVER, State.TCP_ESTABLISHED, 0));
        assertThat(counts()).isEqualTo("1 0 1");
        if (answer.equals("true")) {
            lab.server(Packets.from(Lab.SERVER, Lab.CLIENT).tcp(8080, PORT, Packets.ACK, NOTHING));
        } else if (answer.equals("false")) {
            come(Packets.ACK);
        }
        lab.pass(70);
        assertThat(lab.engine.connections()).hasSize(answer.equals("neither") ? 1 : 2);
        lab.pass(700);
        assertThat(lab.engine.connections().size()).isEqualTo(left == 0 ? 1 : left);
        lab.pass(300);
        assertThat(lab.engine.connections()).isEmpty();
        assertThat(counts()).isEqualTo("0 0 0");
    }

    @Test
    void whatProvedRealStaysSo() {
        lab.service(Protocol.UDP, Lab.VIP, 53, 60, -1, Forwarding.MASQUERADE, Lab.SERVER);
        lab.client(Packets.from(Lab.CLIENT, Lab.VIP).udp(PORT, 53, NOTHING));
        lab.server(Packets.from(Lab.SERVER, Lab.CLIENT).udp(8053, PORT, NOTHING));
        lab.pass(5);
        tell(copy(ConnectionCopy.Kind.STREAMED, Transport.UDP, 53, Lab.SERVER, 8053, Connections.MASQUERADED, State.UDP,
                1));
        tell(copy(ConnectionCopy.Kind.STREAMED, Transport.UDP, 53, Lab.SERVER, 8053,
                Connections.MASQUERADED | Connections.TEMPLATE, State.TEMPLATE_NONE, 1));
        assertThat(List.of(table().state(0), table().state(1))).containsExactlyInAnyOrder(State.UDP_ANSWERED,
                State.TEMPLATE_ASSURED);
    }

    @Test
    void whereThereIsNoRoomItIsCountedAndNothingOfOurOwnGoes() {
        try (Lab small = new Lab(new EngineOptions(8, 42, 0, true), 1500)) {
            small.service(Protocol.TCP, Lab.VIP, 80, Forwarding.DIRECT_ROUTING, Lab.SERVER);
            for (int i = 0; i < 8; i++) {
                small.client(Packets.from(Lab.CLIENT, Lab.VIP).tcp(50000 + i, 80, Packets.SYN, NOTHING));
            }
            List<String> before = small.engine.connections().stream().map(Object::toString).toList();
            Copies.give(tcp(Lab.SERVER, State.TCP_ESTABLISHED, 0), small.engine, small.now);
            Copies.settle(small.engine, small.now);
            assertThat(small.engine.connections()).extracting(Object::toString).isEqualTo(before);
            assertThat(small.engine.synchronisation().refused()).isEqualTo(1);
        }
    }

    /** Told half-open, and established since: it has not to make room for a SYN. */
    @Test
    void onlyWhatIsHalfOpenStillMakesRoom() {
        try (Lab small = new Lab(new EngineOptions(8, 42, 0, true), 1500)) {
            small.service(Protocol.TCP, Lab.VIP, 80, Forwarding.DIRECT_ROUTING, Lab.SERVER);
            ConnectionCopy told = copy(ConnectionCopy.Kind.STREAMED, Transport.TCP, 80, Lab.SERVER, 80,
                    Connections.DIRECT | Connections.NO_OUTPUT, State.TCP_SYN_RECV, 1);
            for (State state : List.of(State.TCP_SYN_RECV, State.TCP_ESTABLISHED)) {
                told.state = state.number();
                Copies.give(told, small.engine, small.now);
                Copies.settle(small.engine, small.now);
            }
            for (int i = 0; i < 20; i++) {
                small.client(Packets.from(Lab.CLIENT, Lab.VIP).tcp(50000 + i, 80, Packets.SYN, NOTHING));
            }
            assertThat(small.engine.connections()).hasSize(8)
                    .filteredOn(entry -> entry.state().equals("ESTABLISHED")).singleElement()
                    .matches(entry -> entry.clientPort() == PORT);
        }
    }

    /** Servers that this director does not have: packets go by what was told of them. */
    @ParameterizedTest
    @CsvSource({"0, 8080", "131, 80", "130, 80"})
    void anUnboundConnectionGoesByItsFlags(int method, int serverPort) throws ServiceException {
        lab.service(Protocol.TCP, Lab.VIP, 80, Forwarding.MASQUERADE, Lab.SERVER);
        lab.routes.neighbour(IpAddress.parse(OTHER), "eth1", 0x02_00_00_00_05_0bL);
        ConnectionCopy copy = copy(ConnectionCopy.Kind.STREAMED, Transport.TCP, 80, OTHER, serverPort, method,
                State.TCP_ESTABLISHED, 1);
        tell(copy);
        for (String expires : List.of("0", "1")) {
            lab.engine.settings(Settings.DEFAULT.with("expire_nodest_conn", expires));
            lab.services.deleteServer(Lab.key(Protocol.TCP, Lab.VIP, 80), IpAddress.parse(Lab.SERVER), 8080);
            lab.pass(0.5);
            come(Packets.ACK);
            Read sent = Read.of(lab.toServers().getFirst());
            assertThat(sent.frame()[5]).as("to the server").isEqualTo((byte) 0x0b);
            switch (method) {
                case Connections.MASQUERADED -> {
                    assertThat(sent.sound().destination() + ":" + sent.destinationPort()).isEqualTo(OTHER + ":8080");
                    lab.server(Packets.from(OTHER, Lab.CLIENT).tcp(8080, PORT, Packets.ACK, NOTHING));
                    Read answer = Read.of(lab.toClients().getFirst()).sound();
                    assertThat(answer.source() + ":" + answer.sourcePort()).isEqualTo(Lab.VIP + ":80");
                }
                case Connections.DIRECT | Connections.NO_OUTPUT ->
                    assertThat(sent.sound().destination()).isEqualTo(Lab.VIP);
                default -> {
                    assertThat(sent.protocol()).isEqualTo(4);
                    assertThat(sent.destination()).isEqualTo(OTHER);
                    assertThat(sent.inner().sound().destination()).isEqualTo(Lab.VIP);
                }
            }
            lab.services.addServer(Lab.key(Protocol.TCP, Lab.VIP, 80), IpAddress.parse(Lab.SERVER), 8080,
                    new RealServer.Settings(Forwarding.MASQUERADE, 1, 0, 0));
        }
        assertThat(counts()).isEqualTo("0 0 0");
        lab.services.addServer(Lab.key(Protocol.TCP, Lab.VIP, 80), IpAddress.parse(OTHER), serverPort,
                new RealServer.Settings(Forwarding.MASQUERADE, 1, 0, 0));
        lab.pass(0.1);
        assertThat(counts()).as("not told again").isEqualTo("0 0 0, 0 0 0");
        copy.age = 0;
        tell(copy);
        assertThat(counts()).as("told again").isEqualTo("1 0 0, 0 0 0");
        assertThat(table().fromServer(Transport.TCP, copy.serverHigh, copy.serverLow, serverPort, copy.clientHigh,
                copy.clientLow, PORT)).as("answers find it, masqueraded as its server wants it").isZero();
        lab.pass(1000);
        assertThat(lab.engine.connections()).isEmpty();
        assertThat(counts()).isEqualTo("0 0 0, 0 0 0");
    }

    @Test
    void anUnboundTemplateLeadsNobody() {
        lab.service(Protocol.TCP, Lab.VIP, 80, 60, -1, Forwarding.MASQUERADE, Lab.SERVER);
        tell(copy(ConnectionCopy.Kind.STREAMED, Transport.TCP, 80, OTHER, 8080,
                Connections.MASQUERADED | Connections.TEMPLATE, State.TEMPLATE_ASSURED, 0));
        come(Packets.SYN);
        assertThat(Read.of(lab.toServers().getFirst()).destination()).isEqualTo(Lab.SERVER);
        assertThat(counts()).isEqualTo("1 0 1");
    }
}
