package dev.weir.engine;

import dev.weir.route.Neighbour;
import dev.weir.service.Forwarding;
import dev.weir.wire.IpAddress;
import org.jspecify.annotations.Nullable;

/** A health check's way to one server of a virtual service, and what was seen on it. Any thread may ask. */
public final class CheckWay {
    private final IpAddress standIn;
    private final IpAddress virtual;
    private final int port;
    private final IpAddress server;
    private final int serverPort;
    private final Forwarding forwarding;
    private volatile Seen seen = new Seen("nothing was sent", null);

    /** @param neighbour whom it was sent to, while nothing has come back */
    private record Seen(String text, @Nullable Neighbour neighbour) {
    }

    /**
     * @param standIn    what the checker sends to: an address of the check device's network that no other way has, of the
     *                   server's family where the server itself is addressed, else of the virtual address's
     * @param virtual    the virtual address that it stands for
     * @param port       of the service, which is the server's port under NAT
     * @param serverPort 0: that of the packet
     */
    public CheckWay(IpAddress standIn, IpAddress virtual, int port, IpAddress server, int serverPort,
            Forwarding forwarding) {
        this.standIn = standIn;
        this.virtual = virtual;
        this.port = port;
        this.server = server;
        this.serverPort = serverPort;
        this.forwarding = forwarding;
    }

    public IpAddress standIn() {
        return standIn;
    }

    public IpAddress virtual() {
        return virtual;
    }

    /** The port of the service. */
    public int port() {
        return port;
    }

    public IpAddress server() {
        return server;
    }

    public Forwarding forwarding() {
        return forwarding;
    }

    /** Whom packets are addressed to inside whatever wraps them, and who is to answer. */
    IpAddress farAddress() {
        return forwarding.translates() ? server : virtual;
    }

    int farPort(int asked) {
        return forwarding.translates() && serverPort != 0 && asked == port ? serverPort : asked;
    }

    void sent(@Nullable Neighbour neighbour) {
        String how = switch (forwarding) {
            case Forwarding.Masquerade _ -> "by NAT";
            case Forwarding.FullNat _ -> "by FULLNAT";
            case Forwarding.DirectRouting _ -> "by direct routing";
            case Forwarding.Tunnel tunnel -> "through the tunnel (" + tunnel.type() + ")";
        };
        seen = new Seen("sent to " + server + " " + how + ", and nothing came back", neighbour);
    }

    void saw(String text) {
        seen = new Seen(text, null);
    }

    /** What became of the last connection or datagram, in a few words. */
    public String seen() {
        Seen now = seen;
        Neighbour neighbour = now.neighbour();
        if (neighbour != null && neighbour.hardwareAddress() == Neighbour.UNRESOLVED) {
            return neighbour.address() + " does not answer " + (neighbour.address().isV4() ? "ARP" : "ND");
        }
        return now.text();
    }
}
