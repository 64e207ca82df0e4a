package dev.weir.sync.stream;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.random.RandomGenerator;

/** A TCP connection between two peers without sockets: bytes move in pieces, and those on their way are lost with it. */
final class Wire {
    private final End first;
    private final End second;

    /** One end of it. */
    private static final class End {
        private final Peer peer;
        private final Channel channel;
        private final byte[] record = new byte[Channel.LONGEST];
        private final Deque<Byte> arriving = new ArrayDeque<>();
        private boolean welcomed;
        private boolean begun;

        End(Peer peer, boolean initiator, String key, SecureRandom random) {
            this.peer = peer;
            channel = new Channel(initiator, SharedKey.of(key), random);
        }

        void receive(long now) throws RefusedException {
            if (begun) {
                peer.receive(now);
                return;
            }
            int length = channel.next(record);
            if (!welcomed && channel.isKeyed()) {
                welcomed = true;
                peer.welcome(channel);
            }
            if (length > 0) {
                begun = true;
                peer.begin(channel, Peer.Welcome.read(record, length), now);
                peer.receive(now);
            }
        }

        void take(int most) {
            ByteBuffer bytes = ByteBuffer.allocate(Math.min(most, channel.room()));
            while (bytes.hasRemaining() && !arriving.isEmpty()) {
                bytes.put(arriving.removeFirst());
            }
            channel.receive(bytes.flip());
        }
    }

    Wire(Peer one, Peer other, String key, String otherKey, SecureRandom random) {
        first = new End(one, true, key, random);
        second = new End(other, false, otherKey, random);
    }

    /** Moves up to so many bytes each way. */
    void move(int most, long now) throws RefusedException {
        for (End end : new End[]{first, second}) {
            end.take(most);
            end.receive(now);
        }
        for (End end : new End[]{first, second}) {
            End other = end == first ? second : first;
            if (end.begun) {
                end.peer.send(now);
            }
            for (int i = 0; i < most && end.channel.outgoing().hasRemaining(); i++) {
                other.arriving.addLast(end.channel.outgoing().get());
            }
        }
    }

    /** Changes, leaves out, doubles or swaps something of what is on its way. @return whether something was */
    boolean disturb(RandomGenerator random) {
        Deque<Byte> arriving = random.nextBoolean() ? first.arriving : second.arriving;
        if (arriving.size() < 40) {
            return false;
        }
        byte[] bytes = new byte[arriving.size()];
        int length = 0;
        for (byte one : arriving) {
            bytes[length++] = one;
        }
        arriving.clear();
        int at = random.nextInt(length - 20);
        switch (random.nextInt(4)) {
            case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> {
                System.arraycopy(bytes, at + 1, bytes, at, length - at - 1);
                length--;
            }
            case 2 -> {
                byte[] part = Arrays.copyOfRange(bytes, at, at + 20);
                for (int i = 0; i < part.length; i++) {
                    bytes[at + i] = part[part.length - 1 - i];
                }
            }
            default -> {
                for (int i = 0; i < at; i++) {
                    arriving.addLast(bytes[i]);
                }
            }
        }
        for (int i = 0; i < length; i++) {
            arriving.addLast(bytes[i]);
        }
        return true;
    }

    boolean isBegun() {
        return first.begun && second.begun;
    }

    void cut() {
        for (End end : new End[]{first, second}) {
            if (end.begun) {
                end.peer.lost();
            }
        }
    }
}
