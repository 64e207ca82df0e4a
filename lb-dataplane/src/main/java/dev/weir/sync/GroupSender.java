package dev.weir.sync;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import jdk.net.ExtendedSocketOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A master's sockets, one a port (make_send_sock). An interface that goes takes what is sent meanwhile with it; when it is
 * back, {@link #look} opens them anew. Belongs to one thread.
 */
final class GroupSender implements Master.Wire, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(GroupSender.class);

    private final Channel channel;
    private final int ports;
    private final List<DatagramChannel> sockets = new ArrayList<>();
    private final AtomicLong lost = new AtomicLong();
    private int index;
    /** The system does not take what is sent, and that has been said. */
    private boolean failing;

    /** @throws IOException where one cannot be opened, in the words of the system */
    GroupSender(Channel channel, int ports) throws IOException {
        this.channel = channel;
        this.ports = ports;
        open();
    }

    private void open() throws IOException {
        NetworkInterface on = channel.networkInterface();
        try {
            for (int port = 0; port < ports; port++) {
                DatagramChannel socket = DatagramChannel.open(channel.family());
                sockets.add(socket);
                socket.configureBlocking(false);
                socket.setOption(StandardSocketOptions.IP_MULTICAST_IF, on);
                socket.setOption(StandardSocketOptions.IP_MULTICAST_LOOP, false);
                socket.setOption(StandardSocketOptions.IP_MULTICAST_TTL, channel.ttl());
                socket.setOption(ExtendedSocketOptions.IP_DONTFRAGMENT, false);
                if (channel.buffer() > 0) {
                    socket.setOption(StandardSocketOptions.SO_SNDBUF, channel.buffer());
                }
                InetAddress source = channel.source(on);
                if (source != null) {
                    socket.bind(new InetSocketAddress(source, 0));
                }
                socket.connect(channel.groupOn(on, port));
            }
        } catch (IOException e) {
            close();
            throw e;
        }
        index = on.getIndex();
    }

    /** Whether the interface is still the one that it was; opens sockets on one that has come back. Once a second or so. */
    void look() {
        int now = channel.index();
        if (now == index && !sockets.isEmpty()) {
            return;
        }
        if (!sockets.isEmpty()) {
            LOG.warn("synchronisation: {} is gone; what connections do is not told until it is back",
                    channel.network());
            close();
        }
        if (now == 0) {
            return;
        }
        try {
            open();
            LOG.info("synchronisation: tells {} of connections again", channel);
        } catch (IOException e) {
            LOG.debug("synchronisation: not yet", e);
        }
    }

    @Override
    public boolean send(int port, ByteBuffer datagram) {
        if (sockets.isEmpty()) {
            lost.setOpaque(lost.getPlain() + 1);
            return true;
        }
        try {
            boolean taken = sockets.get(port).write(datagram) > 0;
            if (failing && taken) {
                failing = false;
                LOG.info("synchronisation: {} is told again", channel);
            }
            return taken;
        } catch (IOException e) {
            if (!failing) {
                failing = true;
                LOG.warn("synchronisation: {} cannot be told of connections now: {}", channel, e.getMessage());
            }
            lost.setOpaque(lost.getPlain() + 1);
            return true;
        }
    }

    /** Datagrams that could not be sent. Any thread. */
    long lost() {
        return lost.getOpaque();
    }

    @Override
    public void close() {
        sockets.forEach(Closing::quietly);
        sockets.clear();
    }
}
