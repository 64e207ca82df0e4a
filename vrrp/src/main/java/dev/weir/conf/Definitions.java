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
     */
    public record TrackFile(String name, String file, int weight, boolean reverse) {
    }

    /**
     * A vrrp_track_process.
     *
     * @param command the process's name, and arguments where they are compared
     */
    public record TrackProcess(String name, List<String> command, int quorum, int weight, boolean reverse,
            Duration forkDelay, Duration terminateDelay, boolean fullCommand) {
    }

    /** A vrrp_sync_group: its members go from state to state together. */
    public record SyncGroup(String name, List<String> members, VrrpInstance.Watching watching,
            VrrpInstance.Notifications notifications, boolean trackingWeight) {
    }

    /**
     * global_defs, as far as others ask of it.
     *
     * @param routerId null: the host's name
     */
    public record Globals(@Nullable String routerId, List<String> notificationEmail, @Nullable String emailFrom,
            @Nullable String smtpServer, @Nullable String scriptUser, boolean scriptSecurity, Duration startupDelay,
            boolean dynamicInterfaces) {
    }
}
