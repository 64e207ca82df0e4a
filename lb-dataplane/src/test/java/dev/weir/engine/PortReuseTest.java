package dev.weir.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.service.ClientAddress;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Under FULLNAT a port is used again while the server still remembers the connection that had it. */
class PortReuseTest {
    private static final int PORTS = 65536 - 1024;
    private static final int[] OPTIONS = {2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 9, 0, 0, 0, 0, 1, 3, 3, 7};
    private final Lab lab = new Lab(new EngineOptions(PORTS + 10, 42, 0, true), 1500);

    @AfterEach
    void close() {
        lab.close();
    }

    /** What a server in TIME_WAIT asks of a SYN (RFC 6191, tcp_timewait_state_process): later by number, or by its time. */
    private record TimeWait(int expects, int time) {
        boolean accepts(Read syn) {
            ByteBuffer options = ByteBuffer.wrap(syn.tcpOptions());
            boolean hasTime = options.capacity() >= 12 && options.get(6) == 8;
            boolean older = hasTime && options.getInt(8) - time < 0;
            boolean later = hasTime && options.getInt(8) - time > 0;
            return !older && (syn.sequence() - expects > 0 || later);
        }
    }

    /** All ports but one are in use, and that one's connection ended just now; what the server acknowledged is given. */
    private Conversation allButOneUsed(ClientAddress clientAddress, int acknowledged) {
        Conversation tcp = Conversation.of(lab, true, clientAddress);
        tcp.fromClient(Packets.SYN, 1000, 0, Conversation.NOTHING).toServer();
        int port = tcp.localPort;
        tcp.fromServer(Packets.SYN | Packets.ACK, 5000, 1001, Conversation.NOTHING)
                .fromServer(Packets.RST | Packets.ACK, 5001, acknowledged, Conversation.NOTHING).toClient();
        lab.pass(11);
        assertThat(lab.engine.connectionCount()).isZero();
        useAllOthers(tcp, port);
        return tcp;
    }

    private void useAllOthers(Conversation tcp, int port) {
        for (int i = 0; i < PORTS - 1; i++) {
            lab.eth0.put(Packets.from(i < 60000 ? "172.25.254.11" : "172.25.254.12", tcp.vip)
                    .tcp(1024 + i % 60000, 80, Packets.SYN, Conversation.NOTHING));
            if (i % 64 == 63) {
                lab.run();
            }
        }
        assertThat(lab.run().toServers()).hasSize(PORTS - 1);
        assertThat(lab.engine.counters().dropped()).isZero();
        tcp.localPort = port;
    }

    /** The server closed first, and so is the one that remembers the connection. */
    @Test
    void whereAllAreInUseOneThatBothEndsHaveClosedIsUsedAgain() {
        Conversation tcp = Conversation.of(lab, true, ClientAddress.NONE);
        tcp.open();
        int port = tcp.localPort;
        tcp.fromServer(Packets.FIN | Packets.ACK, 5001, 1001, Conversation.NOTHING)
                .fromClient(Packets.FIN | Packets.ACK, 1001, 5002, Conversation.NOTHING)
                .fromServer(Packets.ACK, 5002, 1002, Conversation.NOTHING).toClient();
        tcp.toServer();
        useAllOthers(tcp, port);
        assertThat(lab.engine.connectionCount()).isEqualTo(PORTS);
        byte[] syn = Packets.from("172.25.254.13", tcp.vip).tcp(50000, 80, Packets.SYN, Conversation.NOTHING);
        Read begun = Read.of(lab.client(syn).toServers().getFirst()).sound();
        assertThat(begun.sourcePort()).isEqualTo(port);
        assertThat(new TimeWait(1002, 1000).accepts(begun)).isTrue();
        assertThat(lab.engine.connectionCount()).isEqualTo(PORTS);
        lab.client(Packets.from("172.25.254.13", tcp.vip).tcp(50001, 80, Packets.SYN, Conversation.NOTHING));
        assertThat(lab.toServers()).as("none of the others is over").isEmpty();
        assertThat(lab.engine.counters().dropped(DropReason.NO_LOCAL_PORT)).isEqualTo(1);
        assertThat(lab.engine.localUse()).singleElement().extracting(LocalUse::refused).isEqualTo(1L);
    }

    @Test
    void theServersTimeWaitTakesTheNewConnectionAtOnce() {
        int acknowledged = 0x7fff_ff00;
        Conversation tcp = allButOneUsed(ClientAddress.NONE, acknowledged).options(OPTIONS);
        int port = tcp.localPort;
        Random random = new Random(7);
        TimeWait server = new TimeWait(acknowledged, 1000);
        for (int round = 0; round < 4; round++) {
            int initial = random.nextInt();
            Read syn = tcp.options(OPTIONS).fromClient(Packets.SYN, initial, 0, Conversation.NOTHING).toServer()
                    .getFirst();
            assertThat(syn.sourcePort()).isEqualTo(port);
            assertThat(server.accepts(syn)).as("round %d, sequence number %d", round, syn.sequence()).isTrue();
            assertThat(syn.tcpOptions()).as("all but the time").startsWith(2, 4, 5, (byte) 180, 4, 2)
                    .endsWith(1, 3, 3, 7);
            Read again = tcp.fromClient(Packets.SYN, initial, 0, Conversation.NOTHING).toServer().getFirst();
            assertThat(again.sequence()).isEqualTo(syn.sequence());
            assertThat(server.accepts(again)).isTrue();
            tcp.options();
            int first = syn.sequence() + 1;
            tcp.fromServer(Packets.SYN | Packets.ACK, 7000, first, Conversation.NOTHING);
            assertThat(tcp.toClient().getFirst().acknowledgement()).isEqualTo(initial + 1);
            Read data = tcp.fromClient(Packets.ACK, initial + 1, 7001, Packets.bytes(10)).toServer().getFirst();
            assertThat(data.sequence()).isEqualTo(first);
            tcp.fromServer(Packets.RST | Packets.ACK, 7001, first + 10, Conversation.NOTHING);
            assertThat(tcp.toClient().getFirst().acknowledgement()).isEqualTo(initial + 11);
            lab.pass(11);
            server = new TimeWait(first + 10, 1000);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"PROXY_V1", "PROXY_V2"})
    void aHeaderComesBesides(ClientAddress version) {
        Conversation tcp = allButOneUsed(version, 2_000_000_000);
        Read syn = tcp.options(OPTIONS).fromClient(Packets.SYN, 1000, 0, Conversation.NOTHING).toServer().getFirst();
        assertThat(new TimeWait(2_000_000_000, 1000).accepts(syn)).isTrue();
        int first = syn.sequence() + 1;
        tcp.options().fromServer(Packets.SYN | Packets.ACK, 7000, first, Conversation.NOTHING);
        assertThat(tcp.toClient().getFirst().acknowledgement()).isEqualTo(1001);
        Read header = tcp.fromClient(Packets.ACK, 1001, 7001, Conversation.NOTHING).toServer().getFirst();
        assertThat(header.sequence()).isEqualTo(first);
        int length = header.payload().length;
        assertThat(length).isPositive();
        tcp.fromServer(Packets.ACK, 7001, first + length, Conversation.NOTHING);
        assertThat(tcp.toClient().getFirst().acknowledgement()).isEqualTo(1001);
        Read data = tcp.fromClient(Packets.ACK, 1001, 7001, Packets.bytes(10)).toServer().getFirst();
        assertThat(data.sequence()).isEqualTo(first + length);
    }

    /** A server that still has the connection says what it expects, and the client, who knows nothing of it, resets it. */
    @Test
    void aServerThatNeverSawTheEndIsResetByTheClient() {
        Conversation tcp = allButOneUsed(ClientAddress.NONE, 2_000_000_000);
        tcp.fromClient(Packets.SYN, 1000, 0, Conversation.NOTHING).toServer();
        tcp.fromServer(Packets.ACK, 5001, 2_000_000_000, Conversation.NOTHING);
        int expected = tcp.toClient().getFirst().acknowledgement();
        Read reset = tcp.fromClient(Packets.RST, expected, 0, Conversation.NOTHING).toServer().getFirst();
        assertThat(reset.sequence()).isEqualTo(2_000_000_000);
    }
}
