package dev.weir.engine;

import dev.weir.connection.Connections;
import dev.weir.connection.State;
import dev.weir.forward.TcpReset;
import dev.weir.route.NextHop;
import dev.weir.wire.Frame;
import dev.weir.wire.IpAddress;
import dev.weir.wire.Transport;

/**
 * A TCP connection under FULLNAT that ends here while its server has it, without a FIN from both sides or an RST, is ended
 * there, too: the next connection on its local port would meet it. Its client hears of the end with its next packet, as in
 * all other ways to forward. Belongs to one worker.
 */
final class ServerReset {
    private final Connections connections;
    private final Forwarder forwarder;
    private final Hops hops;
    private final Output output;

    ServerReset(Connections connections, Forwarder forwarder, Hops hops, Output output) {
        this.connections = connections;
        this.forwarder = forwarder;
        this.hops = hops;
        this.output = output;
    }

    /** The connection, which has a local port, is about to end. */
    void ends(int connection) {
        if (connections.protocol(connection) != Transport.TCP || !isServers(connection)) {
            return;
        }
        Hop hop = forwarder.hopToServer(connection);
        if (hop.kind() != NextHop.Kind.FORWARD || hop.port() == null) {
            return;
        }
        long serverHigh = connections.serverHigh(connection);
        long serverLow = connections.serverLow(connection);
        Frame frame = output.spare(TcpReset.length(IpAddress.isV4(serverHigh, serverLow)),
                hop.route().interfaceIndex());
        TcpReset.write(frame, connections.localHigh(connection), connections.localLow(connection),
                connections.localPort(connection), serverHigh, serverLow, connections.serverPort(connection),
                connections.acknowledged(connection));
        output.own(frame, hop);
    }

    /**
     * Whether its server may still have it, as far as the packets that came here say. One whose packets come to another
     * director is that one's; so is one whose local address has moved there.
     */
    private boolean isServers(int connection) {
        State state = connections.state(connection);
        return (state == State.TCP_ESTABLISHED || state == State.TCP_FIN_WAIT || state == State.TCP_CLOSE_WAIT)
                && (connections.flags(connection) & Connections.HELD) == 0 && connections.acknowledged(connection) != 0
                && hops.isLocal(connections.localHigh(connection), connections.localLow(connection));
    }
}
