package dev.weir.sync;

import dev.weir.sys.GroupSocket;
import dev.weir.sys.Link;
import dev.weir.sys.SystemException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
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
    private final List<GroupSocket> sockets = new ArrayList<>();
    private final AtomicLong lost = new AtomicLong();
    private int index;
    /** The system does not take what is sent, and that has been said. */
    private boolean failing;

    /** @throws SystemException where one cannot be opened, in the words of the system */
    GroupSender(Channel channel, int ports) throws SystemException {
        this.channel = channel;
        this.ports = ports;
        open();
    }

    private void open() throws SystemException {
        int found = Link.byName(channel.network()).index();
        try {
            for (int port = 0; port < ports; port++) {
                sockets.add(GroupSocket.sender(channel.group(), channel.port() + port, found, channel.ttl(),
                        channel.buffer()));
            }
        } catch (SystemException e) {
            close();
            throw e;
        }
        index = found;
    }

    /** Whether the interface is still the one that it was; opens sockets on one that has come back. Once a second or so. */
    void look() {
        try {
            look(channel.index());
        } catch (SystemException e) {
            LOG.debug("synchronisation: not yet", e);
        }
    }

    private void look(int now) throws SystemException {
        if (now == index && !sockets.isEmpty()) {
            return;
        }
        if (!sockets.isEmpty()) {
            LOG.warn("synchronisation: {} is gone; what connections do is not told until it is back",
                    channel.network());
            close();
        }
        if (now != Channel.GONE) {
            open();
            LOG.info("synchronisation: tells {} of connections again", channel);
        }
    }

    @Override
    public boolean send(int port, ByteBuffer datagram) {
        if (sockets.isEmpty()) {
            lost.setOpaque(lost.getPlain() + 1);
            return true;
        }
        try {
            boolean taken = sockets.get(port).send(datagram);
            if (failing && taken) {
                failing = false;
                LOG.info("synchronisation: {} is told again", channel);
            }
            return taken;
        } catch (SystemException e) {
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
        sockets.forEach(GroupSocket::close);
        sockets.clear();
    }
}
