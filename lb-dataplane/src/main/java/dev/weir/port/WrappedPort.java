package dev.weir.port;

import dev.weir.wire.Frame;

/** A port that is another one but for what a subclass does otherwise. */
public abstract class WrappedPort implements Port {
    protected final Port port;

    protected WrappedPort(Port port) {
        this.port = port;
    }

    @Override
    public int receive(Frame[] burst) {
        return port.receive(burst);
    }

    @Override
    public void release() {
        port.release();
    }

    @Override
    public void transmit(Frame frame) {
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
    public int[] fileDescriptors() {
        return port.fileDescriptors();
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
