package dev.weir.lvs;

import dev.weir.conf.Command;
import org.jspecify.annotations.Nullable;

/** What scripts, FIFOs, mail and the log are told of. Names are as keepalived writes them. */
sealed interface Notice {
    /** What happened, for the log. */
    String text();

    /**
     * A real server is up or down, or goes with its virtual server.
     *
     * @param script notify_up or notify_down, or null
     * @param mail   what mail says of it, or null: none is sent
     */
    record OfServer(String service, String server, boolean up, String text, @Nullable Command script,
            @Nullable String mail) implements Notice {
    }

    /** A virtual server has gained its quorum or lost it. */
    record OfQuorum(String service, boolean up, String text, @Nullable Command script, @Nullable String mail)
            implements
                Notice {
    }

    /**
     * A checker has another opinion of a server, which is up or down as before.
     *
     * @param up of the server
     */
    record OfChecker(String service, String server, boolean up, String text, String mail) implements Notice {
    }

    /** For the log only. */
    record Remark(String text) implements Notice {
    }
}
