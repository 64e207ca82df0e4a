package dev.weir.sync;

import dev.weir.sys.GroupSocket;
import dev.weir.sys.Link;
import dev.weir.sys.SystemException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A backup's sockets, one a port (make_receive_sock): each is bound to the group and its port, and gets what comes over the one
 * interface. One that goes is waited for. Belongs to one thread.
 */
final class GroupReceiver implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(GroupReceiver.class);
    /** Datagrams taken from a socket before the others have their turn. */
    private static final int TURN = 64;

    private final Channel channel;
    private final int ports;
    private final MemorySegment memory;
    private final List<GroupSocket> sockets = new ArrayList<>();
    private int index;

    /**
     * @param maxLength bytes of a datagram that are looked at; what is longer is cut
     * @throws SystemException where a socket cannot be opened
     */
    GroupReceiver(Channel channel, int ports, int maxLength) throws SystemException {
        this.channel = channel;
        this.ports = ports;
        memory = Arena.ofAuto().allocate(maxLength);
        open();
    }

    private void open() throws SystemException {
        int found = Link.byName(channel.network()).index();
        try {
            for (int port = 0; port < ports; port++) {
                sockets.add(GroupSocket.receiver(channel.group(), channel.port() + port, channel.network(), found,
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
            LOG.warn("synchronisation: {} is gone; nothing is heard of connections until it is back",
                    channel.network());
            close();
        }
        if (now != Channel.GONE) {
            open();
            LOG.info("synchronisation: hears {} of connections again", channel);
        }
    }

    /** Hands on what has arrived, a part of it at a time. @return how many datagrams */
    int receive(Backup backup) {
        int count = 0;
        for (int i = 0; i < sockets.size(); i++) {
            try {
                GroupSocket socket = sockets.get(i);
                int length = socket.receive(memory);
                for (int turn = 1; length != GroupSocket.NOTHING; turn++) {
                    backup.receive(memory, length);
                    count++;
                    length = turn < TURN ? socket.receive(memory) : GroupSocket.NOTHING;
                }
            } catch (SystemException e) {
                LOG.debug("synchronisation: {} could not be heard", channel, e);
            }
        }
        return count;
    }

    @Override
    public void close() {
        sockets.forEach(GroupSocket::close);
        sockets.clear();
    }
}
