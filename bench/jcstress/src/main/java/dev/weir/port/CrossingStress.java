package dev.weir.port;

import dev.weir.sys.Poller;
import dev.weir.sys.SystemException;
import dev.weir.wire.Frame;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** The ring by which one worker passes frames to another: {@link CrossingPort}. */
public final class CrossingStress {
    private static final int SMALLEST = 1 << 20;

    private CrossingStress() {
    }

    /** Frames of all lengths, each full of its own number, through a ring that comes round all the time. */
    private static final class Numbered {
        private static final int LONGEST = 1514;
        private final CrossingPort ring = new CrossingPort("from one to another", SMALLEST);
        private final MemorySegment memory = Arena.global().allocate(Frame.HEADROOM + LONGEST, 16);
        private final Frame offered = new Frame();
        private final Frame[] burst = {new Frame(), new Frame(), new Frame(), new Frame()};
        private int sent;
        private int received;

        boolean offer() {
            int length = length(sent);
            memory.asSlice(Frame.HEADROOM, length).fill((byte) sent);
            offered.set(memory, Frame.HEADROOM, length, sent);
            if (!ring.offer(offered)) {
                return false;
            }
            sent++;
            ring.publish();
            return true;
        }

        /** @return 0: none has come, 1: what came is what was sent, in its order; 2: it is not */
        int receive(int most) {
            Frame[] room = most == burst.length ? burst : new Frame[]{burst[0]};
            int count = ring.receive(room);
            int outcome = count == 0 ? 0 : 1;
            for (int i = 0; i < count; i++) {
                if (!isNext(room[i])) {
                    outcome = 2;
                }
                received++;
            }
            ring.release();
            return outcome;
        }

        private boolean isNext(Frame frame) {
            if (frame.port() != received || frame.length() != length(received)) {
                return false;
            }
            for (int at = 0; at < frame.length(); at++) {
                if (frame.memory().get(ValueLayout.JAVA_BYTE, frame.start() + at) != (byte) received) {
                    return false;
                }
            }
            return true;
        }

        private static int length(int number) {
            return 60 + Integer.remainderUnsigned(number * 0x9e3779b9, LONGEST - 60);
        }
    }

    /** What comes is whole, and in its order; what finds no room is refused. */
    @JCStressTest
    @Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "nothing had come")
    @Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "the next frames, whole")
    @State
    public static class Order {
        private static final Numbered FRAMES = new Numbered();

        @Actor
        public void offering() {
            FRAMES.offer();
        }

        @Actor
        public void receiving(I_Result result) {
            result.r1 = FRAMES.receive(4);
        }
    }

    /** Nobody sleeps while there is a frame for him: who offers looks whether the other sleeps, who goes to sleep looks first. */
    @JCStressTest
    @Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "the next frame")
    @Outcome(id = "3", expect = Expect.FORBIDDEN, desc = "slept though the frame was there")
    @State
    public static class Wakening {
        private static final long LONG_NANOS = 1_000_000_000;
        private static final Numbered FRAMES = new Numbered();
        private static final Poller POLLER = poller();

        private static Poller poller() {
            try {
                return new Poller(() -> !FRAMES.ring.isEmpty());
            } catch (SystemException e) {
                throw new IllegalStateException(e);
            }
        }

        @Actor
        public void offering() {
            while (!FRAMES.offer()) {
                Thread.onSpinWait();
            }
            POLLER.wakeWaiting();
        }

        @Actor
        public void receiving(I_Result result) {
            int outcome = FRAMES.receive(1);
            while (outcome == 0) {
                boolean slept = !POLLER.await(LONG_NANOS) && !FRAMES.ring.isEmpty();
                outcome = slept ? 3 : FRAMES.receive(1);
            }
            result.r1 = outcome;
        }
    }
}
