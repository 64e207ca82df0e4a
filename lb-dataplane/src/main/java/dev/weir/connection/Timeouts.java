package dev.weir.connection;

/** What {@code ipvsadm --set} sets, in seconds; the kernel's defaults are 900, 120 and 300. */
public record Timeouts(int tcp, int tcpFin, int udp) {
    public static final Timeouts DEFAULT = new Timeouts(900, 120, 300);

    /** 0 leaves a value as it is. */
    public Timeouts with(int newTcp, int newTcpFin, int newUdp) {
        return new Timeouts(newTcp == 0 ? tcp : newTcp, newTcpFin == 0 ? tcpFin : newTcpFin,
                newUdp == 0 ? udp : newUdp);
    }
}
