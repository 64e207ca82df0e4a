package dev.weir.vrrp.machine;

import dev.weir.conf.Configuration;
import dev.weir.vrrp.packet.Advert;
import dev.weir.wire.IpAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What happens to the virtual routers of this host. */
public sealed interface Event {
    /** The first configuration, or another one after a reload; what did not change goes on as if nothing had been. */
    record Configured(Configuration configuration) implements Event {
    }

    /**
     * What that configuration does not have any more says farewell, while its interfaces and addresses are still there;
     * {@link Configured} follows.
     */
    record Leaving(Configuration configuration) implements Event {
    }

    /** An advert for an instance, that fits its version, authentication and transport: who received it made sure. */
    record Heard(String instance, IpAddress sender, Advert advert) implements Event {
    }

    /**
     * Only up counts as up: IFF_UP and IFF_RUNNING. A device that is not there is down; all are until told of. What is
     * known of links, sources, files and processes is told before the first configuration, so that nothing begins in FAULT.
     */
    record LinkChanged(String device, boolean up) implements Event {
    }

    /** An interface is not there any more: it is down, whatever delay its link has. */
    record LinkGone(String device) implements Event {
    }

    /** What the instance's track_groups name, and what could not be put onto the host, as people write it. */
    record PossessionsMissing(String instance, List<String> missing) implements Event {
    }

    /** The address that an instance sends from; null: it has none, so it cannot speak. All have none until told of. */
    record SourceChanged(String instance, @Nullable IpAddress source) implements Event {
    }

    /**
     * A vrrp_script, after its rise and fall; its first result, too: instances that watch it with weight 0 wait for that,
     * unless init_fail is set.
     */
    record ScriptChanged(String script, boolean up) implements Event {
    }

    /** A vrrp_track_process: whether its quorum is there; not, until told of. */
    record ProcessChanged(String process, boolean up) implements Event {
    }

    /** A track_file: the number in it, before any weight; 0 where there is none. */
    record FileChanged(String file, int status) implements Event {
    }

    /** A session that was not told of is down. */
    record BfdChanged(String bfd, boolean up) implements Event {
    }

    /** Whether the dataplane forwards; all instances are in FAULT while it does not. */
    record ForwardingChanged(boolean works) implements Event {
    }

    /** Whether this node knows all connections that the others told it of (connection_sync); not, until told of. */
    record InStepChanged(boolean inStep) implements Event {
    }

    /** Another host, of that MAC address, announced an address of the instance by ARP or neighbour discovery. */
    record ConflictSeen(String instance, IpAddress address, String mac) implements Event {
    }

    /** Another node speaks on the second path; who received it made sure that it has the secret, and spoke just now. */
    record HeartbeatHeard(String instance, IpAddress sender, Heartbeat heartbeat) implements Event {
    }

    /** An advert for an instance came, from that router, and was not taken. */
    record AdvertRejected(String instance, IpAddress router, String why) implements Event {
    }

    /** Whether an arbiter answers; none is known of before. */
    record ArbiterChanged(IpAddress arbiter, boolean reached) implements Event {
    }

    /** The daemon ends: masters say so to the others. No event follows. */
    record Stopped() implements Event {
    }
}
