package dev.weir.conf;

import dev.weir.wire.IpAddress;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an instance does about another master whose adverts it does not hear; directives of Weir's own.
 *
 * @param heartbeat the second path on which such a master is found, or null
 * @param reaction  split_brain
 * @param arbiter   an address that both can ask, or null
 */
public record SplitBrain(@Nullable Heartbeat heartbeat, Reaction reaction, @Nullable IpAddress arbiter) {
    /** Nothing but telling of it. */
    public static final SplitBrain NONE = new SplitBrain(null, new Alert(), null);

    public boolean releases() {
        return heartbeat != null && reaction instanceof Release;
    }

    public sealed interface Reaction {
    }

    /** It is told of, as with the others, too. */
    public record Alert() implements Reaction {
    }

    /** The loser gives its addresses up, and a backup does not take over from a master that it hears on the second path. */
    public record Release() implements Reaction {
    }

    /** A command is run. */
    public record Script(Command command) implements Reaction {
    }

    /**
     * Datagrams over UDP between the nodes of an instance.
     *
     * @param peers  the others, on the second path
     * @param device that datagrams leave and come by, or null: as routes say
     * @param secret that all of them have
     */
    public record Heartbeat(List<IpAddress> peers, @Nullable String device, Duration interval, int port,
            String secret) {
    }
}
