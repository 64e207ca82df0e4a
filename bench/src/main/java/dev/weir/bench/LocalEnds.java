package dev.weir.bench;

import dev.weir.wire.Ethernet;
import dev.weir.wire.Frame;
import dev.weir.wire.IpAddress;
import dev.weir.wire.Ipv4;
import dev.weir.wire.Transport;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The director's ends of so many connections under FULLNAT, as they are seen in the first packets to the server, in no order
 * that the connections have.
 */
final class LocalEnds implements LoopPort.Clients {
    /** 192.168.1.0 and on; each has ports for so many connections to one server. */
    private static final int FIRST = 0xc0a8_0100;
    private static final int CONNECTIONS_PER_ADDRESS = 64_000;

    private final int[] addresses;
    private final char[] ports;
    private int seen;
    private int turn;

    LocalEnds(int connections) {
        addresses = new int[connections];
        ports = new char[connections];
    }

    /** As many as so many connections to one server need. */
    static List<IpAddress> addresses(int connections) {
        List<IpAddress> all = new ArrayList<>();
        for (int i = 0; i < Math.ceilDiv(connections, CONNECTIONS_PER_ADDRESS); i++) {
            all.add(IpAddress.v4(FIRST + i));
        }
        return all;
    }

    /** The first packet of the next client's connection. */
    void see(Frame frame) {
        if (seen < ports.length) {
            long ip = frame.start() + Ethernet.HEADER_LENGTH;
            addresses[seen] = Ipv4.source(frame.memory(), ip);
            ports[seen++] = (char) Transport.sourcePort(frame.memory(), ip + Ipv4.HEADER_LENGTH);
        }
    }

    /** All are seen. Shuffled now, they can be read one after the other, so that the reading misses no cache. */
    void shuffle() {
        SplittableRandom random = new SplittableRandom(1);
        for (int i = seen - 1; i > 0; i--) {
            int other = random.nextInt(i + 1);
            int address = addresses[i];
            addresses[i] = addresses[other];
            addresses[other] = address;
            char port = ports[i];
            ports[i] = ports[other];
            ports[other] = port;
        }
    }

    @Override
    public int next() {
        turn = turn + 1 < ports.length ? turn + 1 : 0;
        return turn;
    }

    @Override
    public int address(int client) {
        return addresses[client];
    }

    @Override
    public int port(int client) {
        return ports[client];
    }
}
