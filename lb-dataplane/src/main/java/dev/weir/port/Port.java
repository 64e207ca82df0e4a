package dev.weir.port;

import dev.weir.wire.Frame;

/**
 * One interface's frames, in bursts. A port belongs to one worker, and only that thread calls it:
 *
 * <pre>
 *   n = port.receive(burst)      frames stand in the port's memory, and may be rewritten in place
 *   other.transmit(frame) ...    queued, nothing copied
 *   other.flush()                sent
 *   port.release()               the memory of the burst goes back to the port
 * </pre>
 */
public interface Port extends AutoCloseable {
    int[] NO_DESCRIPTORS = {};

    /** The interface's name, as in {@code ip link}. */
    String name();

    /** The interface's index, as in {@code ip link}. */
    int interfaceIndex();

    /** The interface's MAC address in the low 48 bits, first byte highest. */
    long hardwareAddress();

    /**
     * Takes what has come, without waiting.
     *
     * @return how many of {@code burst} were set, {@link Frame#port} being the {@link #interfaceIndex} that this port had
     *         when it was opened; their memory is the caller's until {@link #release}
     */
    int receive(Frame[] burst);

    /** Gives the memory of every frame received since the last call back. */
    void release();

    /**
     * Queues a frame. Its memory must not change until {@link #flush}; the Frame object itself may. A full queue is
     * flushed first.
     */
    void transmit(Frame frame);

    /** Sends what is queued. What the kernel refuses is counted, see {@link #transmitErrors}, and not sent again. */
    void flush();

    /** Frames that the kernel refused to send since the port was opened. Any thread may ask. */
    long transmitErrors();

    /** Frames that came while the port had no room for them, since it was opened. Any thread may ask. */
    long receiveDrops();

    /**
     * The worker calls this about once a second, in the network namespace in which the port was opened. A port whose interface was removed and is back under its name takes it
     * up again: its index, and perhaps its address, are others then.
     */
    default void recover() {
    }

    /**
     * Of what poll(2) shows one readable when frames have come, for a worker that waits; none where there is no such thing,
     * and the worker asks the port by itself. {@link #recover} may change them.
     */
    default int[] fileDescriptors() {
        return NO_DESCRIPTORS;
    }

    /**
     * Whether a worker that waits is woken for what comes here: by the {@link #fileDescriptors}, by who sends, or never
     * since nothing comes.
     */
    default boolean isAnnounced() {
        return fileDescriptors().length > 0;
    }

    @Override
    void close();
}
