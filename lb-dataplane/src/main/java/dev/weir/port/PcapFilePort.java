package dev.weir.port;

import dev.weir.wire.Frame;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.pcap4j.core.NotOpenException;
import org.pcap4j.core.PcapHandle;
import org.pcap4j.core.PcapNativeException;
import org.pcap4j.core.Pcaps;
import org.pcap4j.packet.namednumber.DataLinkType;

/**
 * A capture file as an interface: each frame arrives when the clock reaches its time, and what is sent goes to another
 * file at the clock's time. The clock is the user's, who moves it to {@link #nextArrival}. One thread's.
 */
public final class PcapFilePort implements Port {
    private final String name;
    private final int interfaceIndex;
    private final long hardwareAddress;
    private final PcapHandle in;
    private final @Nullable CaptureFile out;
    private final LongSupplier clock;
    private final FrameSlots slots = new FrameSlots((byte) 0);
    private byte @Nullable [] next;
    private long nextTime;
    private final Counter drops = new Counter();

    private PcapFilePort(String name, int interfaceIndex, long hardwareAddress, PcapHandle in,
            @Nullable CaptureFile out, LongSupplier clock) {
        this.name = name;
        this.interfaceIndex = interfaceIndex;
        this.hardwareAddress = hardwareAddress;
        this.in = in;
        this.out = out;
        this.clock = clock;
        advance();
    }

    /**
     * Opens a file in any format that libpcap reads, whose link type must be Ethernet.
     *
     * @param hardwareAddress of the interface that this plays, in the low 48 bits, first byte highest
     * @param out             where sent frames go, which the caller closes; null to forget them
     * @param clock           nanoseconds since 1970
     */
    public static PcapFilePort open(String name, int interfaceIndex, long hardwareAddress, Path file,
            @Nullable CaptureFile out, LongSupplier clock) throws IOException {
        try {
            PcapHandle in = Pcaps.openOffline(file.toString(), PcapHandle.TimestampPrecision.NANO);
            if (!in.getDlt().equals(DataLinkType.EN10MB)) {
                String type = in.getDlt().name();
                in.close();
                throw new IOException("capture file " + file + " has link type " + type + ", and Weir reads Ethernet"
                        + " only: capture on one Ethernet interface (\"tcpdump -i eth0\"), not on \"any\"");
            }
            return new PcapFilePort(name, interfaceIndex, hardwareAddress, in, out, clock);
        } catch (PcapNativeException e) {
            throw new IOException("capture file " + file + ": " + e.getMessage(), e);
        } catch (LinkageError e) {
            throw Libpcap.missing(e);
        }
    }

    /** When the next frame comes, in nanoseconds since 1970; empty at the file's end. */
    public OptionalLong nextArrival() {
        return next == null ? OptionalLong.empty() : OptionalLong.of(nextTime);
    }

    /** Reads on to the next frame that is whole. */
    private void advance() {
        try {
            next = in.getNextRawPacket();
            while (next != null && (in.getOriginalLength() != next.length || next.length > FrameSlots.MAX_FRAME)) {
                drops.add(1);
                next = in.getNextRawPacket();
            }
            if (next != null) {
                nextTime = Math.floorDiv(in.getTimestamp().getTime(), 1000L) * 1_000_000_000L
                        + in.getTimestamp().getNanos();
            }
        } catch (NotOpenException e) {
            throw new IllegalStateException(name + " is closed", e);
        }
    }

    @Override
    public int receive(Frame[] burst) {
        int count = 0;
        long now = clock.getAsLong();
        for (byte[] bytes = next; bytes != null && count < burst.length && nextTime <= now; bytes = next) {
            slots.lend(burst[count++], bytes, Offload.NONE, interfaceIndex);
            advance();
        }
        return count;
    }

    @Override
    public void release() {
        slots.release();
    }

    @Override
    public void transmit(Frame frame) {
        if (out != null) {
            out.write(frame, clock.getAsLong());
        }
    }

    /** Frames are in the file's buffer already. */
    @Override
    public void flush() {
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int interfaceIndex() {
        return interfaceIndex;
    }

    @Override
    public long hardwareAddress() {
        return hardwareAddress;
    }

    /** Frames that no longer fitted in the file. */
    @Override
    public long transmitErrors() {
        return out == null ? 0 : out.omitted();
    }

    /** Frames that the capture holds only the beginning of. */
    @Override
    public long receiveDrops() {
        return drops.get();
    }

    @Override
    public void close() {
        in.close();
        slots.close();
    }
}
