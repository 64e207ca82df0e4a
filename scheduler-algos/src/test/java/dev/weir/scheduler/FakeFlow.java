package dev.weir.scheduler;

import java.net.InetAddress;
import java.nio.ByteBuffer;

/** A packet's addresses as texts, and when it came in nanoseconds. */
record FakeFlow(String client, int clientPort, String destination, int destinationPort, long now) implements Flow {
    static FakeFlow from(String client) {
        return new FakeFlow(client, 1024, "10.0.0.2", 80, 0);
    }

    static FakeFlow to(String destination, long now) {
        return new FakeFlow("10.0.0.1", 1024, destination, 80, now);
    }

    /** The 128 bits of an address, an IPv4 one mapped. */
    static long[] words(String address) {
        byte[] bytes = InetAddress.ofLiteral(address).getAddress();
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        return bytes.length == 4
                ? new long[]{0, 0xffffL << 32 | buffer.getInt() & 0xffffffffL}
                : new long[]{buffer.getLong(), buffer.getLong()};
    }

    @Override
    public long clientHigh() {
        return words(client)[0];
    }

    @Override
    public long clientLow() {
        return words(client)[1];
    }

    @Override
    public long destinationHigh() {
        return words(destination)[0];
    }

    @Override
    public long destinationLow() {
        return words(destination)[1];
    }
}
