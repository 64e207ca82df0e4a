package dev.weir.forward;

import dev.weir.wire.Frame;

/** Where frames go that forwarding makes of one: fragments and segments. The engine implements it. */
public interface FrameSink {
    /** A fresh frame of {@code length} bytes, valid until the burst's end. */
    Frame allocate(int length, int port);

    /** Takes the frame {@link #allocate} gave last; it holds a whole frame now, but for its MAC addresses. */
    void accept(Frame frame);
}
