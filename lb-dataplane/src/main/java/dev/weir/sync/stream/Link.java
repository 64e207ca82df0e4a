package dev.weir.sync.stream;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.security.SecureRandom;

/** One TCP connection with another director, from its first byte on. The stream's thread's. */
final class Link {
    private final SocketChannel socket;
    private final SelectionKey key;
    private final Channel channel;
    private final boolean initiator;
    private final long deadline;
    private boolean welcomed;
    private long bytesIn;
    private long bytesOut;

    /** @param deadline by when the other side must have proved that it has the key */
    Link(SocketChannel socket, SelectionKey key, boolean initiator, SharedKey secret, SecureRandom random,
            long deadline) {
        this.socket = socket;
        this.key = key;
        this.initiator = initiator;
        this.deadline = deadline;
        channel = new Channel(initiator, secret, random);
    }

    Channel channel() {
        return channel;
    }

    boolean isInitiator() {
        return initiator;
    }

    boolean isLate(long now) {
        return !channel.isProven() && now - deadline > 0;
    }

    long bytesIn() {
        return bytesIn;
    }

    long bytesOut() {
        return bytesOut;
    }

    /** Finishes connecting. */
    void connected() throws IOException {
        socket.finishConnect();
        key.interestOps(SelectionKey.OP_READ);
    }

    /** Reads what there is room for. @return false where the other side has ended it */
    boolean read(ByteBuffer buffer) throws IOException {
        int room = Math.min(buffer.capacity(), channel.room());
        if (room == 0) {
            return true;
        }
        int count = socket.read(buffer.clear().limit(room));
        if (count > 0) {
            bytesIn += count;
            channel.receive(buffer.flip());
        }
        return count >= 0;
    }

    /** Says welcome once there are keys. */
    void welcome(Peer peer) {
        if (!welcomed && channel.isKeyed()) {
            welcomed = true;
            peer.welcome(channel);
        }
    }

    /** Writes what the socket takes, and has the selector tell when it takes more, or when there is something that can be taken in. */
    void write() throws IOException {
        if (socket.isConnected()) {
            if (channel.outgoing().hasRemaining()) {
                bytesOut += socket.write(channel.outgoing());
            }
            key.interestOps((channel.room() > 0 ? SelectionKey.OP_READ : 0)
                    | (channel.outgoing().hasRemaining() ? SelectionKey.OP_WRITE : 0));
        }
    }

    void close() throws IOException {
        key.cancel();
        socket.close();
    }
}
