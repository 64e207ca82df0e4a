package dev.weir.check;

import dev.weir.sys.IpSocket.Kind;
import dev.weir.sys.SystemException;
import dev.weir.wire.Checksum;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Asks a host for ICMP echoes: by a ping socket where the system lets this process have one
 * (net.ipv4.ping_group_range), else by a raw one.
 */
final class EchoSocket implements AutoCloseable {
    private static final int REQUEST = 8;
    private static final int REPLY = 0;
    private static final int REQUEST_6 = 128;
    private static final int REPLY_6 = 129;
    private static final int HEADER = 8;
    private static final AtomicInteger IDENTIFIERS = new AtomicInteger((int) ProcessHandle.current().pid());

    private final CheckSocket socket;
    private final boolean six;
    private final boolean raw;
    private final int identifier = IDENTIFIERS.incrementAndGet() & 0xffff;

    private EchoSocket(CheckSocket socket, boolean six, boolean raw) {
        this.socket = socket;
        this.six = six;
        this.raw = raw;
    }

    /** @param route whose ports do not count */
    static EchoSocket open(Route route) throws IOException {
        Route portless = new Route(route.host(), 0, route.source(), 0, route.device(), route.mark());
        boolean six = !route.host().isV4();
        try {
            return new EchoSocket(CheckSocket.connected(Kind.ECHO, portless), six, false);
        } catch (SystemException e) {
            if (e.errno() != SystemException.EACCES) {
                throw e;
            }
            return new EchoSocket(CheckSocket.connected(Kind.RAW_ICMP, portless), six, true);
        }
    }

    /** Sends a request and waits for its very reply. */
    void echo(int sequence, byte[] data, Deadline deadline) throws IOException, InterruptedException {
        ByteBuffer request = ByteBuffer.allocate(HEADER + data.length);
        request.put((byte) (six ? REQUEST_6 : REQUEST)).put((byte) 0).putShort((short) 0).putShort((short) identifier)
                .putShort((short) sequence).put(data);
        if (!six) {
            request.putShort(2, (short) Checksum.of(Checksum.sum(MemorySegment.ofArray(request.array()), 0,
                    request.capacity())));
        }
        socket.write(request.array(), deadline);
        byte[] packet = new byte[Math.max(576, data.length + 128)];
        while (true) {
            int length = socket.receive(packet, deadline);
            if (isReply(packet, length, sequence, data)) {
                return;
            }
        }
    }

    private boolean isReply(byte[] packet, int length, int sequence, byte[] data) {
        int start = raw && !six && length > 0 ? (packet[0] & 15) * 4 : 0;
        if (length < start + HEADER + data.length) {
            return false;
        }
        ByteBuffer reply = ByteBuffer.wrap(packet, start, length - start).slice();
        // The kernel gives a ping socket's requests an identifier of its own, and the socket its replies.
        return (reply.get(0) & 0xff) == (six ? REPLY_6 : REPLY) && reply.get(1) == 0
                && (!raw || (reply.getShort(4) & 0xffff) == identifier)
                && (reply.getShort(6) & 0xffff) == (sequence & 0xffff)
                && reply.slice(HEADER, data.length).equals(ByteBuffer.wrap(data));
    }

    @Override
    public void close() {
        socket.close();
    }
}
