package dev.weir.firewall;

import dev.weir.sys.Netlink;
import dev.weir.sys.SystemException;
import dev.weir.sys.Xtables;
import java.io.IOException;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows what the host's own packet filter makes of marks, by a thread of its own: iptables and ip6tables of both kinds,
 * and nft. nftables tells of its changes; the tables of iptables-legacy are compared four times a second. What has
 * changed is read by the host's own tools.
 */
public final class HostRules implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HostRules.class);
    private static final long LOOK_MILLIS = 250;
    /** A table that goes while it is read makes one reading fail; more in a row are a fault, and are told of. */
    private static final int FAILURES_TOLD = 4;
    private static final long LONGEST_REST_NANOS = 5_000_000_000L;

    private final Consumer<Followed> changed;
    private final ScheduledExecutorService thread = Executors
            .newSingleThreadScheduledExecutor(Thread.ofPlatform().name("weir-host-rules").daemon().factory());
    private final Map<Xtables.Family, byte[]> legacy = new EnumMap<>(Xtables.Family.class);
    private @Nullable Netlink nftables;
    private boolean outOfDate = true;
    private long nextReading = System.nanoTime();
    private int failures;
    private volatile Followed current = Followed.NOTHING;

    private HostRules(Consumer<Followed> changed) {
        this.changed = changed;
    }

    /**
     * Reads the rules and follows them from then on. Where they cannot be read, that is logged and tried again.
     *
     * @param changed told of each change, the first reading included; in this call, then in the thread that follows
     */
    public static HostRules open(Consumer<Followed> changed) {
        HostRules rules = new HostRules(changed);
        rules.look();
        var _ = rules.thread.scheduleWithFixedDelay(rules::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
        return rules;
    }

    /** As last read. Any thread may ask. */
    public Followed current() {
        return current;
    }

    private void look() {
        try {
            outOfDate |= legacyChanged();
            outOfDate |= nftablesChanged();
            long began = System.nanoTime();
            if (outOfDate && began - nextReading >= 0) {
                outOfDate = false;
                Followed read = RuleReading.all(legacy.keySet());
                long now = System.nanoTime();
                // However fast rules change, reading them costs at most half of this thread's time.
                nextReading = now + (now - began);
                failures = 0;
                if (!read.equals(current)) {
                    current = read;
                    changed.accept(read);
                }
            }
        } catch (IOException | RuntimeException e) {
            outOfDate = true;
            failures++;
            nextReading = System.nanoTime()
                    + Math.min(LONGEST_REST_NANOS, TimeUnit.MILLISECONDS.toNanos(LOOK_MILLIS * failures));
            if (failures == FAILURES_TOLD) {
                LOG.warn(
                        "the host's own rules that mark packets cannot be read; those read last stay in force, and it is "
                                + "tried again and again",
                        e);
            }
        }
    }

    private boolean legacyChanged() throws IOException {
        boolean differs = false;
        for (Xtables.Family family : Xtables.Family.values()) {
            byte[] rules = Xtables.rules(family, "mangle");
            byte[] before = rules == null ? legacy.remove(family) : legacy.put(family, rules);
            differs |= !Arrays.equals(rules, before);
        }
        return differs;
    }

    private boolean nftablesChanged() throws IOException {
        if (nftables == null) {
            try {
                nftables = Netlink.followingNftables();
                return true;
            } catch (SystemException e) {
                LOG.trace("nftables is not to be followed yet", e);
                return false;
            }
        }
        boolean[] told = {false};
        return !nftables.notifications(_ -> told[0] = true) || told[0];
    }

    @Override
    public void close() {
        thread.shutdown();
        try {
            if (!thread.awaitTermination(1, TimeUnit.SECONDS)) {
                LOG.warn("the host's rules are still being read; that is left behind");
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        if (nftables != null) {
            nftables.close();
        }
    }
}
