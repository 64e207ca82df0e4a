package dev.weir.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.service.Forwarding;
import dev.weir.service.Protocol;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Datagrams that come in pieces. */
class FragmentsTest {
    private final Lab lab = new Lab();

    @AfterEach
    void close() {
        lab.close();
    }

    private static List<byte[]> pieces(String source, String destination, int identification, int... cuts) {
        byte[] whole = Packets.from(source, destination).udpDatagram(3000, 53, Packets.bytes(3992));
        List<byte[]> pieces = new ArrayList<>();
        int from = 0;
        for (int i = 0; i <= cuts.length; i++) {
            int to = i < cuts.length ? cuts[i] : whole.length;
            pieces.add(Packets.from(source, destination).fragment(identification, from, to < whole.length)
                    .frame(Packets.UDP, Packets.part(whole, from, to)));
            from = to;
        }
        return pieces;
    }

    private static byte[] joined(List<byte[]> fragments) {
        byte[] body = {};
        for (byte[] fragment : fragments) {
            Read read = Read.of(fragment).sound();
            int offset = (read.fragment() & 0x1fff) * 8;
            body = Arrays.copyOf(body, Math.max(body.length, offset + read.body().length));
            System.arraycopy(read.body(), 0, body, offset, read.body().length);
        }
        return body;
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void inAnyOrderTheyGoOnTogetherWithOneServersAddress(long seed) {
        lab.service(Protocol.UDP, Lab.VIP, 53, Forwarding.MASQUERADE, Lab.SERVER, "192.168.0.20");
        List<byte[]> pieces = pieces(Lab.CLIENT, Lab.VIP, 7, 1480, 2960);
        Collections.shuffle(pieces, new Random(seed));
        pieces.forEach(lab::client);
        lab.routes.neighbour(dev.weir.wire.IpAddress.parse("192.168.0.20"), "eth1", 0x0200_0000_0514L);
        lab.pass(0.1);

        List<byte[]> sent = lab.toServers();
        assertThat(sent).as("seed %d", seed).hasSize(3);
        assertThat(joined(sent)).as("seed %d", seed)
                .isEqualTo(Packets.from(Lab.CLIENT, "192.168.0.20").udpDatagram(3000, 8053, Packets.bytes(3992)));
        assertThat(lab.engine.counters().forwarded()).isEqualTo(3);
    }

    @Test
    void aDuplicateIsDroppedAndDoesNoHarm() {
        lab.service(Protocol.UDP, Lab.VIP, 53, Forwarding.MASQUERADE, Lab.SERVER);
        List<byte[]> pieces = pieces(Lab.CLIENT, Lab.VIP, 7, 1480, 2960);
        lab.client(pieces.get(0)).client(pieces.get(0)).client(pieces.get(1)).client(pieces.get(2));

        assertThat(lab.toServers()).hasSize(3);
        assertThat(lab.engine.counters().dropped(DropReason.FRAGMENT_DUPLICATE)).isEqualTo(1);
    }

    @Test
    void overlappingFragmentsTakeTheWholeDatagramWithThem() {
        lab.service(Protocol.UDP, Lab.VIP, 53, Forwarding.MASQUERADE, Lab.SERVER);
        byte[] whole = Packets.from(Lab.CLIENT, Lab.VIP).udpDatagram(3000, 53, Packets.bytes(2000));
        lab.client(Packets.from(Lab.CLIENT, Lab.VIP).fragment(7, 0, true).frame(17, Packets.part(whole, 0, 1480)));
        lab.client(Packets.from(Lab.CLIENT, Lab.VIP).fragment(7, 1472, false)
                .frame(17, Packets.part(whole, 1472, whole.length)));
        lab.client(Packets.from(Lab.CLIENT, Lab.VIP).fragment(7, 1480, false)
                .frame(17, Packets.part(whole, 1480, whole.length)));

        assertThat(lab.toServers()).isEmpty();
        assertThat(lab.engine.counters().dropped(DropReason.FRAGMENT_OVERLAP)).isEqualTo(2);
        assertThat(lab.accountedFor()).isEqualTo(3);
    }

    @Test
    void whatIsNotWholeAfterHalfAMinuteIsDroppedAndItsSenderTold() {
        lab.service(Protocol.UDP, Lab.VIP, 53, Forwarding.MASQUERADE, Lab.SERVER);
        List<byte[]> pieces = pieces(Lab.CLIENT, Lab.VIP, 7, 1480, 2960);
        lab.client(pieces.get(0)).client(pieces.get(2));
        assertThat(lab.engine.waiting()).isEqualTo(2);
        lab.pass(32);

        assertThat(lab.engine.counters().dropped(DropReason.FRAGMENT_TIMEOUT)).isEqualTo(2);
        Read error = Read.of(lab.toClients().getFirst()).sound();
        assertThat(error.body()[0]).isEqualTo((byte) 11);
        assertThat(error.body()[1]).isEqualTo((byte) 1);
        assertThat(lab.engine.waiting()).isZero();
    }

    @Test
    void aFloodOfFirstFragmentsNeverTakesMoreThanItsRoom() {
        lab.service(Protocol.UDP, Lab.VIP, 53, Forwarding.MASQUERADE, Lab.SERVER);
        for (int i = 0; i < 5000; i++) {
            lab.client(pieces(Lab.CLIENT, Lab.VIP, i, 1480, 2960).getFirst());
        }
        assertThat(lab.engine.waiting()).isEqualTo(64);
        assertThat(lab.engine.counters().dropped(DropReason.FRAGMENT_NO_ROOM)).isEqualTo(5000 - 64);

        pieces(Lab.CLIENT, Lab.VIP, 60_000, 1480, 2960).forEach(lab::client);
        assertThat(lab.toServers()).hasSize(3);
    }

    @Test
    void whatTurnsOutToBeTheHostsGoesBackSorted() {
        lab.service(Protocol.UDP, Lab.VIP, 54, Forwarding.MASQUERADE, Lab.SERVER);
        List<byte[]> pieces = pieces(Lab.CLIENT, Lab.VIP, 7, 1480, 2960);
        lab.client(pieces.get(2)).client(pieces.get(0)).client(pieces.get(1));

        assertThat(lab.toHost()).containsExactlyElementsOf(pieces);
        assertThat(lab.engine.counters().handedBack()).isEqualTo(3);
    }

    @Test
    void ipv6FragmentsGoOnAsFragments() {
        lab.service(Protocol.UDP, Lab.VIP6, 53, Forwarding.MASQUERADE, Lab.SERVER6);
        byte[] whole = Packets.from(Lab.CLIENT6, Lab.VIP6).udpDatagram(3000, 53, Packets.bytes(2000));
        lab.client(fragment6(whole, 1400, whole.length, false)).client(fragment6(whole, 0, 1400, true));

        List<byte[]> sent = lab.toServers();
        assertThat(sent).hasSize(2);
        byte[] expected = Packets.from(Lab.CLIENT6, Lab.SERVER6).udpDatagram(3000, 8053, Packets.bytes(2000));
        byte[] body = {};
        for (byte[] frame : sent) {
            assertThat(frame[20]).isEqualTo((byte) 44);
            assertThat(Read.of(frame).destination()).isEqualTo(Lab.SERVER6);
            assertThat(Arrays.copyOfRange(frame, 58, 62)).containsExactly(0, 0, 3, 9);
            int from = body.length;
            body = Arrays.copyOf(body, from + frame.length - 62);
            System.arraycopy(frame, 62, body, from, frame.length - 62);
        }
        assertThat(body).isEqualTo(expected);
    }

    private static byte[] fragment6(byte[] whole, int from, int to, boolean more) {
        byte[] body = new byte[8 + to - from];
        body[0] = 17;
        body[2] = (byte) ((from | (more ? 1 : 0)) >>> 8);
        body[3] = (byte) (from | (more ? 1 : 0));
        body[6] = 3;
        body[7] = 9;
        System.arraycopy(whole, from, body, 8, to - from);
        return Packets.from(Lab.CLIENT6, Lab.VIP6).frame(44, body);
    }
}
