package dev.weir.host;

import dev.weir.service.Forwarding;
import dev.weir.sys.SystemException;
import dev.weir.wire.IpAddress;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NetworkChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What of the host's frames is a health check's: all that comes to ports of its addresses which a bound socket keeps from
 * everybody else, and errors about the tunnels that checks go through. Any thread may call it.
 */
public final class CheckPorts implements AutoCloseable {
    /** Beyond what Linux gives to programs by itself (ip_local_port_range, 32768 to 60999). */
    public static final int FIRST = MatchKey.FIRST_CHECK_PORT;
    private static final int TCP = 6;
    private static final Logger LOG = LoggerFactory.getLogger(CheckPorts.class);

    private final MatchMaps maps;
    private final int interfaceIndex;
    private final Map<Outer, Integer> tunnels = new HashMap<>();
    private final List<byte[]> diverted = new ArrayList<>();
    private final List<NetworkChannel> holding = new ArrayList<>();

    /** By what packets of a tunnel are recognised. */
    private record Outer(int protocol, IpAddress end, int port) {
        static Outer of(Forwarding.Tunnel tunnel, boolean innerV4, IpAddress end) {
            return new Outer(Matches.outerProtocol(tunnel, innerV4), end, tunnel.port());
        }

        byte[] key() {
            return MatchKey.key(MatchKey.CHECKED_TUNNEL, protocol, end, port);
        }
    }

    /** @param interfaceIndex the interface that gets it */
    CheckPorts(MatchMaps maps, int interfaceIndex) {
        this.maps = maps;
        this.interfaceIndex = interfaceIndex;
    }

    /**
     * Keeps a port until {@link #close}.
     *
     * @param protocol TCP or UDP
     * @return false where somebody has it, or the address is not the host's
     */
    public synchronized boolean keep(int protocol, IpAddress address, int port) {
        NetworkChannel channel = null;
        try {
            channel = open(protocol, address);
            channel.bind(new InetSocketAddress(address.toInetAddress(), port));
            byte[] key = MatchKey.key(MatchKey.CHECK, protocol, address, port);
            maps.divert(key, interfaceIndex);
            diverted.add(key);
            holding.add(channel);
            return true;
        } catch (IOException e) {
            close(channel);
            return false;
        }
    }

    private static NetworkChannel open(int protocol, IpAddress address) throws IOException {
        StandardProtocolFamily family = address.isV4() ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6;
        return protocol == TCP ? SocketChannel.open(family) : DatagramChannel.open(family);
    }

    /** Checks go through a tunnel that ends there; once more for each {@link #leave}. */
    public synchronized void follow(Forwarding.Tunnel tunnel, boolean innerV4, IpAddress end) throws SystemException {
        Outer outer = Outer.of(tunnel, innerV4, end);
        maps.divert(outer.key(), interfaceIndex);
        tunnels.merge(outer, 1, Integer::sum);
    }

    public synchronized void leave(Forwarding.Tunnel tunnel, boolean innerV4, IpAddress end) {
        Outer outer = Outer.of(tunnel, innerV4, end);
        if (tunnels.merge(outer, -1, Integer::sum) == 0) {
            tunnels.remove(outer);
            try {
                maps.undivert(outer.key());
            } catch (SystemException e) {
                // What comes for nobody is not looked at.
                LOG.warn("errors about the tunnel to {} still go to health checks: {}", end, e.getMessage());
            }
        }
    }

    private static void close(@Nullable NetworkChannel channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            throw new IllegalStateException("closing a socket that nothing was sent on cannot fail", e);
        }
    }

    @Override
    public synchronized void close() throws SystemException {
        for (byte[] key : diverted) {
            maps.undivert(key);
        }
        diverted.clear();
        holding.forEach(CheckPorts::close);
        holding.clear();
    }
}
