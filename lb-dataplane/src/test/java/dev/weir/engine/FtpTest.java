package dev.weir.engine;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.connection.ConnectionEntry;
import dev.weir.port.MemoryPort;
import dev.weir.port.Offload;
import dev.weir.service.Forwarding;
import dev.weir.service.Protocol;
import dev.weir.wire.Checksum;
import dev.weir.wire.IpAddress;
import dev.weir.wire.VirtioNetHeader;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** FTP beyond what the kernel's recordings show. */
class FtpTest {
    private static final int PSH = 8;
    private static final int CLIENT_PORT = 40000;
    private static final int SERVER_PORT = 8021;
    private static final String PASSIVE = "227 Entering Passive Mode (192,168,0,10,117,49).\r\n";
    private static final String VIRTUAL = "227 Entering Passive Mode (172,25,254,200,117,49).\r\n";
    private final Lab lab = new Lab();

    @AfterEach
    void close() {
        lab.close();
    }

    private static byte[] fromClient(Lab lab, int port, int flags, int sequence, int acknowledgement, String text) {
        lab.client(Packets.from(Lab.CLIENT, Lab.VIP).tcp(port, 21, flags, sequence, acknowledgement,
                text.getBytes(US_ASCII)));
        List<byte[]> sent = lab.toServers();
        return sent.isEmpty() ? new byte[0] : sent.getFirst();
    }

    private static byte[] reply(int sequence, String text) {
        return Packets.from(Lab.SERVER, Lab.CLIENT).tcp(SERVER_PORT, CLIENT_PORT, PSH | Packets.ACK, sequence, 1001,
                text.getBytes(US_ASCII));
    }

    private void login() {
        lab.service(Protocol.TCP, Lab.VIP, 21, Forwarding.MASQUERADE, Lab.SERVER);
        fromClient(lab, CLIENT_PORT, Packets.SYN, 1000, 0, "");
        lab.server(Packets.from(Lab.SERVER, Lab.CLIENT).tcp(SERVER_PORT, CLIENT_PORT, Packets.SYN | Packets.ACK, 5000,
                1001, new byte[0])).toClients();
        fromClient(lab, CLIENT_PORT, Packets.ACK, 1001, 5001, "");
    }

    private String answered(byte[] frame) {
        List<byte[]> sent = lab.server(frame).toClients();
        return sent.isEmpty() ? "nothing" : text(Read.of(sent.getFirst()).sound().frame());
    }

    private static String text(byte[] frame) {
        return new String(frame, 54, frame.length - 54, US_ASCII);
    }

    private List<ConnectionEntry> data() {
        return lab.engine.connections().stream().filter(entry -> entry.virtualPort() != 21).toList();
    }

    @Test
    void aReplyThatIsSentAgainIsRewrittenAgain() {
        login();
        fromClient(lab, CLIENT_PORT, Packets.ACK, 1001, 5001, "PASV\r\n");
        assertThat(answered(reply(5001, PASSIVE))).isEqualTo(VIRTUAL);
        assertThat(answered(reply(5001, PASSIVE))).isEqualTo(VIRTUAL);
        assertThat(data()).hasSize(1);
        assertThat(answered(reply(5001 + PASSIVE.length(), PASSIVE))).as("a reply nobody asked for").isEqualTo(PASSIVE);
    }

    @Test
    void aReplySentAgainAfterItsDataConnectionCameMakesNoOther() {
        login();
        fromClient(lab, CLIENT_PORT, Packets.ACK, 1001, 5001, "PASV\r\n");
        answered(reply(5001, PASSIVE));
        lab.client(Packets.from(Lab.CLIENT, Lab.VIP).tcp(41000, 30001, Packets.SYN, new byte[0]));
        assertThat(lab.toServers()).hasSize(1);
        assertThat(answered(reply(5001, PASSIVE))).isEqualTo(VIRTUAL);
        assertThat(data()).singleElement().matches(entry -> entry.clientPort() == 41000);
    }

    @Test
    void numbersThatOverflowAreNoAddress() {
        login();
        fromClient(lab, CLIENT_PORT, Packets.ACK, 1001, 5001, "PASV\r\n");
        for (String reply : List.of("227 (192,168,0,266,1,1)\r\n", "227 (192,168,0,10,4294967297,1)\r\n")) {
            assertThat(answered(reply(5001, reply))).isEqualTo(reply);
        }
        fromClient(lab, CLIENT_PORT, Packets.ACK, 1007, 5001, "EPRT |1|172.25.254.10|107536|\r\n");
        fromClient(lab, CLIENT_PORT, Packets.ACK, 1007, 5001, "PORT 172,25,254,10,256,1\r\n");
        assertThat(data()).isEmpty();
    }

    @Test
    void underAServiceOfEveryPortRepliesAreRewrittenToo() {
        lab.service(Protocol.TCP, Lab.VIP, 0, 60, -1, Forwarding.MASQUERADE, Lab.SERVER);
        fromClient(lab, CLIENT_PORT, Packets.SYN, 1000, 0, "");
        fromClient(lab, CLIENT_PORT, Packets.ACK, 1001, 5001, "PASV\r\n");
        lab.server(Packets.from(Lab.SERVER, Lab.CLIENT).tcp(21, CLIENT_PORT, PSH | Packets.ACK, 5001, 1007,
                PASSIVE.getBytes(US_ASCII)));
        assertThat(text(Read.of(lab.toClients().getFirst()).sound().frame())).isEqualTo(VIRTUAL);
    }

    /** A checksum left to the last hop, and a frame still to be segmented, with the reply at its beginning. */
    @Test
    void aRewrittenReplyKeepsItsOffloads() {
        login();
        fromClient(lab, CLIENT_PORT, Packets.ACK, 1001, 5001, "PASV\r\n");
        String text = PASSIVE + "x".repeat(5000);
        byte[] frame = reply(5001, text);
        ByteBuffer.wrap(frame).putShort(34 + 16, (short) Checksum.fold(Packets.pseudoHeaderSum(
                IpAddress.parse(Lab.SERVER), IpAddress.parse(Lab.CLIENT), Packets.TCP, frame.length - 34)));
        lab.server(frame, new Offload(VirtioNetHeader.NEEDS_CSUM, VirtioNetHeader.GSO_TCPV4, 54, 1460, 34, 16));

        MemoryPort.Copy sent = lab.eth0.takeSent().getFirst();
        assertThat(sent.offload())
                .isEqualTo(new Offload(VirtioNetHeader.NEEDS_CSUM, VirtioNetHeader.GSO_TCPV4, 54, 1460, 34, 16));
        byte[] finished = sent.frame().clone();
        int checksum = Packets.checksum(Arrays.copyOfRange(finished, 34, finished.length), 0);
        ByteBuffer.wrap(finished).putShort(34 + 16, (short) checksum);
        assertThat(text(Read.of(finished).sound().frame())).isEqualTo(VIRTUAL + "x".repeat(5000));
    }

    @Test
    void whatAcknowledgesARewrittenReplyAcknowledgesItAsItWasSent() {
        login();
        fromClient(lab, CLIENT_PORT, Packets.ACK, 1001, 5001, "PASV\r\n");
        answered(reply(5001, PASSIVE));
        byte[] sent = fromClient(lab, CLIENT_PORT, Packets.ACK, 1007, 5001 + VIRTUAL.length(), "NOOP\r\n");
        Read.of(sent).sound();
        assertThat(ByteBuffer.wrap(sent).getInt(34 + 8)).isEqualTo(5001 + PASSIVE.length());
    }

    @Test
    void noTextOfAControlConnectionDoesHarm() {
        login();
        long seed = System.nanoTime();
        Random random = new Random(seed);
        String[] texts = {"PASV\r\n", "EPSV\r\n", "EPSV 1\r\n", PASSIVE, "229 Extended (|||30001|)\r\n",
                "229 (|1|192.168.0.10|30001|)\r\n", "PORT 172,25,254,10,164,1\r\n", "EPRT |1|172.25.254.10|42100|\r\n",
                "EPRT |2|2001:db8::1|42100|\r\n"};
        for (int i = 0; i < 20_000; i++) {
            byte[] text = texts[random.nextInt(texts.length)].getBytes(US_ASCII);
            for (int changes = random.nextInt(4); changes > 0; changes--) {
                text[random.nextInt(text.length)] = (byte) " |(),.:0159aF\r\n".charAt(random.nextInt(15));
            }
            String mutated = new String(Arrays.copyOf(text, random.nextInt(text.length + 1)), US_ASCII);
            fromClient(lab, CLIENT_PORT, Packets.ACK, 1001, 5001, mutated);
            lab.server(reply(5001 + i, mutated));
            lab.toClients().forEach(frame -> Read.of(frame).sound());
            lab.pass(i % 100 == 0 ? 0.1 : 0);
            assertThat(lab.accountedFor()).as("seed %d, round %d", seed, i)
                    .isEqualTo(lab.engine.counters().received());
        }
    }
}
