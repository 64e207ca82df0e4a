package dev.weir.engine;

import java.util.Arrays;

/** A value of every {@link Sysctl}. Immutable: a worker takes the newest once a burst. */
public final class Settings {
    public static final Settings DEFAULT = new Settings(
            Sysctl.all().stream().map(Sysctl::byDefault).toArray(long[][]::new));

    /** By the sysctl's ordinal. */
    private final long[][] values;

    private Settings(long[][] values) {
        this.values = values;
    }

    /** @throws IllegalArgumentException where it may not have these values */
    public Settings with(Sysctl key, long... changed) {
        return new Settings(replaced(key, key.checked(changed.clone(), Sysctl.text(changed))));
    }

    /**
     * @param key  a name under net.ipv4.vs
     * @param text what is written to it: its number, or numbers between white space
     * @throws IllegalArgumentException where there is no such sysctl, or not with that value; says which there are
     */
    public Settings with(String key, String text) {
        Sysctl sysctl = find(key);
        return new Settings(replaced(sysctl, sysctl.parse(text, values[sysctl.ordinal()])));
    }

    private long[][] replaced(Sysctl key, long[] changed) {
        long[][] all = values.clone();
        all[key.ordinal()] = changed;
        return all;
    }

    /** A sysctl's number, or the first of them. */
    public long value(Sysctl key) {
        return values[key.ordinal()][0];
    }

    /** A sysctl as the kernel shows it: its number, or numbers with a tab between. */
    public String text(Sysctl key) {
        return Sysctl.text(values[key.ordinal()]);
    }

    /**
     * A sysctl as the kernel shows it.
     *
     * @param key a name under net.ipv4.vs
     * @throws IllegalArgumentException where there is no such sysctl; says which there are
     */
    public String text(String key) {
        return text(find(key));
    }

    private static Sysctl find(String key) {
        return Sysctl.find(key).orElseThrow(() -> new IllegalArgumentException("there is no sysctl " + key
                + " under net.ipv4.vs, only " + String.join(", ", Sysctl.all().stream().map(Sysctl::key).toList())));
    }

    private boolean is(Sysctl key) {
        return value(key) != 0;
    }

    /** A TCP connection may begin with any segment but an RST. */
    public boolean sloppyTcp() {
        return is(Sysctl.SLOPPY_TCP);
    }

    /** An SCTP association may begin with any chunk but an ABORT. */
    public boolean sloppySctp() {
        return is(Sysctl.SLOPPY_SCTP);
    }

    /** Connections end when a packet finds their server gone, or a SYN finds its weight 0. */
    public boolean expireNodestConn() {
        return is(Sysctl.EXPIRE_NODEST_CONN);
    }

    /** A server of weight 0 gets no more connections from its persistent clients. */
    public boolean expireQuiescentTemplate() {
        return is(Sysctl.EXPIRE_QUIESCENT_TEMPLATE);
    }

    /** Bits: 1 a SYN begins a new connection on one that is over, 2 also in FIN_WAIT without sight of answers; 0 never. */
    public int connReuseMode() {
        return (int) value(Sysctl.CONN_REUSE_MODE);
    }

    /** Pages of memory, below which it is scarce; negative: it never is. */
    public int amemthresh() {
        return (int) value(Sysctl.AMEMTHRESH);
    }

    /** While the synchronisation daemon runs as a backup, nothing is balanced that clients send. */
    public boolean backupOnly() {
        return is(Sysctl.BACKUP_ONLY);
    }

    /** A mode of {@link Defence}: connections that a flood may have left are ended. */
    public int dropEntry() {
        return (int) value(Sysctl.DROP_ENTRY);
    }

    /** A masqueraded server hears that nobody listens for its packet of no connection. */
    public boolean natIcmpSend() {
        return is(Sysctl.NAT_ICMP_SEND);
    }

    /** A request of a firewall mark's service that no server can take goes on to where its client sent it. */
    public boolean cacheBypass() {
        return is(Sysctl.CACHE_BYPASS);
    }

    /** Rates are measured. */
    public boolean runEstimation() {
        return is(Sysctl.RUN_ESTIMATION);
    }

    /** An ICMP error about a packet of no connection begins that connection. */
    public boolean scheduleIcmp() {
        return is(Sysctl.SCHEDULE_ICMP);
    }

    /** A mode of {@link Defence}: some packets that begin connections are dropped. */
    public int dropPacket() {
        return (int) value(Sysctl.DROP_PACKET);
    }

    /** Of how many packets that begin a connection {@link #dropPacket} drops one. */
    public int amDroprate() {
        return (int) value(Sysctl.AM_DROPRATE);
    }

    /** A mode of {@link Defence}: TCP states move by the table against SYN floods. */
    public int secureTcp() {
        return (int) value(Sysctl.SECURE_TCP);
    }

    /** Whether a tunnelled packet's DF is kept in the outer header. */
    public boolean pmtuDisc() {
        return is(Sysctl.PMTU_DISC);
    }

    /** Seconds after which lblc forgets a destination that had no new connection. */
    public int lblcExpiration() {
        return (int) value(Sysctl.LBLC_EXPIRATION);
    }

    /** The same for lblcr, which also takes a server from a destination's set when it did not change for as long. */
    public int lblcrExpiration() {
        return (int) value(Sysctl.LBLCR_EXPIRATION);
    }

    /** Packets from one telling of a connection to the next; 0: it is told once. */
    public int syncPeriod() {
        return (int) values[Sysctl.SYNC_THRESHOLD.ordinal()][1];
    }

    /** Packets of a connection after which a master tells of it. */
    public int syncThreshold() {
        return (int) values[Sysctl.SYNC_THRESHOLD.ordinal()][0];
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Settings that && Arrays.deepEquals(values, that.values);
    }

    @Override
    public int hashCode() {
        return Arrays.deepHashCode(values);
    }
}
