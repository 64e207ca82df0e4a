package dev.weir.conf;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What instances and groups watch, and groups themselves. */
public final class Definitions {
    private Definitions() {
    }

    /**
     * A vrrp_script.
     *
     * @param weight     -253 to 253; 0: its failure takes instances to FAULT
     * @param initiallyUp whether it counts as well until it has run
     */
    public record VrrpScript(String name, Command command, Duration interval, Duration timeout, int weight,
            boolean reverse, int rise, int fall, boolean initiallyUp) {
    }

    /**
     * A track_file.
     *
     * @param weight -254 to 254: the file's number is multiplied by it
     * @param init   what is written to the file at the start, or null
     */
    public record TrackFile(String name, String file, int weight, boolean reverse, @Nullable InitFile init) {
    }

    /** @param overwrite also where there is such a file */
    public record InitFile(int value, boolean overwrite) {
    }

    /**
     * A vrrp_track_process.
     *
     * @param command   the process's name, and arguments where they are compared
     * @param quorumMax no more processes than these, or it is down as well; 0: there shall be none
     */
    public record TrackProcess(String name, List<String> command, ParamMatch match, int quorum, int quorumMax,
            int weight, boolean reverse, Duration forkDelay, Duration terminateDelay, boolean fullCommand) {
    }

    /** How a process's arguments are compared with those of vrrp_track_process. */
    public enum ParamMatch {
        /** Not at all: only the name counts. */
        NONE,
        /** All are equal. */
        EXACT,
        /** The first ones are equal, and more may follow. */
        PARTIAL,
        /** The same, and the last of them may be longer. */
        INITIAL
    }

    /** A vrrp_sync_group: its members go from state to state together. */
    public record SyncGroup(String name, List<String> members, VrrpInstance.Watching watching,
            VrrpInstance.Notifications notifications, boolean trackingWeight) {
    }

    /**
     * global_defs, as far as others ask of it.
     *
     * @param routerId          null: the host's name
     * @param logUnknownRouters adverts of virtual routers that no instance is are told of
     * @param disableLocalIgmp  the host sends no IGMP reports for 224.0.0.0/24
     */
    public record Globals(@Nullable String routerId, Mail mail, Scripting scripts, Fifos fifos, Duration startupDelay,
            boolean dynamicInterfaces, boolean logUnknownRouters, boolean disableLocalIgmp, Reloading reloading) {
    }

    /**
     * How the file is read anew; all are paths.
     *
     * @param check  reload_check_config: nothing runs with mistakes, and they are written there at a reload; or null
     * @param time   reload_time_file, which says when, or null
     * @param repeat reload_repeat: that file stays, and its time counts each day
     * @param marker reload_file, which is there while the file is read, or null
     */
    public record Reloading(@Nullable String check, @Nullable String time, boolean repeat, @Nullable String marker) {
    }

    /**
     * Mail about states.
     *
     * @param from    null: root at this host
     * @param helo    null: the host's name
     * @param timeout for connecting, and for each answer
     * @param faults  whether FAULT is worth a mail
     */
    public record Mail(List<String> recipients, @Nullable String from, String server, int port, @Nullable String helo,
            Duration timeout, boolean faults) {
        public Mail {
            recipients = List.copyOf(recipients);
        }
    }

    /**
     * How scripts are run that do not say it themselves.
     *
     * @param user   null: keepalived_script if there is such a user, else root
     * @param group  null: the user's
     * @param secure enable_script_security
     * @param umask  of scripts and FIFOs
     */
    public record Scripting(@Nullable String user, @Nullable String group, boolean secure, int umask,
            @Nullable Command startup, Duration startupTimeout, @Nullable Command shutdown, Duration shutdownTimeout) {
    }

    /**
     * The FIFOs that states are written to.
     *
     * @param servers        of lvs_notify_fifo
     * @param statesOnReload the states of all instances are written again after a reload
     */
    public record Fifos(@Nullable NotifyFifo all, @Nullable NotifyFifo vrrp, @Nullable NotifyFifo servers,
            boolean statesOnReload) {
    }

    /**
     * A FIFO and its reader.
     *
     * @param user   its owner, or null: script_user
     * @param script started with the FIFO's path as its last argument, or null
     */
    public record NotifyFifo(String path, @Nullable String user, @Nullable String group, @Nullable Command script) {
    }

    /**
     * What holds for all virtual servers.
     *
     * @param timeouts      lvs_timeouts: of tcp, tcpfin and udp; zero: as it is
     * @param initNotifies  rs_init_notifies: servers that are up at the start are told of
     * @param checkerMails  mail tells of each checker whose server changed for it, not only of servers; no_checker_emails
     * @param flush         lvs_flush: what there was before goes
     * @param drain         drain_timeout: how long a server that the file no longer has keeps its connections
     * @param syncDaemon    lvs_sync_daemon, or null
     */
    public record Lvs(LvsTimeouts timeouts, boolean initNotifies, boolean checkerMails, boolean flush,
            Duration drain, Ssl ssl, @Nullable SyncDaemon syncDaemon) {
    }

    public record LvsTimeouts(Duration tcp, Duration tcpFin, Duration udp) {
    }

    /** The SSL block, for SSL_GET: files, or null. */
    public record Ssl(@Nullable String password, @Nullable String ca, @Nullable String certificate,
            @Nullable String key) {
    }
}
