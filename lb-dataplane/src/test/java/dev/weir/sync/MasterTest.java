package dev.weir.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.connection.ConnectionCopy;
import dev.weir.connection.ConnectionRecords;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MasterTest {
    private static final long SECOND = 1_000_000_000L;
    private final List<byte[]> sent = new ArrayList<>();
    private final List<Integer> ports = new ArrayList<>();
    private boolean blocked;

    private boolean send(int port, ByteBuffer datagram) {
        if (!blocked) {
            byte[] bytes = new byte[datagram.remaining()];
            datagram.get(bytes);
            sent.add(bytes);
            ports.add(port);
        }
        return !blocked;
    }

    private List<String> hex() {
        return sent.stream().map(HexFormat.of()::formatHex).toList();
    }

    @Test
    void writesAnEntryAsTheKernelDoes() {
        Master master = new Master(5, 1472, 1);
        master.add(Copies.tcp(40_000), 1, 100, 0);
        master.send(this::send, 2 * SECOND);
        assertThat(hex()).containsExactly("0005002c010100000006002400000000"
                + "00019c4000501f900000000000000384ac19fe0aac19fec8c0a8000a");
    }

    @Test
    void writesAnEntryOfVersion0() {
        ConnectionCopy copy = Copies.tcp(40_000);
        copy.adjusted = true;
        copy.adjustment[0] = 0x01020304;
        copy.adjustment[1] = 5;
        Master master = new Master(5, 1472, 1);
        master.add(copy, 0, 100, 0);
        master.send(this::send, 2 * SECOND);
        assertThat(hex()).containsExactly("0105003400069c4000501f90ac19fe0aac19fec8c0a8000a04000001"
                + "0403020105000000" + "00".repeat(16));
    }

    @Test
    void padsBehindAnEntryThatAnotherFollows() {
        Master master = new Master(0, 1472, 1);
        master.add(Copies.call("a"), 1, 100, 0);
        master.add(Copies.tcp(1), 1, 100, 0);
        master.send(this::send, 2 * SECOND);
        byte[] datagram = sent.getFirst();
        // 36 bytes, 2 + 1 of data, 2 + 3 of the engine's name: 44.
        assertThat(datagram).hasSize(8 + 44 + 36);
        master.add(Copies.call("ab"), 1, 100, 0);
        master.add(Copies.tcp(1), 1, 100, 0);
        master.send(this::send, 4 * SECOND);
        assertThat(sent.get(1)).hasSize(8 + 45 + 3 + 36);
        assertThat(HexFormat.of().formatHex(sent.get(1), 8 + 36, 8 + 48))
                .isEqualTo("02026162" + "0303736970" + "000000");
    }

    @Test
    void sendsWhatIsFullSoonAndTheRestAfterTwoSeconds() {
        Master master = new Master(0, 8 + 2 * 36, 1);
        for (int port = 1; port <= 5; port++) {
            master.add(Copies.tcp(port), 1, 100, port);
        }
        master.send(this::send, Master.SEND_DELAY);
        assertThat(sent).isEmpty();
        master.send(this::send, Master.SEND_DELAY + 3);
        assertThat(sent).hasSize(2);
        master.send(this::send, 2 * SECOND + 4);
        assertThat(sent).hasSize(2);
        master.send(this::send, 2 * SECOND + 5);
        assertThat(sent).hasSize(3);
        assertThat(master.sent()).isEqualTo(3);
        assertThat(master.connections()).isEqualTo(5);
    }

    @Test
    void eightFullOnesWaitNoLonger() {
        Master master = new Master(0, 8 + 36, 1);
        for (int port = 1; port <= 9; port++) {
            master.send(this::send, port);
            assertThat(sent).isEmpty();
            master.add(Copies.tcp(port), 1, 100, port);
        }
        master.send(this::send, 10);
        assertThat(sent).hasSize(8);
    }

    @Test
    void anEntryLongerThanADatagramMayBeGoesAlone() {
        Master master = new Master(0, 1, 1);
        master.add(Copies.tcp6(1), 1, 100, 0);
        master.add(Copies.tcp(2), 1, 100, 0);
        master.send(this::send, 3 * SECOND);
        assertThat(sent).extracting(bytes -> bytes.length).containsExactly(8 + 72, 8 + 36);
    }

    @Test
    void anotherVersionIsAnotherDatagramAndVersion0HasNoIpv6() {
        Master master = new Master(0, 1472, 1);
        master.add(Copies.tcp(1), 1, 100, 0);
        master.add(Copies.tcp(2), 0, 100, 0);
        master.add(Copies.tcp6(3), 0, 100, 0);
        master.add(Copies.tcp(4), 1, 100, 0);
        master.send(this::send, 3 * SECOND);
        assertThat(sent).extracting(bytes -> bytes.length).containsExactly(8 + 36, 4 + 24, 8 + 36);
    }

    @Test
    void whatCannotBeSentWaitsUpToALimitAndIsCountedBeyond() {
        blocked = true;
        Master master = new Master(0, 8 + 36, 1);
        for (int port = 0; port < 10; port++) {
            master.add(Copies.tcp(port), 1, 3, 0);
            master.send(this::send, 0);
        }
        assertThat(master.overflown()).isEqualTo(6);
        blocked = false;
        master.send(this::send, 3 * SECOND);
        assertThat(sent).hasSize(4);
        assertThat(master.sent()).isEqualTo(4);
    }

    @Test
    void countsAtMost255EntriesInADatagram() {
        Master master = new Master(0, 65_507, 1);
        for (int port = 0; port < 300; port++) {
            master.add(Copies.tcp(port), 1, 100, 0);
        }
        master.send(this::send, 3 * SECOND);
        assertThat(sent).extracting(bytes -> bytes[4] & 0xff).containsExactly(255, 45);
    }

    @Test
    void dividesConnectionsAmongPortsAndKeepsEachAtItsOwn() {
        Master master = new Master(0, 8 + 36, 4);
        for (int round = 0; round < 2; round++) {
            for (int port = 0; port < 200; port++) {
                master.add(Copies.tcp(port), 1, 1000, 0);
            }
        }
        master.send(this::send, 3 * SECOND);
        assertThat(ports).contains(0, 1, 2, 3);
        int[] portOf = new int[200];
        java.util.Arrays.fill(portOf, -1);
        for (int i = 0; i < sent.size(); i++) {
            int client = (sent.get(i)[18] & 0xff) << 8 | sent.get(i)[19] & 0xff;
            assertThat(portOf[client]).as("client port " + client).isIn(-1, ports.get(i));
            portOf[client] = ports.get(i);
        }
    }

    @Test
    void saysNothingOfConnectionsBetweenFamilies() {
        ConnectionCopy mixed = Copies.tcp6(1);
        ConnectionCopy v4 = Copies.tcp(1);
        mixed.serverHigh = v4.serverHigh;
        mixed.serverLow = v4.serverLow;
        Master master = new Master(0, 1472, 1);
        master.add(mixed, 1, 100, 0);
        master.send(this::send, 3 * SECOND);
        assertThat(sent).isEmpty();
        assertThat(master.unsayable()).isEqualTo(1);
    }

    @Test
    void saysNothingOfConnectionsUnderFullNat() {
        ConnectionCopy copy = Copies.tcp(1);
        copy.flags = copy.flags & ~ConnectionRecords.FORWARDING_MASK | ConnectionRecords.FULL_NAT;
        Master master = new Master(0, 1472, 1);
        master.add(copy, 1, 100, 0);
        master.send(this::send, 3 * SECOND);
        assertThat(sent).isEmpty();
        assertThat(master.unsayable()).isEqualTo(1);
    }

    @Test
    void aBackupTakesNoConnectionUnderFullNatFromANeighbour() {
        Master master = new Master(0, 1472, 1);
        master.add(Copies.tcp(1), 1, 100, 0);
        master.send(this::send, 3 * SECOND);
        byte[] datagram = sent.getFirst();
        int flags = Message.HEADER_V1 + Message.FLAGS;
        datagram[flags + 3] = (byte) ConnectionRecords.FULL_NAT;
        List<ConnectionCopy> taken = new ArrayList<>();
        Backup backup = new Backup(0, taken::add);
        backup.receive(MemorySegment.ofArray(datagram), datagram.length);
        assertThat(taken).isEmpty();
        assertThat(backup.refused(Refusal.FULL_NAT)).isEqualTo(1);
    }

    @Test
    void refusesAnOddNumberOfPorts() {
        assertThatThrownBy(() -> new Master(0, 1472, 3)).hasMessageContaining("3 ports");
    }

    @Test
    void aBackupReadsWhatAMasterWrites() {
        long seed = 7;
        Random random = new Random(seed);
        Master master = new Master(9, 1472, 1);
        List<String> told = new ArrayList<>();
        List<String> heard = new ArrayList<>();
        Backup backup = new Backup(9, copy -> heard.add(Copies.text(copy)));
        for (int i = 0; i < 5000; i++) {
            ConnectionCopy copy = Copies.any(random);
            master.add(copy, 1, 1000, 0);
            told.add(Copies.text(copy));
        }
        master.send(this::send, 3 * SECOND);
        sent.forEach(bytes -> backup.receive(MemorySegment.ofArray(bytes), bytes.length));
        assertThat(heard).as("seed " + seed).isEqualTo(told);
        assertThat(Refusal.all()).allSatisfy(reason -> assertThat(backup.refused(reason)).as(reason.text()).isZero());
    }
}
