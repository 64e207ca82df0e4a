package dev.weir.sync;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.NetworkInterface;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
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
    private final Selector selector;
    private final ByteBuffer buffer;
    private final MemorySegment memory;
    private final List<DatagramChannel> sockets = new ArrayList<>();
    private int index;

    /**
     * @param maxLength bytes of a datagram that are looked at; what is longer is cut
     * @throws IOException where a socket cannot be opened, in the words of the system
     */
    GroupReceiver(Channel channel, int ports, int maxLength, Selector selector) throws IOException {
        this.channel = channel;
        this.ports = ports;
        this.selector = selector;
        byte[] bytes = new byte[maxLength];
        buffer = ByteBuffer.wrap(bytes);
        memory = MemorySegment.ofArray(bytes);
        open();
    }

    private void open() throws IOException {
        NetworkInterface on = channel.networkInterface();
        try {
            for (int port = 0; port < ports; port++) {
                DatagramChannel socket = DatagramChannel.open(channel.family());
                sockets.add(socket);
                socket.configureBlocking(false);
                socket.setOption(StandardSocketOptions.SO_REUSEADDR, true);
                if (channel.buffer() > 0) {
                    socket.setOption(StandardSocketOptions.SO_RCVBUF, channel.buffer());
                }
                socket.bind(channel.groupOn(on, port));
                socket.join(channel.group().toInetAddress(), on);
                socket.register(selector, SelectionKey.OP_READ);
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
            LOG.warn("synchronisation: {} is gone; nothing is heard of connections until it is back",
                    channel.network());
            close();
        }
        if (now == 0) {
            return;
        }
        try {
            open();
            LOG.info("synchronisation: hears {} of connections again", channel);
        } catch (IOException e) {
            LOG.debug("synchronisation: not yet", e);
        }
    }

    /** Hands on what has arrived, a part of it at a time. @return how many datagrams */
    int receive(Backup backup) {
        int count = 0;
        for (int i = 0; i < sockets.size(); i++) {
            try {
                for (int turn = 0; turn < TURN && receive(sockets.get(i)); turn++) {
                    backup.receive(memory, buffer.position());
                    count++;
                }
            } catch (IOException e) {
                LOG.debug("synchronisation: {} could not be heard", channel, e);
            }
        }
        return count;
    }

    private boolean receive(DatagramChannel socket) throws IOException {
        buffer.clear();
        return socket.receive(buffer) != null;
    }

    @Override
    public void close() {
        sockets.forEach(Closing::quietly);
        sockets.clear();
    }
}
