package dev.weir.lvs;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What somebody at the command line asks of the half that does keepalived's work: {@code lb-ctl} calls it, whoever runs
 * that half answers. Any thread may call, and waits.
 */
public interface Operator {
    /** What is known of everything at this moment. */
    Status status();

    /** Reads the file anew, as SIGHUP does, and returns when all that follows has been done. */
    Reloaded reload();

    /**
     * The servers get no new connections and keep their old ones; each leaves its service when they are gone or the time
     * is up, and stays away until {@link #enable}.
     *
     * @param limit null: however long it takes
     */
    Answer drain(ServerPattern servers, @Nullable Duration limit);

    /** The servers are out of service now, whatever their checks say. */
    Answer disable(ServerPattern servers);

    /** Whatever was changed by hand, weight included: file and checks decide again. */
    Answer enable(ServerPattern servers);

    /** @param weight 0 to 65535, in place of the file's */
    Answer weight(ServerPattern servers, int weight);

    /**
     * @param changed the servers that it was about, also those that were so before
     * @param problem why nothing was done, and what to do; or null
     */
    record Answer(List<Change> changed, @Nullable String problem) {
        public static Answer refused(String problem) {
            return new Answer(List.of(), problem);
        }
    }

    /**
     * @param service as {@link ServiceStatus#name}
     * @param server  as {@link ServerStatus#name}
     * @param what    in a few words: "draining, 12 connections"
     */
    record Change(String service, String server, String what) {
    }

    /**
     * @param taken    whether the file counts now; else all is as before
     * @param actions  what was done, one line each, in order
     * @param problems mistakes of the file with file and line, and what could not be done
     */
    record Reloaded(boolean taken, List<String> actions, List<String> problems) {
    }

    /**
     * @param config      the file
     * @param started     when it was read first
     * @param reloaded    when it was taken over last
     * @param mended      how often something that could not be done, or was undone, was done again since the start
     * @param differences what is otherwise in the dataplane than the file says because somebody else changed it, and is
     *                    left so
     */
    record Status(String config, Instant started, Instant reloaded, long mended, List<InstanceStatus> instances,
            List<ServiceStatus> services, List<String> differences) {
    }

    /**
     * A vrrp_instance.
     *
     * @param state as keepalived writes it: MASTER, BACKUP, FAULT, INIT, STOP
     */
    record InstanceStatus(String name, String state, Instant since, int priority) {
    }

    /**
     * A virtual_server.
     *
     * @param name      as keepalived's log has it
     * @param quorate   whether enough servers are up
     * @param since     when that became so
     * @param weight    of all servers that are up
     * @param quorum    that it must reach
     * @param sorry     whether the sorry server stands in
     * @param suspended whether checks rest, since its address is another director's (ha_suspend)
     */
    record ServiceStatus(String name, String scheduler, boolean quorate, Instant since, long weight, long quorum,
            boolean sorry, boolean suspended, List<ServerStatus> servers) {
    }

    /** Whether a server takes connections. */
    enum ServerState {
        UP, DOWN,
        /** Takes no new connections; those it has go on. */
        DRAINING,
        /** Out of service by hand, after its connections went or at once. */
        DISABLED
    }

    /**
     * A real_server, or one that the file no longer has, while it drains.
     *
     * @param name       as keepalived's log has it
     * @param why        in a few words: "TCP_CHECK: connection refused", "all checks succeed", "by hand, until 12:00:00"
     * @param since      when it became so
     * @param weight     as it is in the dataplane; 0 where it is not there
     * @param configured the file's weight
     * @param byHand     what was changed with lb-ctl and holds: "weight 5", "drain", "disable"; or null
     */
    record ServerStatus(String name, ServerState state, String why, Instant since, int weight, int configured,
            long active, long inactive, @Nullable String byHand, List<CheckStatus> checks) {
    }

    /**
     * A check of a server.
     *
     * @param kind     as in the file: TCP_CHECK, HTTP_GET
     * @param up       what the server counts as by this check
     * @param detail   of the last outcome, or null where there was none yet
     * @param at       when the last one ended, or null
     * @param took     how long it ran
     * @param failures in a row
     */
    record CheckStatus(String kind, boolean up, @Nullable String detail, @Nullable Instant at, Duration took,
            int failures) {
    }
}
