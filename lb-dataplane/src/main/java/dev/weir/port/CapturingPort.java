package dev.weir.port;

import dev.weir.wire.Frame;
import java.util.function.LongSupplier;

/**
 * Any port, with what passes written to a capture file: frames as they come, and frames as they are queued to go. For
 * looking into things; it allocates, and waits for others. Ports may share a file, which stays open when they are closed.
 */
public final class CapturingPort extends WrappedPort {
    private final CaptureFile file;
    private final LongSupplier clock;

    /** @param clock nanoseconds since 1970 */
    public CapturingPort(Port port, CaptureFile file, LongSupplier clock) {
        super(port);
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
    public void transmit(Frame frame) {
        file.write(frame, clock.getAsLong());
        port.transmit(frame);
    }
}
