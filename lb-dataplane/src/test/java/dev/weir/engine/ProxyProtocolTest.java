package dev.weir.engine;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.service.ClientAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server behind FULLNAT gets a header of the PROXY protocol before its client's first byte. */
class ProxyProtocolTest {
    private static final int PSH = 8;
    private static final String TEXT = "PROXY TCP4 172.25.254.10 172.25.254.200 40000 80\r\n";
    private static final String TEXT6 = "PROXY TCP6 2001:db8:c::10 2001:db8:c::200 40000 80\r\n";
    private static final String BINARY = "0d0a0d0a000d0a515549540a2111000cac19fe0aac19fec89c400050";
    private static final String BINARY6 = "0d0a0d0a000d0a515549540a21210024"
            + "20010db8000c00000000000000000010" + "20010db8000c00000000000000000200" + "9c400050";
    private final Lab lab = new Lab();

    @AfterEach
    void close() {
        lab.close();
    }

    private Conversation of(boolean v4, ClientAddress version) {
        return Conversation.of(lab, v4, version);
    }

    private static byte[] header(boolean v4, ClientAddress version) {
        return version == ClientAddress.PROXY_V1
                ? (v4 ? TEXT : TEXT6).getBytes(US_ASCII)
                : HexFormat.of().parseHex(v4 ? BINARY : BINARY6);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theHeaderTakesThePlaceOfTheHandshakesAcknowledgement(boolean v4) {
        for (ClientAddress version : List.of(ClientAddress.PROXY_V1, ClientAddress.PROXY_V2)) {
            try (Lab each = new Lab()) {
                Conversation tcp = Conversation.of(each, v4, version).options(1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2);
                List<Read> got = tcp.open();
                assertThat(got).hasSize(1);
                Read first = got.getFirst();
                assertThat(first.payload()).isEqualTo(header(v4, version));
                assertThat(first.sequence()).isEqualTo(1001);
                assertThat(first.acknowledgement()).isEqualTo(5001);
                assertThat(first.tcpFlags()).isEqualTo(Packets.ACK | PSH);
                assertThat(first.tcpOptions()).as("its timestamps").hasSize(12).startsWith(1, 1, 8, 10);
                assertThat(first.source()).isEqualTo(tcp.local);
                assertThat(each.accountedFor()).isEqualTo(each.engine.counters().received());
            }
        }
    }

    @Test
    void whatFollowsComesBehindItAndItsAcknowledgementIsTheClients() {
        Conversation tcp = of(true, ClientAddress.PROXY_V1);
        tcp.open();
        int length = TEXT.length();
        tcp.fromServer(Packets.ACK, 5001, 1001 + length, Conversation.NOTHING);
        assertThat(tcp.toClient().getFirst().acknowledgement()).isEqualTo(1001);
        Read request = tcp.fromClient(PSH | Packets.ACK, 1001, 5001, Packets.bytes(100)).toServer().getFirst();
        assertThat(request.sequence()).isEqualTo(1001 + length);
        assertThat(request.payload()).isEqualTo(Packets.bytes(100));
        tcp.fromServer(Packets.ACK, 5001, 1101 + length, Packets.bytes(10));
        Read answer = tcp.toClient().getFirst();
        assertThat(answer.acknowledgement()).isEqualTo(1101);
        assertThat(answer.sequence()).isEqualTo(5001);
        Read end = tcp.fromClient(Packets.FIN | Packets.ACK, 1101, 5011, Conversation.NOTHING).toServer().getFirst();
        assertThat(end.sequence()).isEqualTo(1101 + length);
    }

    @Test
    void untilItIsAcknowledgedItComesAgainBeforeTheFirstByteAndOnlyThere() {
        Conversation tcp = of(true, ClientAddress.PROXY_V2);
        tcp.open();
        byte[] header = header(true, ClientAddress.PROXY_V2);
        for (int round = 0; round < 2; round++) {
            List<Read> first = tcp.fromClient(Packets.ACK, 1001, 5001, Packets.bytes(50)).toServer();
            assertThat(first).extracting(Read::payload).containsExactly(header, Packets.bytes(50));
            assertThat(first).extracting(Read::sequence).containsExactly(1001, 1001 + header.length);
            List<Read> second = tcp.fromClient(Packets.ACK, 1051, 5001, Packets.bytes(9)).toServer();
            assertThat(second).extracting(Read::sequence).containsExactly(1051 + header.length);
        }
        tcp.fromServer(Packets.ACK, 5001, 1001 + header.length - 1, Conversation.NOTHING);
        assertThat(tcp.toClient().getFirst().acknowledgement()).as("part of the header").isEqualTo(1001);
        assertThat(tcp.fromClient(Packets.ACK, 1001, 5001, Packets.bytes(50)).toServer()).hasSize(2);
        tcp.fromServer(Packets.ACK, 5001, 1001 + header.length, Conversation.NOTHING);
        assertThat(tcp.fromClient(Packets.ACK, 1001, 5001, Packets.bytes(50)).toServer()).hasSize(1);
    }

    @Test
    void theAcknowledgementThatAlsoEndsTheConnectionFollowsTheHeader() {
        Conversation tcp = of(true, ClientAddress.PROXY_V1);
        tcp.open();
        List<Read> got = tcp.fromClient(Packets.FIN | Packets.ACK, 1001, 5001, Conversation.NOTHING).toServer();
        assertThat(got).extracting(Read::tcpFlags).containsExactly(PSH | Packets.ACK, Packets.FIN | Packets.ACK);
        assertThat(got.getLast().sequence()).isEqualTo(1001 + TEXT.length());
    }

    @Test
    void aResetGoesAlone() {
        Conversation tcp = of(true, ClientAddress.PROXY_V1);
        tcp.open();
        assertThat(tcp.fromClient(Packets.RST | Packets.ACK, 1001, 5001, Conversation.NOTHING).toServer()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aFrameStillToBeSegmentedFollowsItWhole(boolean v4) {
        Conversation tcp = of(v4, ClientAddress.PROXY_V1);
        tcp.open();
        List<Read> got = tcp.unfinished(PSH | Packets.ACK, 1001, 5001, Packets.bytes(30_000), 1440).toServer();
        assertThat(got).extracting(Read::payload).containsExactly(header(v4, ClientAddress.PROXY_V1),
                Packets.bytes(30_000));
    }

    @Test
    void selectiveAcknowledgementsAreTheClientsToo() {
        Conversation tcp = of(true, ClientAddress.PROXY_V1);
        tcp.open();
        int length = TEXT.length();
        ByteBuffer sack = ByteBuffer.allocate(12).putShort((short) 0x0101).putShort((short) 0x050a)
                .putInt(1101 + length).putInt(1201 + length);
        tcp.options(ints(sack.array())).fromServer(Packets.ACK, 5001, 1001, Conversation.NOTHING);
        Read got = tcp.toClient().getFirst();
        assertThat(got.acknowledgement()).isEqualTo(1001);
        assertThat(ByteBuffer.wrap(got.tcpOptions(), 4, 8).getInt()).isEqualTo(1101);
        assertThat(ByteBuffer.wrap(got.tcpOptions(), 8, 4).getInt()).isEqualTo(1201);
    }

    private static int[] ints(byte[] bytes) {
        int[] ints = new int[bytes.length];
        Arrays.setAll(ints, i -> bytes[i] & 255);
        return ints;
    }

    /** RFC 7413: its data is not acknowledged, and it sends it once more. */
    @Test
    void aClientThatOpensFastFallsBack() {
        Conversation tcp = of(true, ClientAddress.PROXY_V1).options(2, 4, 5, 180, 34, 6, 1, 2, 3, 4, 1, 1);
        Read syn = tcp.fromClient(Packets.SYN, 1000, 0, Packets.bytes(101)).toServer().getFirst();
        assertThat(syn.payload()).isEmpty();
        assertThat(HexFormat.of().formatHex(syn.tcpOptions())).isEqualTo("020405b4" + "01".repeat(8));
        syn = tcp.unfinished(Packets.SYN, 1000, 0, Packets.bytes(101), 0).toServer().getFirst();
        assertThat(syn.payload()).isEmpty();
        tcp.options().fromServer(Packets.SYN | Packets.ACK, 5000, 1001, Conversation.NOTHING);
        assertThat(tcp.toClient().getFirst().acknowledgement()).isEqualTo(1001);
        List<Read> got = tcp.fromClient(PSH | Packets.ACK, 1001, 5001, Packets.bytes(101)).toServer();
        assertThat(got).extracting(Read::payload).containsExactly(TEXT.getBytes(US_ASCII), Packets.bytes(101));
    }

    /** Where a client begins anew before the director has seen the end, the server's answer to its SYN says so. */
    @Test
    void aNewConnectionOfTheSameClientHasAHeaderOfItsOwn() {
        Conversation tcp = of(true, ClientAddress.PROXY_V1);
        tcp.open();
        tcp.fromServer(Packets.ACK, 5001, 1001 + TEXT.length(), Conversation.NOTHING).toClient();
        Read syn = tcp.fromClient(Packets.SYN, 700_000, 0, Conversation.NOTHING).toServer().getFirst();
        assertThat(syn.sequence()).isEqualTo(700_000);
        tcp.fromServer(Packets.SYN | Packets.ACK, 9000, 700_001, Conversation.NOTHING);
        assertThat(tcp.toClient().getFirst().acknowledgement()).isEqualTo(700_001);
        List<Read> got = tcp.fromClient(PSH | Packets.ACK, 700_001, 9001, Packets.bytes(5)).toServer();
        assertThat(got).extracting(Read::sequence).containsExactly(700_001, 700_001 + TEXT.length());
    }

    /** Sequence numbers of one connection pass all 32 bits several times. */
    @Test
    void howeverMuchIsSentNumbersStayRight() {
        Conversation tcp = of(true, ClientAddress.PROXY_V1);
        tcp.open();
        int sequence = 1001;
        for (int i = 0; i < 20; i++) {
            tcp.fromServer(Packets.ACK, 5001, sequence + TEXT.length(), Conversation.NOTHING);
            assertThat(tcp.toClient().getFirst().acknowledgement()).as("round %d", i).isEqualTo(sequence);
            Read got = tcp.fromClient(Packets.ACK, sequence, 5001, Packets.bytes(1)).toServer().getFirst();
            assertThat(got.sequence()).as("round %d", i).isEqualTo(sequence + TEXT.length());
            sequence += 1 << 29;
        }
    }

    @Test
    void anErrorAboutASegmentQuotesItAsTheClientSentIt() {
        Conversation tcp = of(true, ClientAddress.PROXY_V1);
        tcp.open();
        Read sent = tcp.fromClient(Packets.ACK, 2000, 5001, Packets.bytes(1400)).toServer().getFirst();
        lab.server(Packets.from("192.168.0.1", tcp.local).icmp(3, 4, 1400, Packets.part(sent.frame(), 14, 42)));
        Read error = tcp.toClient().getFirst();
        assertThat(new Read(error.frame(), error.transport() + 8).sequence()).isEqualTo(2000);
        assertThat(error.u16(error.transport() + 6)).isEqualTo(1400);
    }
}
