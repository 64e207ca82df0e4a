package dev.weir.port;

import dev.weir.wire.Frame;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Timestamp;
import org.pcap4j.core.NotOpenException;
import org.pcap4j.core.PcapDumper;
import org.pcap4j.core.PcapHandle;
import org.pcap4j.core.PcapNativeException;
import org.pcap4j.core.Pcaps;
import org.pcap4j.packet.namednumber.DataLinkType;

/**
 * A capture file to write: Ethernet, nanoseconds. Partial checksums are finished in what is written; frames that
 * segmentation offload left whole are written whole. The file stops growing at its bound. One thread's.
 */
public final class CaptureFile implements AutoCloseable {
    private static final int SNAPLEN = 262144;
    private static final int FILE_HEADER_LENGTH = 24;
    private static final int RECORD_HEADER_LENGTH = 16;

    private final Path path;
    private final PcapHandle handle;
    private final PcapDumper dumper;
    private final long bound;
    private long length = FILE_HEADER_LENGTH;
    private final Counter omitted = new Counter();

    private CaptureFile(Path path, PcapHandle handle, PcapDumper dumper, long bound) {
        this.path = path;
        this.handle = handle;
        this.dumper = dumper;
        this.bound = bound;
    }

    /**
     * Makes the file, or empties it.
     *
     * @param bound bytes that the file does not exceed; what no longer fits is counted, see {@link #omitted}
     */
    public static CaptureFile create(Path path, long bound) throws IOException {
        try {
            PcapHandle handle = Pcaps.openDead(DataLinkType.EN10MB, SNAPLEN, PcapHandle.TimestampPrecision.NANO);
            return new CaptureFile(path, handle, handle.dumpOpen(path.toString()), bound);
        } catch (PcapNativeException | NotOpenException e) {
            throw new IOException("capture file " + path + ": " + e.getMessage(), e);
        } catch (LinkageError e) {
            throw Libpcap.missing(e);
        }
    }

    /** @param nanoseconds since 1970 */
    public synchronized void write(Frame frame, long nanoseconds) {
        if (length + RECORD_HEADER_LENGTH + frame.length() > bound) {
            omitted.add(1);
            return;
        }
        length += RECORD_HEADER_LENGTH + frame.length();
        MemoryPort.Copy copy = MemoryPort.Copy.of(frame);
        PartialChecksum.finish(copy.frame(), copy.offload());
        Timestamp timestamp = new Timestamp(Math.floorDiv(nanoseconds, 1_000_000L));
        timestamp.setNanos((int) Math.floorMod(nanoseconds, 1_000_000_000L));
        try {
            dumper.dumpRaw(copy.frame(), timestamp);
        } catch (NotOpenException e) {
            throw new IllegalStateException("capture file " + path + " is closed", e);
        }
    }

    /** Frames that no longer fitted. Any thread may ask. */
    public long omitted() {
        return omitted.get();
    }

    @Override
    public void close() throws IOException {
        try {
            if (dumper.isOpen()) {
                dumper.flush();
            }
        } catch (PcapNativeException | NotOpenException e) {
            throw new IOException("capture file " + path + " could not be written whole: is the disk full?", e);
        } finally {
            dumper.close();
            handle.close();
        }
    }
}
