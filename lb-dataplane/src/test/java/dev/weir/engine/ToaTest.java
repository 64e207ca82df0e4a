package dev.weir.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.service.ClientAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server behind FULLNAT reads its client's address in TCP option 254 of the client's packets. */
class ToaTest {
    private static final int PSH = 8;
    private static final String V4 = "fe089c40ac19fe0a";
    private static final String V6 = "fe149c4020010db8000c00000000000000000010";
    private static final int[] FORGED = {254, 8, 0, 80, 8, 8, 8, 8};
    private final Lab lab = new Lab();

    @AfterEach
    void close() {
        lab.close();
    }

    private static String options(Read segment) {
        return HexFormat.of().formatHex(segment.tcpOptions());
    }

    private static List<String> options(List<Read> segments) {
        return segments.stream().map(ToaTest::options).toList();
    }

    private Conversation of(boolean v4) {
        return Conversation.of(lab, v4, ClientAddress.TOA);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theClientsPacketsBearItsAddressUntilTheServerHasSentData(boolean v4) {
        Conversation tcp = of(v4);
        String toa = v4 ? V4 : V6;
        assertThat(options(tcp.fromClient(Packets.SYN, 1000, 0, Conversation.NOTHING).toServer())).containsExactly("");
        tcp.fromServer(Packets.SYN | Packets.ACK, 5000, 1001, Conversation.NOTHING).toClient();
        assertThat(options(tcp.fromClient(Packets.ACK, 1001, 5001, Conversation.NOTHING).toServer()))
                .containsExactly(toa);
        Read request = tcp.fromClient(PSH | Packets.ACK, 1001, 5001, Packets.bytes(301)).toServer().getFirst();
        assertThat(options(request)).isEqualTo(toa);
        assertThat(request.payload()).isEqualTo(Packets.bytes(301));
        assertThat(request.sequence()).isEqualTo(1001);
        tcp.fromServer(Packets.ACK, 5001, 1302, Conversation.NOTHING).toClient();
        assertThat(options(tcp.fromClient(Packets.FIN | Packets.ACK, 1302, 5001, Conversation.NOTHING).toServer()))
                .containsExactly(toa);
        tcp.fromServer(Packets.ACK, 5001, 1303, Packets.bytes(10)).toClient();
        assertThat(options(tcp.fromClient(Packets.ACK, 1303, 5011, Conversation.NOTHING).toServer()))
                .containsExactly("");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aServerOfTheOtherFamilyReadsItsClientsAddressAsItIs(boolean v4) {
        Conversation tcp = Conversation.of(lab, v4, !v4, ClientAddress.TOA);
        assertThat(options(tcp.open())).containsExactly(v4 ? V4 : V6);
        for (int size : new int[]{0, 1400}) {
            int length = size == 0 ? 999 : 30_001;
            Read large = tcp.unfinished(PSH | Packets.ACK, 1001, 5001, Packets.bytes(length), size).toServer()
                    .getFirst();
            assertThat(large.v4()).isEqualTo(!v4);
            assertThat(options(large)).isEqualTo(v4 ? V4 : V6);
            assertThat(large.payload()).isEqualTo(Packets.bytes(length));
        }
    }

    /** Where it lost the connection and the director did not see it: a client's address is never left to the client. */
    @Test
    void aServerThatBeginsAnewIsToldAgain() {
        Conversation tcp = of(true);
        tcp.open();
        tcp.fromServer(PSH | Packets.ACK, 5001, 1001, Packets.bytes(10)).toClient();
        isToldAgain(tcp);
    }

    @Test
    void aServerThatBeginsAnewAtTheDirectorThatTookOverIsToldAgain() {
        Conversation tcp = of(true);
        tcp.open();
        tcp.fromServer(PSH | Packets.ACK, 5001, 1001, Packets.bytes(10)).toClient();
        try (Lab other = new Lab()) {
            Conversation there = Conversation.of(other, true, ClientAddress.TOA);
            Copies.all(lab.engine, other.engine, lab.now);
            isToldAgain(there);
            assertThat(there.localPort).isEqualTo(tcp.localPort);
        }
    }

    private static void isToldAgain(Conversation tcp) {
        assertThat(options(tcp.options(FORGED).fromClient(Packets.SYN, 9000, 0, Packets.bytes(9)).toServer()))
                .containsExactly(V4);
        tcp.options().fromServer(Packets.SYN | Packets.ACK, 7000, 9001, Conversation.NOTHING).toClient();
        assertThat(options(tcp.options(FORGED).fromClient(Packets.ACK, 9001, 7001, Conversation.NOTHING).toServer()))
                .containsExactly(V4);
    }

    @Test
    void aResetHasNone() {
        Conversation tcp = of(true);
        tcp.open();
        assertThat(options(tcp.fromClient(Packets.RST | Packets.ACK, 1001, 5001, Conversation.NOTHING).toServer()))
                .containsExactly("");
    }

    @Test
    void itStandsBeforeTheOptionsThatTheClientSent() {
        Conversation tcp = of(true).options(1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2);
        assertThat(options(tcp.open())).containsExactly(V4 + "0101080a0000000100000002");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void framesWithoutChecksumOrStillToBeSegmentedHaveIt(boolean v4) {
        Conversation tcp = of(v4);
        tcp.open();
        for (int size : new int[]{0, 1400}) {
            int length = size == 0 ? 999 : 30_001;
            Read large = tcp.unfinished(PSH | Packets.ACK, 1001, 5001, Packets.bytes(length), size).toServer()
                    .getFirst();
            assertThat(options(large)).isEqualTo(v4 ? V4 : V6);
            assertThat(large.payload()).isEqualTo(Packets.bytes(length));
        }
    }

    @Test
    void oneThatTheClientMadeUpNeverReachesTheServer() {
        Conversation tcp = of(true).options(FORGED);
        Read syn = tcp.fromClient(Packets.SYN, 1000, 0, Conversation.NOTHING).toServer().getFirst();
        assertThat(options(syn)).isEqualTo("01".repeat(8));
        tcp.options().fromServer(Packets.SYN | Packets.ACK, 5000, 1001, Conversation.NOTHING).toClient();
        tcp.options(FORGED);
        assertThat(options(tcp.fromClient(Packets.ACK, 1001, 5001, Conversation.NOTHING).toServer()))
                .containsExactly(V4);
        assertThat(options(tcp.fromClient(Packets.ACK, 1001, 5002, Conversation.NOTHING).toServer()))
                .as("what acknowledges nothing that was sent").containsExactly("01".repeat(8));
    }

    @Test
    void noOperationsMakeRoomAndWhereThereIsNoneThePacketGoesWithout() {
        Conversation tcp = of(true);
        tcp.open();
        int[] full = new int[40];
        Arrays.fill(full, 1);
        tcp.options(full);
        assertThat(options(tcp.fromClient(Packets.ACK, 1001, 5001, Conversation.NOTHING).toServer()))
                .containsExactly(V4);
        full[0] = 253;
        full[1] = 36;
        tcp.options(full);
        Read without = tcp.fromClient(Packets.ACK, 1001, 5001, Packets.bytes(7)).toServer().getFirst();
        assertThat(without.tcpOptions()).hasSize(40).startsWith(253, 36);
        assertThat(without.payload()).isEqualTo(Packets.bytes(7));
    }

    @Test
    void aPacketThatFillsTheLinkGoesWithout() {
        Conversation tcp = of(true);
        tcp.open();
        assertThat(options(tcp.fromClient(Packets.ACK, 1001, 5001, Packets.bytes(1452)).toServer()))
                .containsExactly(V4);
        assertThat(options(tcp.fromClient(Packets.ACK, 1001, 5001, Packets.bytes(1453)).toServer()))
                .containsExactly("");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theClientHearsThatItsSegmentsMustBeSmallerByIt(boolean v4) {
        Conversation tcp = of(v4).options(2, 4, 1460 >> 8, 1460 & 255);
        assertThat(options(tcp.fromClient(Packets.SYN, 1000, 0, Conversation.NOTHING).toServer()))
                .containsExactly("020405b4");
        tcp.fromServer(Packets.SYN | Packets.ACK, 5000, 1001, Conversation.NOTHING);
        byte[] mss = tcp.toClient().getFirst().tcpOptions();
        assertThat(ByteBuffer.wrap(mss).getShort(2)).isEqualTo((short) (1460 - (v4 ? 8 : 20)));
    }

    @Test
    void aSynWithDataHasItToo() {
        Conversation tcp = of(true).options(34, 4, 7, 7);
        assertThat(options(tcp.fromClient(Packets.SYN, 1000, 0, Packets.bytes(100)).toServer()))
                .containsExactly(V4 + "22040707");
    }

    @Test
    void whereNobodyIsToBeToldNothingIsInserted() {
        Conversation tcp = Conversation.of(lab, true, ClientAddress.NONE).options(2, 4, 5, 180);
        assertThat(options(tcp.open())).containsExactly("020405b4");
    }

    @Test
    void whatIsTooBigForTheServersPathIsToldSmallerByIt() {
        Conversation tcp = of(true);
        tcp.open();
        Read sent = tcp.fromClient(Packets.ACK, 1001, 5001, Packets.bytes(1452)).toServer().getFirst();
        lab.server(Packets.from("192.168.0.1", tcp.local).icmp(3, 4, 1400, Packets.part(sent.frame(), 14, 42)));
        Read error = tcp.toClient().getFirst();
        assertThat(error.u16(error.transport() + 6)).isEqualTo(1392);
    }

    /** Whatever a client's options are, its payload and checksum stay right, and no second address gets through. */
    @Test
    void noOptionsOfAClientDoHarm() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (boolean v4 : new boolean[]{true, false}) {
            try (Lab each = new Lab()) {
                Conversation tcp = Conversation.of(each, v4, ClientAddress.TOA);
                tcp.open();
                byte[] own = HexFormat.of().parseHex(v4 ? V4 : V6);
                for (int i = 0; i < 5000; i++) {
                    int[] bytes = random.ints(4L * random.nextInt(11), 0, 12).map(b -> b == 11 ? 254 : b).toArray();
                    byte[] payload = Packets.bytes(random.nextInt(100));
                    tcp.options(bytes);
                    int flags = random.nextInt(10) == 0 ? Packets.SYN : Packets.ACK;
                    if (random.nextBoolean()) {
                        tcp.fromClient(flags, 1001, 5001, payload);
                    } else {
                        tcp.unfinished(flags, 1001, 5001, payload, 0);
                    }
                    Read got = tcp.toServer().getFirst();
                    assertThat(got.payload()).as("seed %d, round %d", seed, i).isEqualTo(payload);
                    int from = 0;
                    if (Arrays.equals(own, 0, own.length, got.tcpOptions(), 0,
                            Math.min(own.length, got.tcpOptions().length))) {
                        from = own.length;
                    }
                    assertThat(kinds(got.tcpOptions(), from)).as("seed %d, round %d", seed, i)
                            .doesNotContain(254);
                }
            }
        }
    }

    /** What a receiver sees of options, which stops where they end or are none. */
    private static List<Integer> kinds(byte[] options, int from) {
        List<Integer> kinds = new ArrayList<>();
        for (int at = from; at < options.length && options[at] != 0;) {
            kinds.add(options[at] & 255);
            int length = options[at] == 1 ? 1 : at + 1 < options.length ? options[at + 1] & 255 : 0;
            if (length == 0 || options[at] != 1 && length < 2 || at + length > options.length) {
                kinds.removeLast();
                break;
            }
            at += length;
        }
        return kinds;
    }
}
