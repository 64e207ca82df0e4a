package dev.weir.sync.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.connection.ConnectionCopy;
import dev.weir.connection.Connections;
import dev.weir.wire.IpAddress;
import dev.weir.wire.Transport;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What one director says of a connection the other reads, to the last bit. */
class EntryTest {
    private static ConnectionCopy copy(String client, String virtual, String server, int flags) {
        ConnectionCopy copy = new ConnectionCopy();
        copy.kind = ConnectionCopy.Kind.STREAMED;
        copy.protocol = Transport.TCP;
        copy.state = 1;
        copy.flags = flags;
        IpAddress from = IpAddress.parse(client);
        copy.v6 = !from.isV4();
        copy.clientHigh = from.high();
        copy.clientLow = from.low();
        copy.clientPort = 40000;
        copy.virtualHigh = IpAddress.parse(virtual).high();
        copy.virtualLow = IpAddress.parse(virtual).low();
        copy.virtualPort = 65535;
        copy.serverHigh = IpAddress.parse(server).high();
        copy.serverLow = IpAddress.parse(server).low();
        copy.serverPort = 8080;
        copy.timeout = 900;
        copy.age = 3_000_000_000L;
        copy.packetsIn = -1;
        return copy;
    }

    private static void local(ConnectionCopy copy, String address, int port) {
        copy.localHigh = IpAddress.parse(address).high();
        copy.localLow = IpAddress.parse(address).low();
        copy.localPort = port;
        copy.acknowledged = 0xdead_beef;
        copy.serversFirst = 0x8000_0001;
        copy.toa = port != 1;
    }

    private static ByteBuffer written(ConnectionCopy copy) {
        ByteBuffer bytes = ByteBuffer.allocate(Entry.LONGEST);
        Entry.put(Entry.TOLD, 3, 0x12_3456, copy, bytes);
        return bytes.flip();
    }

    /** Read after another one, of which nothing may be left. */
    private static Entry read(ByteBuffer bytes) throws RefusedException {
        Entry entry = new Entry();
        ConnectionCopy before = copy("2001:db8::9", "2001:db8::8", "2001:db8::7", Connections.FULL_NAT);
        local(before, "2001:db8::6", 5);
        before.mark = 77;
        entry.read(written(before));
        entry.read(bytes);
        return entry;
    }

    private static void same(ConnectionCopy copy) throws RefusedException {
        ByteBuffer bytes = written(copy);
        Entry entry = read(bytes);
        assertThat(bytes.hasRemaining()).isFalse();
        assertThat(entry.table).isEqualTo(3);
        assertThat(entry.number).isEqualTo(0x12_3456);
        assertThat(entry.copy).usingRecursiveComparison().isEqualTo(copy);
    }

    @ParameterizedTest
    @CsvSource({"198.51.100.7, 203.0.113.1, 192.168.0.10, 192.168.1.5",
            "2001:db8:c::10, 2001:db8:c::200, 2001:db8:5::a, 2001:db8:6::1",
            "2001:db8:c::10, 2001:db8:c::200, 192.168.0.10, 192.168.1.5",
            "198.51.100.7, 203.0.113.1, 2001:db8:5::a, 2001:db8:6::1"})
    void underFullNatTheLocalEndTravels(String client, String virtual, String server, String local)
            throws RefusedException {
        for (int port : new int[]{1, 1024, 65535}) {
            ConnectionCopy copy = copy(client, virtual, server, Connections.FULL_NAT | Connections.INACTIVE);
            local(copy, local, port);
            same(copy);
        }
    }

    @Test
    void otherConnectionsHaveNone() throws RefusedException {
        same(copy("198.51.100.7", "203.0.113.1", "192.168.0.10", Connections.MASQUERADED));
        same(copy("2001:db8:c::10", "2001:db8:c::200", "2001:db8:5::a", Connections.DIRECT));
    }

    @Test
    void theLongestFits() throws RefusedException {
        ConnectionCopy copy = copy("2001:db8:c::10", "2001:db8:c::200", "2001:db8:5::a", Connections.FULL_NAT);
        local(copy, "2001:db8:6::1", 65535);
        copy.mark = -1;
        copy.held = true;
        copy.adjusted = true;
        Arrays.setAll(copy.adjustment, i -> ~i);
        same(copy);
    }

    @Test
    void aLocalEndOfAConnectionThatHasNoneEndsTheSession() {
        ConnectionCopy copy = copy("198.51.100.7", "203.0.113.1", "192.168.0.10", Connections.MASQUERADED);
        local(copy, "192.168.1.5", 1024);
        assertThatThrownBy(() -> read(written(copy))).isInstanceOf(RefusedException.class);
    }

    @Test
    void anEntryThatIsCutEndsTheSession() {
        ConnectionCopy copy = copy("198.51.100.7", "203.0.113.1", "192.168.0.10", Connections.FULL_NAT);
        local(copy, "192.168.1.5", 1024);
        ByteBuffer whole = written(copy);
        for (int length = 0; length < whole.limit(); length++) {
            ByteBuffer cut = whole.duplicate().limit(length);
            assertThatThrownBy(() -> read(cut)).isInstanceOf(RefusedException.class);
        }
    }
}
