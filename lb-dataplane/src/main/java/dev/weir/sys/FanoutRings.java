package dev.weir.sys;

import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * The receive rings of several workers on one interface, among whom the kernel shares out what it receives
 * (PACKET_FANOUT). The sockets of an interface that was removed never receive again; for one that comes in its place there
 * are other rings. Whichever worker sees it first opens those of all, since their order says which frames each gets; the
 * others find theirs here, with what has come meanwhile. Any thread.
 */
public final class FanoutRings implements AutoCloseable {
    private static final int NONE = -1;
    private final int slots;
    private final int filter;
    private final int program;
    /** Open, and not taken yet. */
    private final @Nullable PacketRing[] waiting;
    private int opened = NONE;

    /**
     * @param slots   of each ring, see {@link PacketRing#open(Link, int, OptionalInt)}
     * @param filter  the descriptor of a loaded BPF program of type socket filter: what it returns 0 for is never seen
     * @param program the descriptor of another, that says for a frame, of which it sees what is from the IP header on, which
     *                worker gets it, from 0
     */
    public FanoutRings(int workers, int slots, int filter, int program) {
        waiting = new @Nullable PacketRing[workers];
        this.slots = slots;
        this.filter = filter;
        this.program = program;
    }

    /** A worker's ring on the interface as it is now, which it closes, or has replaced by the next. */
    public synchronized PacketRing take(int worker, Link link) throws SystemException {
        PacketRing ring = waiting[worker];
        if (opened != link.index() || ring == null) {
            open(link);
            ring = waiting[worker];
        }
        waiting[worker] = null;
        if (ring == null) {
            throw new IllegalStateException("no ring was opened for worker " + worker);
        }
        return ring;
    }

    private void open(Link link) throws SystemException {
        close();
        int group = PacketRing.Fanout.NEW_GROUP;
        try {
            for (int worker = 0; worker < waiting.length; worker++) {
                PacketRing ring = PacketRing.open(link, slots, OptionalInt.of(filter),
                        new PacketRing.Fanout(group, program));
                waiting[worker] = ring;
                group = ring.group();
            }
            opened = link.index();
        } catch (SystemException e) {
            close();
            throw e;
        }
    }

    /** Those that nobody has taken. */
    @Override
    public synchronized void close() {
        opened = NONE;
        for (int worker = 0; worker < waiting.length; worker++) {
            PacketRing ring = waiting[worker];
            waiting[worker] = null;
            if (ring != null) {
                ring.close();
            }
        }
    }
}
