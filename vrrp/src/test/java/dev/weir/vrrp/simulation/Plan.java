package dev.weir.vrrp.simulation;

import dev.weir.conf.Configuration;
import dev.weir.vrrp.Configurations;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/**
 * What all nodes of a history have in common.
 *
 * @param version     of VRRP
 * @param interval    the longest advert interval of any node, in nanoseconds
 * @param instances   one, or two in a sync group
 * @param scripts     a line of track_script, or nothing
 * @param longestDelay of a packet on its way
 * @param secondPath  whether nodes have heartbeats and split_brain release
 * @param arbiter     whether they have one
 * @param loss        how many of a thousand packets are lost while the network is bad
 */
record Plan(int version, long interval, boolean mixedIntervals, int instances, String scripts, int scriptWeight,
        long longestDelay, int loss, boolean secondPath, boolean arbiter) {
    private static final int[] PRIORITIES = {50, 90, 100, 100, 101, 150, 200, 254};
    private static final Map<String, Configuration> READ = new HashMap<>();

    /** @param further for what came later, so that histories of a seed stay what they were */
    static Plan of(Random random, Random further) {
        boolean secondPath = further.nextInt(3) == 0;
        int version = random.nextInt(2) + 2;
        long interval = version == 2 || random.nextInt(3) == 0 ? 1_000_000_000L : 100_000_000L;
        int instances = random.nextInt(4) == 0 ? 2 : 1;
        int weight = instances == 2 || random.nextBoolean() ? 0 : random.nextBoolean() ? -60 : 60;
        String scripts = random.nextInt(3) == 0 ? "" : "track_script {\nchk\n}";
        return new Plan(version, interval, version == 3 && random.nextInt(4) == 0, instances, scripts, weight,
                interval / 100 * (1 + random.nextInt(20)), random.nextInt(4) == 0 ? 0 : random.nextInt(400),
                secondPath, secondPath && further.nextBoolean());
    }

    List<String> names() {
        return instances == 2 ? List.of("V1", "V2") : List.of("V1");
    }

    boolean hasScript() {
        return !scripts.isEmpty();
    }

    /** A node's part of it. */
    Settings settings(Random random) {
        int kind = random.nextInt(6);
        String preemption = kind == 0 ? "nopreempt" : kind == 1 ? "preempt_delay " + seconds(interval * 2) : "";
        long own = mixedIntervals && random.nextBoolean() ? interval / 2 : interval;
        return new Settings(PRIORITIES[random.nextInt(PRIORITIES.length)], own, preemption);
    }

    /** How long an address may be without a master that a node hears: it waits for three intervals and the skew. */
    long longestGap() {
        return interval * 4 + interval / 4 + 2 * longestDelay + (instances - 1) * interval
        // A node hears in the next heartbeat only that its master has lost the arbiter.
                + (arbiter ? interval + interval / 4 : 0);
    }

    /** How long two masters that hear each other on the second path may be there. */
    long longestSplit() {
        return interval * 4 + interval / 4 + 2 * longestDelay;
    }

    /** How long two masters that hear each other may be there: until the next advert of the stronger one. */
    long longestConflict() {
        return interval * 2 + interval / 4 + 2 * longestDelay;
    }

    /** After which nothing changes any more where nothing happens: preempt_delay, and two elections. */
    long settling() {
        return 2 * longestGap() + 4 * interval + longestConflict()
                + (secondPath ? 2 * longestSplit() : 0);
    }

    private static String seconds(long nanoseconds) {
        return String.format(Locale.ROOT, "%.2f", nanoseconds / 1e9);
    }

    /** What a node's file says. */
    record Settings(int priority, long interval, String preemption) {
        boolean preempts() {
            return !preemption.equals("nopreempt");
        }

        Settings withPriority(int changed) {
            return new Settings(changed, interval, preemption);
        }

        Configuration configuration(Plan plan) {
            StringBuilder text = new StringBuilder("vrrp_script chk {\nscript /bin/true\nweight "
                    + plan.scriptWeight() + "\n}\n");
            for (String name : plan.names()) {
                text.append("vrrp_instance ").append(name).append(" {\ninterface eth0\nversion ").append(plan.version())
                        .append("\nvirtual_router_id ").append(name.equals("V1") ? 51 : 52).append("\npriority ")
                        .append(priority).append("\nadvert_int ").append(seconds(interval)).append('\n')
                        .append(plan.scripts()).append('\n').append(preemption)
                        .append(plan.secondPath()
                                ? "\nheartbeat {\npeer 10.1.0.9\nsecret k\n}\nsplit_brain release"
                                : "")
                        .append(plan.arbiter() ? "\narbiter 10.0.0.254" : "")
                        .append("\nvirtual_ipaddress {\n10.0.0.1\n}\n}\n");
            }
            if (plan.instances() == 2) {
                text.append("vrrp_sync_group G {\ngroup {\nV1\nV2\n}\n}\n");
            }
            return READ.computeIfAbsent(text.toString(), Configurations::read);
        }
    }
}
