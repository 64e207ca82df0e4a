package dev.weir.bench;

import dev.weir.engine.Engine;
import dev.weir.engine.Engines;
import dev.weir.lbd.EngineTables;
import dev.weir.service.Forwarding;
import dev.weir.service.Protocol;
import dev.weir.service.RealServer;
import dev.weir.service.ServiceException;
import dev.weir.service.ServiceKey;
import dev.weir.service.Services;
import dev.weir.service.VirtualService;
import dev.weir.sync.stream.Progress;
import dev.weir.sync.stream.SharedKey;
import dev.weir.sync.stream.StreamOptions;
import dev.weir.sync.stream.StreamThread;
import dev.weir.sync.stream.Worth;
import dev.weir.wire.Frame;
import dev.weir.wire.IpAddress;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * How fast Weir's stream is, without a network: two directors of one worker each in this process, which synchronise over
 * loopback. First a director joins one that has so many connections; then so many a second begin, are established and closed. Prints what
 * it took. Arguments: connections, new ones a second, seconds.
 */
public final class StreamMeasurement {
    private static final int TABLE = 1 << 22;
    private static final int BURST = 64;
    private static final int FIN_ACK = 0x11;
    private static final IpAddress FIRST = IpAddress.parse("127.0.0.2");
    private static final IpAddress SECOND = IpAddress.parse("127.0.0.3");
    private static final int PORT = 18849;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private StreamMeasurement() {
    }

    /** A director and its worker. */
    private static final class Director implements AutoCloseable {
        private final Arena arena = Arena.ofShared();
        private final Frame[] burst = new Frame[BURST];
        private int synTurn;
        private int ackTurn;
        private int finTurn;
        private final LoopPort syn = Frames.port(arena, false, Protocol.TCP, Frames.SYN, () -> synTurn++ % TABLE);
        private final LoopPort ack = Frames.port(arena, false, Protocol.TCP, Frames.ACK, () -> ackTurn++ % TABLE);
        private final LoopPort fin = Frames.port(arena, false, Protocol.TCP, FIN_ACK, () -> finTurn++ % TABLE);
        private final LoopPort servers = Frames.port(arena, true, Protocol.TCP, 0, () -> 0);
        private final Services services = new Services();
        private final Engines engines;
        private final Engine engine;
        private volatile boolean stopping;
        private volatile Thread worker = Thread.currentThread();

        Director() throws ServiceException {
            ServiceKey key = new ServiceKey.Address(Protocol.TCP, IpAddress.parse("10.0.0.2"), 80);
            services.addService(key, new VirtualService.Settings("rr", Set.of(), 0, -1, false, null));
            for (int i = 0; i < 100; i++) {
                services.addServer(key, IpAddress.v4(0xc0a8_0001 + i), 80,
                        new RealServer.Settings(Forwarding.DIRECT_ROUTING, 1, 0, 0));
            }
            engines = OneWorker.director(services, syn, servers, TABLE, System.nanoTime());
            engine = engines.engine(0);
            for (int i = 0; i < BURST; i++) {
                burst[i] = new Frame();
            }
        }

        StreamThread synchronise(IpAddress own, IpAddress peer) throws IOException {
            return StreamThread.start(new EngineTables(engines.synchronisation()),
                    new StreamOptions(List.of(new StreamOptions.Address(peer, PORT)), own, PORT,
                            SharedKey.of("a key for measuring"), new Worth.Established()),
                    _ -> {
                    }, System::nanoTime, InstantSource.system(), new SecureRandom());
        }

        private void take(LoopPort from) {
            engine.process(burst, from.receive(burst), System.nanoTime());
            from.release();
        }

        /** A burst of connections begins and is established. */
        void begin() {
            take(syn);
            take(ack);
        }

        /** The clients of a burst close theirs. */
        void end() {
            take(fin);
        }

        /** A worker that gets no frames, and new ones at a pace. */
        void work(int perSecond, long until) {
            long start = System.nanoTime();
            long made = 0;
            for (long now = start; !stopping && now - until < 0; now = System.nanoTime()) {
                if (perSecond > 0 && made < (now - start) * perSecond / TimeUnit.SECONDS.toNanos(1)) {
                    begin();
                    end();
                    made += BURST;
                } else {
                    LockSupport.parkNanos(50_000);
                }
                engine.tick(now);
            }
        }

        void start(String name) {
            worker = Thread.ofPlatform().name(name).daemon()
                    .start(() -> work(0, System.nanoTime() + TimeUnit.HOURS.toNanos(1)));
        }

        @Override
        public void close() {
            stopping = true;
            try {
                worker.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    public static void main(String[] arguments) throws Exception {
        int connections = Integer.parseInt(arguments[0]);
        int perSecond = Integer.parseInt(arguments[1]);
        int seconds = Integer.parseInt(arguments[2]);
        Director one = new Director();
        try (Director other = new Director()) {
            one.engines.synchronisation().note(true);
            while (one.engines.connectionCount() < connections) {
                one.begin();
            }
            other.start("worker of the backup");
            StreamThread teller = one.synchronise(FIRST, SECOND);
            long began = System.nanoTime();
            StreamThread told = other.synchronise(SECOND, FIRST);
            for (Progress progress = told.progress().getFirst(); !progress.incoming().isInStep(); progress = told
                    .progress().getFirst()) {
                one.work(0, System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(10));
            }
            say("%d connections reached the backup after %.2f s, %d bytes; it has %d", connections,
                    since(began), teller.progress().getFirst().bytesOut(), other.engines.connectionCount());
            cpu();
            long before = teller.progress().getFirst().bytesOut();
            long start = System.nanoTime();
            double worst = 0;
            for (int second = 0; second < seconds; second++) {
                one.work(perSecond, System.nanoTime() + TimeUnit.SECONDS.toNanos(1));
                worst = Math.max(worst, told.progress().getFirst().incoming().seconds());
            }
            say("%d s of %d new connections a second: behind by at most %.3f s, %.1f bytes a connection; %d here, %d there",
                    seconds, perSecond, worst,
                    (teller.progress().getFirst().bytesOut() - before) / (double) Math.max(1, perSecond * seconds),
                    one.engines.connectionCount(), other.engines.connectionCount());
            say("%.1f s in all", since(start));
            cpu();
            say("heap: %d MiB", (Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory()) >> 20);
            teller.close();
            told.close();
        }
    }

    private static double since(long began) {
        return (System.nanoTime() - began) / (double) TimeUnit.SECONDS.toNanos(1);
    }

    private static void cpu() {
        for (long id : THREADS.getAllThreadIds()) {
            ThreadInfo info = THREADS.getThreadInfo(id);
            String name = info == null ? "" : info.getThreadName();
            if (name.equals("sync-stream") || name.startsWith("worker of") || name.equals("main")) {
                say("  %.2f s of processor time so far: %s", THREADS.getThreadCpuTime(id) / 1e9, name);
            }
        }
    }

    private static void say(String format, Object... values) {
        System.out.printf(Locale.ROOT, format + "%n", values);
    }
}
