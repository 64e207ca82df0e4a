package dev.weir.bench;

import dev.weir.port.Port;
import dev.weir.wire.Bytes;
import dev.weir.wire.Checksum;
import dev.weir.wire.Ethernet;
import dev.weir.wire.Frame;
import dev.weir.wire.Ipv4;
import dev.weir.wire.VirtioNetHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.Consumer;

/**
 * A port that receives frames of so many clients, and sends into nothing. Each frame is written anew into a ring of 64
 * frames, 2 KiB apart as an interface has them, from one model frame.
 */
final class LoopPort implements Port {
    private static final int SLOT = 2048;
    private static final int FRAME = 60;
    private static final int IP = Ethernet.HEADER_LENGTH;
    private static final int TRANSPORT = IP + Ipv4.HEADER_LENGTH;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

    private final int interfaceIndex;
    private final long hardwareAddress;
    private final MemorySegment model;
    private final MemorySegment ring;
    private final Clients clients;
    private final int addressAt;
    private final int portAt;
    private long sent;
    private Consumer<Frame> listener = frame -> {
    };
    private boolean listening;

    /** Whose frame comes next. */
    interface Clients {
        /** @return a client's number: the lower half is that of its address, the upper half that of its port */
        int next();

        /** The end that a client's frames have, or come to. */
        default int address(int client) {
            return Frames.CLIENTS | client & 0xffff;
        }

        default int port(int client) {
            return Frames.FIRST_PORT + (client >>> 16);
        }
    }

    /**
     * @param model     a frame, of which a client's address, its port and the header checksum are replaced
     * @param toClients whether frames go to clients; else they come from them
     */
    LoopPort(Arena arena, int interfaceIndex, long hardwareAddress, byte[] model, boolean toClients, Clients clients) {
        this.interfaceIndex = interfaceIndex;
        this.hardwareAddress = hardwareAddress;
        this.clients = clients;
        this.model = arena.allocate(64, 64);
        ring = arena.allocate(64L * SLOT, 64);
        MemorySegment.copy(MemorySegment.ofArray(model), 0, this.model, 0, FRAME);
        addressAt = IP + (toClients ? 16 : 12);
        portAt = TRANSPORT + (toClients ? 2 : 0);
        Bytes.u16(this.model, IP + 10, 0);
        Bytes.i32(this.model, addressAt, 0);
    }

    @Override
    public String name() {
        return "loop" + interfaceIndex;
    }

    @Override
    public int interfaceIndex() {
        return interfaceIndex;
    }

    @Override
    public long hardwareAddress() {
        return hardwareAddress;
    }

    @Override
    public int receive(Frame[] burst) {
        int without = Checksum.sum(model, IP, Ipv4.HEADER_LENGTH);
        for (int i = 0; i < burst.length; i++) {
            long start = (long) i * SLOT + Frame.HEADROOM;
            for (int at = 0; at < FRAME; at += Long.BYTES) {
                ring.set(LONG, start + at, model.get(LONG, at));
            }
            int client = clients.next();
            int address = clients.address(client);
            Bytes.i32(ring, start + addressAt, address);
            Bytes.u16(ring, start + portAt, clients.port(client));
            Bytes.u16(ring, start + IP + 10, Checksum.of(Checksum.fold(without + (address & 0xffff_ffffL))));
            VirtioNetHeader.clear(ring, start);
            burst[i].set(ring, start, FRAME, interfaceIndex);
        }
        return burst.length;
    }

    @Override
    public void release() {
        // The ring is written over at the next receive.
    }

    @Override
    public void transmit(Frame frame) {
        sent += Ethernet.type(frame.memory(), frame.start());
        if (listening) {
            listener.accept(frame);
        }
    }

    /** From now on all that is sent is told. */
    void onSent(Consumer<Frame> told) {
        listener = told;
        listening = true;
    }

    /** Nobody is told any more. */
    void silent() {
        listening = false;
    }

    @Override
    public void flush() {
        // Nothing is queued.
    }

    /** Something that depends on every frame sent, so that no work can be left out. */
    long sent() {
        return sent;
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
        // The arena is its maker's.
    }
}
