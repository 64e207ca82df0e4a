package dev.weir.notify;

import dev.weir.conf.Definitions.Globals;
import org.jspecify.annotations.Nullable;

/**
 * The FIFOs of global_defs. VRRP and virtual servers write to them, each to its own and both to notify_fifo. Any thread; who
 * made it closes it when both have ended.
 */
public final class Fifos implements AutoCloseable {
    private final ScriptRunner runner;
    private @Nullable FifoChannel all;
    private @Nullable FifoChannel vrrp;
    private @Nullable FifoChannel servers;

    /** The runner is the caller's, who closes it after this. */
    public Fifos(ScriptRunner runner) {
        this.runner = runner;
    }

    /** What counts from here on; FIFOs that stay the same go on. */
    public synchronized void configure(Globals globals) {
        all = FifoChannel.configured(all, globals.fifos().all(), globals.scripts(), runner);
        vrrp = FifoChannel.configured(vrrp, globals.fifos().vrrp(), globals.scripts(), runner);
        servers = FifoChannel.configured(servers, globals.fifos().servers(), globals.scripts(), runner);
    }

    /** @param line such as {@code INSTANCE "VI_1" MASTER 100} */
    public synchronized void ofVrrp(String line) {
        write(all, line);
        write(vrrp, line);
    }

    /** @param line such as {@code RS [10.0.0.2]:tcp:80 [10.0.0.1]:tcp:80 UP} */
    public synchronized void ofServers(String line) {
        write(all, line);
        write(servers, line);
    }

    private static void write(@Nullable FifoChannel fifo, String line) {
        if (fifo != null) {
            fifo.write(line);
        }
    }

    /** Their scripts have a second each to read to the end. */
    @Override
    public synchronized void close() {
        for (FifoChannel fifo : new FifoChannel[]{all, vrrp, servers}) {
            if (fifo != null) {
                fifo.close();
            }
        }
        all = null;
        vrrp = null;
        servers = null;
    }
}
