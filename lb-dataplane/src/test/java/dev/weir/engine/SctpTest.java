package dev.weir.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.connection.ConnectionEntry;
import dev.weir.port.MemoryPort;
import dev.weir.port.Offload;
import dev.weir.service.Forwarding;
import dev.weir.service.Protocol;
import dev.weir.wire.VirtioNetHeader;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** SCTP beyond what the recordings say: CRCs that are wrong or missing, and packets that no SCTP would send. */
class SctpTest {
    private static final int DATA = 0;
    private static final int INIT = 1;
    private static final int INIT_ACK = 2;
    private static final int ABORT = 6;
    private static final int COOKIE_ECHO = 10;
    private static final int COOKIE_ACK = 11;
    private static final int CRC = 34 + 8;

    private final Lab lab = new Lab();

    @AfterEach
    void close() {
        lab.close();
    }

    private static byte[] fromClient(int... chunks) {
        return Packets.from(Lab.CLIENT, Lab.VIP).sctp(40000, 80, Packets.chunks(chunks));
    }

    private static byte[] fromServer(int... chunks) {
        return Packets.from(Lab.SERVER, Lab.CLIENT).sctp(8080, 40000, Packets.chunks(chunks));
    }

    private Lab masqueraded() {
        return lab.service(Protocol.SCTP, Lab.VIP, 80, Forwarding.MASQUERADE, Lab.SERVER);
    }

    private String state() {
        return lab.engine.connections().stream().map(ConnectionEntry::state).reduce("", String::concat);
    }

    @Test
    void portsChangeBothWaysAndTheCrcStaysRight() {
        masqueraded();
        Read sent = Read.of(lab.client(fromClient(INIT)).toServers().getFirst()).sound();
        assertThat(sent.destinationPort()).isEqualTo(8080);
        Read back = Read.of(lab.server(fromServer(INIT_ACK)).toClients().getFirst()).sound();
        assertThat(back.sourcePort()).isEqualTo(80);
        lab.client(fromClient(COOKIE_ECHO)).server(fromServer(COOKIE_ACK));
        assertThat(state()).isEqualTo("ESTABLISHED");
    }

    @Test
    void overIpv6Too() {
        lab.service(Protocol.SCTP, Lab.VIP6, 80, Forwarding.MASQUERADE, Lab.SERVER6);
        lab.client(Packets.from(Lab.CLIENT6, Lab.VIP6).sctp(40000, 80, Packets.chunks(INIT)));
        assertThat(Read.of(lab.toServers().getFirst()).sound().destinationPort()).isEqualTo(8080);
        lab.server(Packets.from(Lab.SERVER6, Lab.CLIENT6).sctp(8080, 40000, Packets.chunks(INIT_ACK)));
        assertThat(Read.of(lab.toClients().getFirst()).sound().sourcePort()).isEqualTo(80);
    }

    @Test
    void aWrongCrcIsNotMadeRight() {
        masqueraded();
        byte[] damaged = fromClient(INIT);
        damaged[damaged.length - 1] ^= 1;
        byte[] sent = lab.client(damaged).toServers().getFirst();
        byte[] mended = sent.clone();
        mended[mended.length - 1] ^= 1;
        Read.of(mended).sound();
        assertThat(sent).isNotEqualTo(mended);
    }

    @Test
    void aCrcLeftToHardwareIsComputedHereForVirtioCannotAskForIt() {
        masqueraded();
        byte[] whole = fromClient(INIT);
        byte[] partial = whole.clone();
        ByteBuffer.wrap(partial).putInt(CRC, 0);
        lab.client(partial, Offload.partialChecksum(34, 8));

        MemoryPort.Copy sent = lab.eth1.takeSent().getFirst();
        assertThat(sent.offload()).isEqualTo(Offload.NONE);
        Read.of(sent.frame()).sound();

        byte[] tunnelled = Packets.from(Lab.CLIENT, Lab.VIP).sctp(40000, 81, Packets.chunks(INIT));
        ByteBuffer.wrap(tunnelled).putInt(CRC, 0);
        lab.service(Protocol.SCTP, Lab.VIP, 81, Forwarding.IPIP, Lab.SERVER)
                .client(tunnelled, Offload.partialChecksum(34, 8));
        sent = lab.eth1.takeSent().getFirst();
        assertThat(sent.offload()).isEqualTo(Offload.NONE);
        Read.of(sent.frame()).inner().sound();
    }

    @Test
    void virtioHeadersThatCannotBeTrueOfSctpAreRefused() {
        masqueraded();
        lab.client(fromClient(INIT), Offload.partialChecksum(34, 16));
        lab.client(fromClient(INIT), new Offload(VirtioNetHeader.NEEDS_CSUM, VirtioNetHeader.GSO_UDP_L4, 46, 8, 34, 8));
        assertThat(lab.toServers()).isEmpty();
        assertThat(lab.engine.counters().dropped(DropReason.BAD_OFFLOAD)).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3})
    void aPacketWithoutAChunkOpensNothingEvenWhereAllMayOpen(int bytes) {
        lab.engine.settings(Settings.DEFAULT.with("sloppy_sctp", "1"));
        masqueraded();
        lab.client(Packets.from(Lab.CLIENT, Lab.VIP).sctp(40000, 80, new byte[bytes]));
        assertThat(lab.engine.counters().dropped(DropReason.NO_CHUNK)).isEqualTo(1);
        assertThat(lab.engine.connections()).isEmpty();
    }

    @Test
    void aCommonHeaderThatIsCutIsDropped() {
        masqueraded();
        lab.client(Packets.from(Lab.CLIENT, Lab.VIP).frame(Packets.SCTP, new byte[11]));
        assertThat(lab.engine.counters().dropped(DropReason.TRUNCATED)).isEqualTo(1);
    }

    @Test
    void onlyAnInitOpensAndAllButAnAbortWhereSloppy() {
        masqueraded();
        lab.client(fromClient(DATA)).client(fromClient(COOKIE_ECHO));
        assertThat(lab.toHost()).hasSize(2);
        lab.engine.settings(Settings.DEFAULT.with("sloppy_sctp", "1"));
        lab.client(fromClient(ABORT, INIT));
        assertThat(lab.toHost()).hasSize(1);
        lab.client(fromClient(DATA));
        assertThat(state()).isEqualTo("ESTABLISHED");
    }

    @Test
    void anAbortBehindACookieCountsAndOneBehindDataDoesNot() {
        masqueraded();
        lab.client(fromClient(INIT)).server(fromServer(INIT_ACK)).client(fromClient(COOKIE_ECHO));
        lab.server(fromServer(COOKIE_ACK)).client(fromClient(DATA, ABORT));
        assertThat(state()).isEqualTo("ESTABLISHED");
        lab.server(fromServer(COOKIE_ACK, ABORT));
        assertThat(state()).isEqualTo("CLOSED");
    }

    @Test
    void aDatagramThatCameInFragmentsHasARightCrc() {
        masqueraded();
        lab.client(fromClient(INIT)).toServers();
        byte[] body = Packets.from(Lab.CLIENT, Lab.VIP).sctpPacket(40000, 80, Packets.bytes(2000));
        lab.client(Packets.from(Lab.CLIENT, Lab.VIP).fragment(9, 0, true).frame(Packets.SCTP,
                Packets.part(body, 0, 1480)));
        lab.client(Packets.from(Lab.CLIENT, Lab.VIP).fragment(9, 1480, false).frame(Packets.SCTP,
                Packets.part(body, 1480, body.length)));
        byte[] joined = lab.toServers().stream().map(frame -> Packets.part(frame, 34, frame.length))
                .reduce(new byte[0], (a, b) -> ByteBuffer.allocate(a.length + b.length).put(a).put(b).array());
        assertThat(joined).hasSize(body.length);
        assertThat(Packets.crc32c(joined)).isEqualTo(ByteBuffer.wrap(joined).getInt(8));
    }
}
