package dev.weir.port;

import dev.weir.wire.Frame;
import java.util.function.LongSupplier;

/**
 * Any port, with what passes written to a capture file: frames as they come, and frames as they are queued to go. For
 * looking into things; it allocates, and waits for others. Ports may share a file, which stays open when they are closed.
 */
public final class CapturingPort implements Port {
    private final Port port;
    private final CaptureFile file;
    private final LongSupplier clock;

    /** @param clock nanoseconds since 1970 */
    public CapturingPort(Port port, CaptureFile file, LongSupplier clock) {
        this.port = port;
        this.file = file;
        this.clock = clock;
    }

    @Override
    public int receive(Frame[] burst) {
        int count = port.receive(burst);
        for (int i = 0; i < count; i++) {
            file.write(burst[i], clock.getAsLong());
        }
        return count;
    }

    @Override
    public void release() {
        port.release();
    }

    @Override
    public void transmit(Frame frame) {
        file.write(frame, clock.getAsLong());
        port.transmit(frame);
    }

    @Override
    public void flush() {
        port.flush();
    }

    @Override
    public void recover() {
        port.recover();
    }

    @Override
    public String name() {
        return port.name();
    }

    @Override
    public int interfaceIndex() {
        return port.interfaceIndex();
    }

    @Override
    public long hardwareAddress() {
        return port.hardwareAddress();
    }

    @Override
    public int fileDescriptor() {
        return port.fileDescriptor();
    }

    @Override
    public boolean isAnnounced() {
        return port.isAnnounced();
    }

    @Override
    public long transmitErrors() {
        return port.transmitErrors();
    }

    @Override
    public long receiveDrops() {
        return port.receiveDrops();
    }

    @Override
    public void close() {
        port.close();
    }
}
