package dev.weir.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.connection.Timeouts;
import dev.weir.service.ClientAddress;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.jupiter.api.Test;

/** A connection under FULLNAT that ends at the director ends at its server, too. */
class ServerResetTest {
    private final Lab lab = new Lab();

    @AfterEach
    void close() {
        lab.close();
    }

    private Conversation open(boolean v4) {
        lab.engine.timeouts(new Timeouts(10, 5, 5));
        Conversation tcp = Conversation.of(lab, v4, ClientAddress.PROXY_V1);
        tcp.open();
        return tcp;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void oneThatTimedOutIsResetWhereTheServerExpectsItsNextByte(boolean v4) {
        Conversation tcp = open(v4);
        tcp.fromServer(Packets.ACK, 5001, 1234, Conversation.NOTHING)
                .fromServer(Packets.ACK, 5001, 1200, Conversation.NOTHING).toClient();
        lab.pass(9);
        assertThat(tcp.toServer()).isEmpty();
        lab.pass(3);
        List<Read> sent = tcp.toServer();
        assertThat(sent).hasSize(1);
        Read reset = sent.getFirst();
        assertThat(reset.tcpFlags()).isEqualTo(Packets.RST);
        assertThat(reset.sequence()).isEqualTo(1234);
        assertThat(reset.source()).isEqualTo(tcp.local);
        assertThat(reset.sourcePort()).isEqualTo(tcp.localPort);
        assertThat(reset.destination()).isEqualTo(tcp.server);
        assertThat(reset.destinationPort()).isEqualTo(80);
        assertThat(tcp.toClient()).as("to the client").isEmpty();
        assertThat(lab.engine.counters().made()).isEqualTo(2);
        assertThat(lab.accountedFor()).isEqualTo(lab.engine.counters().received());
    }

    @Test
    void oneThatBothSidesEndedIsNot() {
        Conversation tcp = open(true);
        tcp.fromServer(Packets.FIN | Packets.ACK, 5001, 1200, Conversation.NOTHING).toClient();
        tcp.fromClient(Packets.FIN | Packets.ACK, 1101, 5002, Conversation.NOTHING).toServer();
        lab.pass(200);
        assertThat(tcp.toServer()).isEmpty();
        assertThat(lab.engine.connectionCount()).isZero();
    }

    @Test
    void oneThatWasResetIsNot() {
        Conversation tcp = open(true);
        tcp.fromServer(Packets.RST | Packets.ACK, 5001, 1200, Conversation.NOTHING).toClient();
        lab.pass(200);
        assertThat(tcp.toServer()).isEmpty();
    }

    @Test
    void oneThatNobodyAnsweredIsNot() {
        Conversation tcp = Conversation.of(lab, true, ClientAddress.NONE);
        tcp.fromClient(Packets.SYN, 1000, 0, Conversation.NOTHING).toServer();
        lab.pass(200);
        assertThat(tcp.toServer()).isEmpty();
        assertThat(lab.engine.connectionCount()).isZero();
    }
}
