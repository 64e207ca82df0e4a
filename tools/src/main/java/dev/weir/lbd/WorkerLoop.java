package dev.weir.lbd;

import dev.weir.port.Port;
import dev.weir.sys.Poller;
import dev.weir.wire.Frame;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.agrona.concurrent.IdleStrategy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The worker: bursts in, bursts out, timers, and a wait when nothing comes. The thread owns the engine and its ports
 * until it has ended; then whoever started it closes them.
 */
final class WorkerLoop implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(WorkerLoop.class);
    private static final int BURST = 64;
    private static final long LONGEST_WAIT_NANOS = 10_000_000;
    /** Of a port without a descriptor nothing tells that frames have come. */
    private static final long BLIND_WAIT_NANOS = 500_000;
    private static final long RECOVERY_NANOS = 1_000_000_000;

    private final Stage stage;
    private final List<Port> ports;
    private final Poller poller;
    private final IdleStrategy idle;
    private int[] watched = Port.NO_DESCRIPTORS;
    private final Consumer<Throwable> died;
    private final Frame[] burst = new Frame[BURST];
    private final AtomicLong turn = new AtomicLong();
    private volatile boolean stopping;

    /** What the loop drives: the engine. */
    interface Stage {
        void process(Frame[] burst, int count, long now);

        void tick(long now);
    }

    /** @param died told in the worker's thread of what ended it, unless it was {@link #stop} */
    WorkerLoop(Stage stage, List<Port> ports, Poller poller, Idle idle, Idle.Processor processor,
            Consumer<Throwable> died) {
        this.stage = stage;
        this.ports = List.copyOf(ports);
        this.poller = poller;
        this.died = died;
        boolean telling = ports.stream().allMatch(Port::isAnnounced);
        this.idle = idle.strategy(poller, telling ? LONGEST_WAIT_NANOS : BLIND_WAIT_NANOS, processor);
        for (int i = 0; i < BURST; i++) {
            burst[i] = new Frame();
        }
        watch();
    }

    /** Ends it soon, from any thread. */
    void stop() {
        stopping = true;
        poller.wake();
    }

    /** The time of the latest turn; any thread. */
    long turn() {
        return turn.getOpaque();
    }

    @Override
    public void run() {
        try {
            loop();
        } catch (Throwable e) {
            // Whatever it is: a director that does not forward must not look alive.
            LOG.error("the worker died", e);
            died.accept(e);
        }
    }

    private void loop() {
        long now = System.nanoTime();
        long nextRecovery = now + RECOVERY_NANOS;
        while (!stopping) {
            now = System.nanoTime();
            turn.setOpaque(now);
            int received = receive(now);
            stage.tick(now);
            if (now - nextRecovery >= 0) {
                nextRecovery = now + RECOVERY_NANOS;
                recover();
            }
            idle.idle(received);
        }
    }

    private int receive(long now) {
        int received = 0;
        for (int i = 0; i < ports.size(); i++) {
            Port port = ports.get(i);
            int count = port.receive(burst);
            if (count > 0) {
                stage.process(burst, count, now);
                port.release();
                received += count;
            }
        }
        return received;
    }

    private void recover() {
        for (int i = 0; i < ports.size(); i++) {
            ports.get(i).recover();
        }
        watch();
    }

    private void watch() {
        int[] now = ports.stream().flatMapToInt(port -> Arrays.stream(port.fileDescriptors())).toArray();
        if (!Arrays.equals(now, watched)) {
            watched = now;
            poller.watch(now);
        }
    }
}
