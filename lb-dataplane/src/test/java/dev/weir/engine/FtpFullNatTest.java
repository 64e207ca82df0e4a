package dev.weir.engine;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.service.ClientAddress;
import dev.weir.service.Forwarding;
import dev.weir.service.Protocol;
import dev.weir.service.RealServer;
import dev.weir.service.ServiceException;
import dev.weir.service.ServiceKey;
import dev.weir.service.VirtualService;
import dev.weir.wire.IpAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** FTP under FULLNAT: the server knows a local address for its client, for the data connections, too. */
class FtpFullNatTest {
    private static final int PSH = 8;
    private static final int CONTROL = 40000;
    private static final int SERVER_PORT = 2121;
    private static final int SERVER_DATA = 2120;
    private final Lab first = new Lab();
    /** The director that packets come to. */
    private Lab lab = first;
    private Way way = Way.V4;
    private String local = "";
    private int localPort;

    /** Families of the client and the server. */
    enum Way {
        V4(true, true), V6(false, false), V6_TO_V4(false, true), V4_TO_V6(true, false);

        private final String client;
        private final String vip;
        private final String local;
        private final String server;

        Way(boolean clientV4, boolean serverV4) {
            client = clientV4 ? Lab.CLIENT : Lab.CLIENT6;
            vip = clientV4 ? Lab.VIP : Lab.VIP6;
            local = serverV4 ? "192.168.0.101" : "2001:db8:5::65";
            server = serverV4 ? Lab.SERVER : Lab.SERVER6;
        }
    }

    @AfterEach
    void close() {
        first.close();
    }

    private void login(Way of, ClientAddress clientAddress) {
        way = of;
        service(clientAddress);
        Read syn = toServer(CONTROL, 21, Packets.SYN, 1000, 0, "");
        localPort = syn.sourcePort();
        local = syn.source();
        toClient(SERVER_PORT, localPort, Packets.SYN | Packets.ACK, 5000, 1001, "");
        toServer(CONTROL, 21, Packets.ACK, 1001, 5001, "");
    }

    private void service(ClientAddress clientAddress) {
        ServiceKey key = Lab.key(Protocol.TCP, way.vip, 21);
        IpAddress address = IpAddress.parse(way.local);
        lab.routes.address("eth1", address, address.isV4() ? 32 : 128);
        try {
            lab.services.addService(key,
                    new VirtualService.Settings("rr", Set.of(), 0, -1, false, null, clientAddress));
            lab.services.addServer(key, IpAddress.parse(way.server), SERVER_PORT,
                    new RealServer.Settings(Forwarding.FULL_NAT, 1, 0, 0));
            // Another address stands in turn, which a data connection must not get.
            for (String other : List.of(way.local, address.isV4() ? "192.168.0.102" : "2001:db8:5::66")) {
                lab.services.addLocalAddress(key, IpAddress.parse(other));
            }
        } catch (ServiceException e) {
            throw new AssertionError(e);
        }
    }

    private Read toServer(int port, int to, int flags, int sequence, int acknowledgement, String text) {
        lab.client(Packets.from(way.client, way.vip).tcp(port, to, flags, sequence, acknowledgement,
                text.getBytes(US_ASCII)));
        return Read.of(lab.toServers().getLast()).sound();
    }

    private Read toClient(int port, int to, int flags, int sequence, int acknowledgement, String text) {
        lab.server(Packets.from(way.server, local).tcp(port, to, flags, sequence, acknowledgement,
                text.getBytes(US_ASCII)));
        return Read.of(lab.toClients().getLast()).sound();
    }

    private static String text(Read read) {
        return new String(read.payload(), US_ASCII);
    }

    private static void isFrom(Read read, String address, int port, String to, int toPort) {
        assertThat(List.of(read.source(), read.sourcePort(), read.destination(), read.destinationPort()))
                .isEqualTo(List.of(address, port, to, toPort));
    }

    /** The client connects to where it was told to, and both talk. */
    private void converse(int port, int to) {
        Read syn = toServer(port, to, Packets.SYN, 1, 0, "");
        isFrom(syn, local, syn.sourcePort(), way.server, to);
        isFrom(toClient(to, syn.sourcePort(), Packets.SYN | Packets.ACK, 1, 2, ""), way.vip, to, way.client, port);
        Read data = toServer(port, to, PSH | Packets.ACK, 2, 2, "upload");
        isFrom(data, local, syn.sourcePort(), way.server, to);
        assertThat(text(data)).isEqualTo("upload");
        assertThat(text(toClient(to, syn.sourcePort(), PSH | Packets.ACK, 2, 8, "download"))).isEqualTo("download");
    }

    @Test
    void theReplyToPasvHasTheVirtualAddress() {
        login(Way.V4, ClientAddress.NONE);
        toServer(CONTROL, 21, PSH | Packets.ACK, 1001, 5001, "PASV\r\n");
        String sent = "227 Entering Passive Mode (192,168,0,10,117,49).\r\n";
        String told = "227 Entering Passive Mode (172,25,254,200,117,49).\r\n";
        for (int i = 0; i < 2; i++) {
            assertThat(text(toClient(SERVER_PORT, localPort, PSH | Packets.ACK, 5001, 1007, sent))).isEqualTo(told);
        }
        converse(41000, 117 * 256 + 49);
        Read next = toServer(CONTROL, 21, PSH | Packets.ACK, 1007, 5001 + told.length(), "NOOP\r\n");
        assertThat(next.acknowledgement()).isEqualTo(5001 + sent.length());
        assertThat(
                toClient(SERVER_PORT, localPort, PSH | Packets.ACK, 5001 + sent.length(), 1013, "200\r\n").sequence())
                .isEqualTo(5001 + told.length());
    }

    /** A server behind NAT of its own may announce an address of its own choice. */
    @Test
    void theDataConnectionLeadsToTheServerWhateverAddressItKnowsItselfBy() {
        login(Way.V4_TO_V6, ClientAddress.TOA);
        toServer(CONTROL, 21, PSH | Packets.ACK, 1001, 5001, "PASV\r\n");
        assertThat(text(toClient(SERVER_PORT, localPort, PSH | Packets.ACK, 5001, 1007,
                "227 Entering Passive Mode (0,0,0,0,117,49).\r\n")))
                .isEqualTo("227 Entering Passive Mode (172,25,254,200,117,49).\r\n");
        converse(41000, 117 * 256 + 49);
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void afterEpsvTheDataConnectionComesFromTheControlConnectionsLocalAddress(Way of) {
        login(of, ClientAddress.NONE);
        for (int i = 0; i < 3; i++) {
            int port = 30001 + i;
            String reply = "229 Entering Extended Passive Mode (|||" + port + "|)\r\n";
            toServer(CONTROL, 21, PSH | Packets.ACK, 1001 + 6 * i, 5001 + reply.length() * i, "EPSV\r\n");
            assertThat(text(toClient(SERVER_PORT, localPort, PSH | Packets.ACK, 5001 + reply.length() * i,
                    1007 + 6 * i, reply))).isEqualTo(reply);
            converse(41000 + i, port);
        }
        assertThat(lab.engine.localUse().stream().mapToInt(LocalUse::used).sum()).isEqualTo(4);
        lab.pass(1000);
        assertThat(lab.engine.localUse().stream().mapToInt(LocalUse::used).sum()).isZero();
        assertThat(lab.engine.connectionCount()).isZero();
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void theServerIsToldToConnectToItsClientsLocalAddress(Way of) {
        login(of, ClientAddress.NONE);
        boolean v4 = of.client.equals(Lab.CLIENT);
        String command = v4
                ? "PORT 172,25,254,10,164,16\r\n"
                : "EPRT |2|" + Lab.CLIENT6 + "|42000|\r\n";
        Read told = toServer(CONTROL, 21, PSH | Packets.ACK, 1001, 5001, command);
        int port = port(text(told));
        if (of == Way.V4) {
            assertThat(text(told)).isEqualTo("PORT " + local.replace('.', ',') + "," + (port >> 8) + ","
                    + (port & 255) + "\r\n");
        } else {
            assertThat(text(told)).isEqualTo("EPRT |" + (local.contains(":") ? 2 : 1) + "|" + local + "|" + port
                    + "|\r\n");
        }
        assertThat(text(toServer(CONTROL, 21, PSH | Packets.ACK, 1001, 5001, command))).as("sent again")
                .isEqualTo(text(told));
        int grown = told.payload().length - command.length();
        Read taken = toClient(SERVER_PORT, localPort, PSH | Packets.ACK, 5001, 1001 + told.payload().length,
                "200 OK\r\n");
        assertThat(taken.acknowledgement()).isEqualTo(1001 + command.length());
        Read next = toServer(CONTROL, 21, PSH | Packets.ACK, 1001 + command.length(), 5009, "RETR part\r\n");
        assertThat(next.sequence()).isEqualTo(1001 + command.length() + grown);

        isFrom(toClient(SERVER_DATA, port, Packets.SYN, 1, 0, ""), way.vip, 20, way.client, 42000);
        isFrom(toServer(42000, 20, Packets.SYN | Packets.ACK, 1, 2, ""), local, port, way.server, SERVER_DATA);
        assertThat(text(toClient(SERVER_DATA, port, PSH | Packets.ACK, 2, 2, "data"))).isEqualTo("data");
        assertThat(lab.engine.counters().dropped()).isZero();
        lab.pass(1000);
        assertThat(lab.engine.localUse().stream().mapToInt(LocalUse::used).sum()).isZero();
    }

    private static int port(String command) {
        if (command.startsWith("EPRT")) {
            return Integer.parseInt(command.split("\\|", -1)[3]);
        }
        int[] numbers = Arrays.stream(command.strip().substring(5).split(",", -1)).mapToInt(Integer::parseInt)
                .toArray();
        return numbers[4] << 8 | numbers[5];
    }

    /** Its own address would be that of its client to the server, which could not refuse any more (RFC 2577). */
    @Test
    void aCommandForSomebodyElsesAddressOrAServicesPortGoesAsItIs() {
        login(Way.V4, ClientAddress.NONE);
        for (String command : List.of("PORT 172,25,254,11,164,16\r\n", "PORT 172,25,254,10,0,25\r\n",
                "EPRT |1|172.25.254.11|42000|\r\n")) {
            assertThat(text(toServer(CONTROL, 21, PSH | Packets.ACK, 1001, 5001, command))).isEqualTo(command);
        }
        assertThat(lab.engine.connectionCount()).isEqualTo(1);
    }

    /** The reply to PASV comes just before the director dies, PORT after; behind a header, so that all that shifts is told. */
    @Test
    void theSessionGoesOnAtAnotherDirector() {
        login(Way.V4, ClientAddress.PROXY_V2);
        int header = 28;
        String passive = "227 Entering Passive Mode (192,168,0,10,117,49).\r\n";
        int grown = "172,25,254,200".length() - "192,168,0,10".length();
        toServer(CONTROL, 21, PSH | Packets.ACK, 1001, 5001, "PASV\r\n");
        toClient(SERVER_PORT, localPort, PSH | Packets.ACK, 5001, 1007 + header, passive);
        try (Lab other = new Lab()) {
            lab = other;
            service(ClientAddress.PROXY_V2);
            Copies.all(first.engine, other.engine, first.now);
            assertThat(other.engine.connections()).containsExactlyInAnyOrderElementsOf(first.engine.connections());
            converse(41000, 117 * 256 + 49);
            String command = "PORT 172,25,254,10,164,16\r\n";
            int next = 5001 + passive.length();
            Read told = toServer(CONTROL, 21, PSH | Packets.ACK, 1007, next + grown, command);
            assertThat(text(told)).startsWith("PORT 192,168,0,10");
            assertThat(told.sequence()).isEqualTo(1007 + header);
            assertThat(told.acknowledgement()).isEqualTo(next);
            Read taken = toClient(SERVER_PORT, localPort, PSH | Packets.ACK, next,
                    1007 + header + told.payload().length, "200\r\n");
            assertThat(taken.sequence()).isEqualTo(next + grown);
            assertThat(taken.acknowledgement()).isEqualTo(1007 + command.length());
        }
    }

    /** The header comes before the client's first byte, and its shift adds to the commands'. */
    @Test
    void commandsChangeBehindAHeaderOfTheProxyProtocol() {
        login(Way.V4, ClientAddress.PROXY_V2);
        int header = 28;
        toClient(SERVER_PORT, localPort, PSH | Packets.ACK, 5001, 1001 + header, "220\r\n");
        String command = "PORT 172,25,254,10,164,16\r\n";
        Read told = toServer(CONTROL, 21, PSH | Packets.ACK, 1001, 5006, command);
        assertThat(text(told)).startsWith("PORT 192,168,0,10");
        assertThat(told.sequence()).isEqualTo(1001 + header);
        int all = 1001 + header + told.payload().length;
        assertThat(toClient(SERVER_PORT, localPort, PSH | Packets.ACK, 5006, all, "200\r\n").acknowledgement())
                .isEqualTo(1001 + command.length());
        assertThat(toServer(CONTROL, 21, Packets.ACK, 1001 + command.length(), 5011, "").sequence()).isEqualTo(all);
        assertThat(toServer(CONTROL, 21, PSH | Packets.ACK, 1001, 5011, command).sequence()).as("sent again")
                .isEqualTo(1001 + header);
    }

    @Test
    void whereTheTableIsFullTheCommandIsDroppedAndCounted() {
        login(Way.V4, ClientAddress.NONE);
        int room = (1 << 12) - 1;
        for (int i = 0; i < room + 10; i++) {
            lab.client(Packets.from(way.client, way.vip).tcp(CONTROL, 21, PSH | Packets.ACK, 1001, 5001,
                    ("PORT 172,25,254,10," + (4 + i / 256) + "," + i % 256 + "\r\n").getBytes(US_ASCII)));
        }
        assertThat(lab.toServers()).hasSize(room);
        assertThat(lab.engine.counters().dropped(DropReason.TABLE_FULL)).isEqualTo(10);
    }
}
