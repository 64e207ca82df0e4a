package dev.weir.port;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.wire.Frame;
import dev.weir.wire.VirtioNetHeader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What ports write to capture files and read from them. */
class CaptureFileTest {
    private static final long NOON = 1_700_000_000_123_456_789L;
    private static final byte[] FIRST = Frames.ethernet(0x02_00_00_00_00_01L, 0x02_00_00_00_00_02L, 0x88b5, 46);
    private static final byte[] SECOND = Frames.ethernet(0x02_00_00_00_00_02L, 0x02_00_00_00_00_01L, 0x88b5, 100);
    /** 192.0.2.1:53 to 192.0.2.2:5353, "abc"; the checksum field holds the pseudo-header's sum. */
    private static final String UDP = "020000000001" + "020000000002" + "0800"
            + "4500001f00004000401100 00c0000201c0000202".replace(" ", "") + "0035" + "14e9" + "000b" + "8420"
            + "616263";
    private final AtomicLong clock = new AtomicLong(NOON);
    private final Frame[] burst = Frames.burst(8);
    @TempDir
    private Path folder = Path.of("");
    private Path file = Path.of("");

    @BeforeEach
    void name() {
        file = folder.resolve("frames.pcap");
    }

    private PcapFilePort open(Path path) throws IOException {
        return PcapFilePort.open("file", 7, 0x02_00_00_00_00_01L, path, null, clock::get);
    }

    /** Lets the frames pass a capturing port, the first coming in and the second going out 1 ns later. */
    private CaptureFile capture(long bound) throws IOException {
        CaptureFile capture = CaptureFile.create(file, bound);
        try (capture; Port port = new CapturingPort(new MemoryPort("m0", 3, 2), capture, clock::getAndIncrement)) {
            MemoryPort other = new MemoryPort("m1", 4, 2);
            other.put(SECOND);
            other.receive(burst);
            port.transmit(burst[0]);
            port.flush();
        }
        return capture;
    }

    @Test
    void whatPassesAPortComesBackFromTheFileAtItsNanosecond() throws Exception {
        MemoryPort memory = new MemoryPort("m0", 3, 2);
        try (CaptureFile capture = CaptureFile.create(file, 10_000);
                Port port = new CapturingPort(memory, capture, clock::getAndIncrement)) {
            memory.put(FIRST);
            memory.put(SECOND);
            assertThat(port.receive(burst)).isEqualTo(2);
            port.transmit(burst[1]);
            port.flush();
            port.release();
            assertThat(memory.takeSent()).extracting(MemoryPort.Copy::frame).containsExactly(SECOND);
        }
        clock.set(NOON);
        try (PcapFilePort port = open(file)) {
            assertThat(port.nextArrival()).isEqualTo(OptionalLong.of(NOON));
            assertThat(port.receive(burst)).as("one has come by now").isEqualTo(1);
            assertThat(MemoryPort.Copy.of(burst[0]).frame()).isEqualTo(FIRST);
            assertThat(burst[0].port()).isEqualTo(7);
            assertThat(port.receive(burst)).isZero();
            clock.set(NOON + 5);
            assertThat(port.receive(burst)).isEqualTo(2);
            assertThat(List.of(burst[0], burst[1])).extracting(frame -> MemoryPort.Copy.of(frame).frame())
                    .containsExactly(SECOND, SECOND);
            assertThat(port.nextArrival()).isEmpty();
            assertThat(port.receive(burst)).isZero();
        }
    }

    @Test
    void aFileStopsGrowingAtItsBoundAndCountsWhatItLeavesOut() throws Exception {
        int whole = 24 + 16 + SECOND.length;
        assertThat(capture(whole).omitted()).isZero();
        assertThat(Files.size(file)).isEqualTo(whole);
        assertThat(capture(whole - 1).omitted()).isEqualTo(1);
        assertThat(Files.size(file)).isEqualTo(24);
    }

    @Test
    void aPartialChecksumIsFinishedInTheFileAndNotInTheFrame() throws Exception {
        MemoryPort memory = new MemoryPort("m0", 3, 2);
        byte[] udp = HexFormat.of().parseHex(UDP);
        try (CaptureFile capture = CaptureFile.create(file, 10_000);
                Port port = new CapturingPort(memory, capture, clock::get)) {
            memory.put(udp, Offload.partialChecksum(34, 6));
            memory.put(udp, Offload.partialChecksum(65000, 6));
            port.receive(burst);
            assertThat(MemoryPort.Copy.of(burst[0]).frame()).isEqualTo(udp);
            assertThat(VirtioNetHeader.needsChecksum(burst[0].memory(), burst[0].start())).isTrue();
        }
        try (PcapFilePort port = open(file)) {
            assertThat(port.receive(burst)).isEqualTo(2);
            byte[] finished = MemoryPort.Copy.of(burst[0]).frame();
            assertThat(sum(finished, 34) + 0xc000 + 0x0201 + 0xc000 + 0x0202 + 17 + 11).as("RFC 1071")
                    .satisfies(sum -> assertThat(sum % 0xffff).isZero());
            assertThat(MemoryPort.Copy.of(burst[1]).frame()).as("a header that lies").isEqualTo(udp);
        }
    }

    private static int sum(byte[] bytes, int from) {
        int sum = 0;
        for (int i = from; i < bytes.length; i++) {
            sum += (bytes[i] & 0xff) << ((i - from) % 2 == 0 ? 8 : 0);
        }
        return sum;
    }

    @Test
    void sentFramesGoToAnotherFileAtTheClocksTime() throws Exception {
        capture(10_000);
        Path sent = folder.resolve("sent.pcap");
        try (CaptureFile out = CaptureFile.create(sent, 10_000);
                Port port = PcapFilePort.open("file", 7, 1, file, out, clock::get)) {
            assertThat(port.receive(burst)).isEqualTo(1);
            clock.set(NOON + 1_000_000_000);
            port.transmit(burst[0]);
            port.flush();
        }
        try (PcapFilePort port = open(sent)) {
            assertThat(port.nextArrival()).isEqualTo(OptionalLong.of(NOON + 1_000_000_000));
        }
    }

    @Test
    void bigEndianMicrosecondFilesAreReadAndFramesCutShortAreCounted() throws Exception {
        Files.write(file, HexFormat.of().parseHex("a1b2c3d4" + "00020004" + "00000000" + "00000000" + "00040000"
                + "00000001" // Ethernet
                + "00000001" + "00000002" + "0000000e" + "0000000f" + "0102030405060708090a0b0c0d0e"
                + "00000001" + "00000003" + "0000000e" + "0000000e" + "1102030405060708090a0b0c0d0e"));
        try (PcapFilePort port = open(file)) {
            assertThat(port.nextArrival()).isEqualTo(OptionalLong.of(1_000_003_000L));
            assertThat(port.receive(burst)).isEqualTo(1);
            assertThat(MemoryPort.Copy.of(burst[0]).frame()).hasSize(14).startsWith(0x11);
            assertThat(port.receiveDrops()).isEqualTo(1);
        }
    }

    @Test
    void aFileThatIsNotOfEthernetOrNoCaptureIsRefusedInWords() throws Exception {
        Files.write(file, HexFormat.of().parseHex("a1b2c3d4" + "00020004" + "00000000" + "00000000" + "00040000"
                + "00000071")); // Linux "any"
        assertThatThrownBy(() -> open(file)).isInstanceOf(IOException.class).hasMessageContaining("Ethernet")
                .hasMessageContaining("frames.pcap");
        Files.writeString(file, "this is no capture, is it?");
        assertThatThrownBy(() -> open(file)).isInstanceOf(IOException.class).hasMessageContaining("frames.pcap");
        assertThatThrownBy(() -> open(folder.resolve("none.pcap"))).isInstanceOf(IOException.class)
                .hasMessageContaining("none.pcap");
        assertThatThrownBy(() -> CaptureFile.create(folder.resolve("no/such.pcap"), 100)).isInstanceOf(
                IOException.class).hasMessageContaining("such.pcap");
    }
}
