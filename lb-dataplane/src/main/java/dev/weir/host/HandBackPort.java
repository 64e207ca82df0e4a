package dev.weir.host;

import dev.weir.port.LinkPort;
import dev.weir.route.Interfaces;
import dev.weir.sys.Bpf;
import dev.weir.sys.Link;
import dev.weir.sys.Tap;
import dev.weir.wire.Frame;
import dev.weir.wire.VirtioNetHeader;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Gives the host frames that were taken from it and are its own: unchanged, and on the interface they came on, so that
 * reverse path filters, firewalls and forwarding see what they would see without Weir. A frame is written to a TAP
 * device, whose name and index the port has, where a BPF program sends it on into the interface with a mark that keeps Weir
 * from taking it again.
 *
 * <p>Frames are written one by one: a TAP takes no more at once, and this is no path for many. Several workers may do so at
 * once. Nothing is allocated.
 */
public final class HandBackPort extends LinkPort {
    static final String NAME = "weir_hand_back";
    private static final VarHandle ERRORS;

    static {
        try {
            ERRORS = MethodHandles.lookup().findVarHandle(HandBackPort.class, "errors", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Tap tap;
    @SuppressWarnings("unused") // through ERRORS
    private long errors;

    private HandBackPort(Tap tap, Link link) {
        super(link);
        this.tap = tap;
    }

    /** @param interfaceIndex the interface whose frames are given back */
    static HandBackPort open(TrafficControl traffic, Interception interception, int interfaceIndex) throws IOException {
        Tap tap = Tap.open(Interfaces.OWN_PREFIX);
        try {
            Link link = Link.byName(tap.name());
            traffic.addClsact(link.index());
            attach(traffic, link.index(), interception, interfaceIndex);
            traffic.bringUpMute(link.index());
            return new HandBackPort(tap, link);
        } catch (IOException e) {
            tap.close();
            throw e;
        }
    }

    /** The interface was made anew and has another index now: its frames are given back there. */
    void redirect(TrafficControl traffic, Interception interception, int interfaceIndex) throws IOException {
        traffic.detach(interfaceIndex(), TrafficControl.own(Interception.HANDLE_CLSACT_OURS, NAME));
        attach(traffic, interfaceIndex(), interception, interfaceIndex);
    }

    private static void attach(TrafficControl traffic, int tapIndex, Interception interception, int interfaceIndex)
            throws IOException {
        try (Bpf.Program program = interception.handBack(interfaceIndex)) {
            traffic.attach(tapIndex, Interception.HANDLE_CLSACT_OURS, NAME, program.descriptor());
        }
    }

    /** Never anything: the host has nothing to send here. */
    @Override
    public int receive(Frame[] burst) {
        return 0;
    }

    @Override
    public void release() {
    }

    @Override
    public void transmit(Frame frame) {
        if (!tap.write(frame.memory(), frame.start() - VirtioNetHeader.LENGTH,
                frame.length() + VirtioNetHeader.LENGTH)) {
            countError();
        }
    }

    void countError() {
        long _ = (long) ERRORS.getAndAdd(this, 1L);
    }

    @Override
    public void flush() {
    }

    @Override
    public long transmitErrors() {
        return (long) ERRORS.getOpaque(this);
    }

    @Override
    public long receiveDrops() {
        return 0;
    }

    @Override
    public void close() {
        tap.close();
    }
}
