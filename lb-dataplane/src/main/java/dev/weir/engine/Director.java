package dev.weir.engine;

import dev.weir.connection.ConnectionEntry;
import dev.weir.connection.Timeouts;
import dev.weir.mark.MarkRules;
import dev.weir.service.Services;
import dev.weir.wire.IpAddress;
import java.util.List;

/** What the control thread may ask of a running director, whoever the caller is: the daemon, a replay or a test. */
public interface Director {
    Services services();

    Timeouts timeouts();

    void timeouts(Timeouts timeouts);

    /** The sysctls; see {@link Settings}. */
    Settings settings();

    void settings(Settings settings);

    /** Whether the synchronisation daemon runs as a backup, of which backup_only speaks. */
    void backup(boolean running);

    /**
     * This director has taken over from another, all of whose connections it may not know. Until then a service's packet
     * that belongs to no connection and opens none, and a masqueraded server's of no connection, is dropped
     * ({@link DropReason#AFTER_TAKEOVER}) instead of being left to the host, which would answer by a reset. IPVS has nothing
     * like it.
     *
     * @param until nanoseconds, of the clock that workers are told ({@link System#nanoTime}); one that has passed ends it
     */
    void takenOver(long until);

    /** By which a packet has its firewall mark. */
    MarkRules markRules();

    void markRules(MarkRules rules);

    /** A copy of all connections at this moment; takes no lock and disturbs no worker. */
    List<ConnectionEntry> connections();

    /** How much of each local address is in use, towards each server; one for each worker that has used it. */
    List<LocalUse> localUse();

    /** Whether the address is one of the host's at this moment, so that what is sent to it comes here. */
    boolean bears(IpAddress address);

    /** How many there are, templates included; costs nothing, whoever asks. */
    int connectionCount();

    /** The sysctl net.ipv4.vs.conn_tab_bits as a number of rows, for ipvsadm's "size=". */
    int connectionTableSize();
}
