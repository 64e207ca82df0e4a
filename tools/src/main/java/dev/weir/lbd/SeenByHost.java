package dev.weir.lbd;

import dev.weir.port.Port;
import dev.weir.wire.Frame;

/**
 * Where frames are "handed back" that came through libpcap. It sees all frames of the interface, those too that nothing
 * took from the host's own stack, and cannot tell which: handing back would give the host most of them twice.
 */
final class SeenByHost implements Port {
    private final Port behind;

    /** @param behind the interface on which they came */
    SeenByHost(Port behind) {
        this.behind = behind;
    }

    @Override
    public String name() {
        return behind.name();
    }

    @Override
    public int interfaceIndex() {
        return behind.interfaceIndex();
    }

    @Override
    public long hardwareAddress() {
        return behind.hardwareAddress();
    }

    @Override
    public int receive(Frame[] burst) {
        return 0;
    }

    @Override
    public void release() {
        // Nothing was received.
    }

    @Override
    public void transmit(Frame frame) {
        // The host has the frame.
    }

    @Override
    public void flush() {
        // Nothing was queued.
    }

    @Override
    public long transmitErrors() {
        return 0;
    }

    @Override
    public long receiveDrops() {
        return 0;
    }

    @Override
    public void close() {
        // It owns nothing.
    }
}
