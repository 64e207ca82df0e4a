package dev.weir.engine;

import dev.weir.connection.Connections;
import dev.weir.service.ServiceTable;
import dev.weir.wire.Ethernet;
import dev.weir.wire.Frame;
import dev.weir.wire.Packet;
import dev.weir.wire.Transport;

/**
 * What a burst's frames are, read before any of them is acted on, so that the memory of their connections is fetched side
 * by side: the look-up itself comes in each packet's turn, for what comes before it in the burst may begin or end its
 * connection. Belongs to one worker.
 */
final class Burst {
    /** Frames at most. */
    static final int SIZE = 64;

    /** What can be said of a frame by itself. */
    enum Arrival {
        PACKET, HOST, OTHER_HOST, TRUNCATED, BAD_HEADER, BAD_CHECKSUM, MARTIAN
    }

    private final PortTable ports;
    private final Connections connections;
    private final Packet[] packets = new Packet[SIZE];
    private final Arrival[] arrivals = new Arrival[SIZE];
    private final int[] hashes = new int[SIZE];
    private final int[] candidates = new int[SIZE];
    /** What touching left: kept, since a read whose value nobody wants may be left out. */
    private final long[] touched = new long[SIZE];

    Burst(PortTable ports, Connections connections) {
        this.ports = ports;
        this.connections = connections;
        for (int i = 0; i < SIZE; i++) {
            packets[i] = new Packet();
        }
    }

    /** Reads {@code count} frames, at most {@link #SIZE}. */
    void read(Frame[] frames, int first, int count, ServiceTable table) {
        for (int i = 0; i < count; i++) {
            arrivals[i] = arrivalOf(frames[first + i], packets[i], table);
        }
        for (int i = 0; i < count; i++) {
            hashes[i] = arrivals[i] == Arrival.PACKET && hasConnection(packets[i]) ? connections.hash(packets[i]) : 0;
        }
        fetch(count);
    }

    /** Loops as short as can be, so that as many reads as possible are under way at once. */
    private void fetch(int count) {
        for (int i = 0; i < count; i++) {
            touched[i] = connections.touchIndex(hashes[i]);
        }
        for (int i = 0; i < count; i++) {
            candidates[i] = connections.candidate(hashes[i]);
        }
        boolean local = connections.hasLocal();
        for (int i = 0; i < count; i++) {
            touched[i] += connections.touchRecord(candidates[i])
                    + (local ? connections.touchLocal(candidates[i]) : 0);
        }
    }

    private Arrival arrivalOf(Frame frame, Packet packet, ServiceTable table) {
        if (frame.length() < Ethernet.HEADER_LENGTH) {
            return Arrival.TRUNCATED;
        }
        long destination = Ethernet.destination(frame.memory(), frame.start());
        if (destination != ports.hardwareAddress(frame.port())) {
            return Ethernet.isGroup(destination) ? Arrival.HOST : Arrival.OTHER_HOST;
        }
        Packet.Shape shape = packet.parse(frame);
        if (shape == Packet.Shape.WELL_FORMED) {
            return (packet.v4() ? table.servesV4() : table.servesV6()) ? Arrival.PACKET : Arrival.HOST;
        }
        return unusable(shape);
    }

    private static Arrival unusable(Packet.Shape shape) {
        return switch (shape) {
            case WELL_FORMED -> throw new IllegalArgumentException("nothing is wrong with it");
            case NOT_IP -> Arrival.HOST;
            case TRUNCATED -> Arrival.TRUNCATED;
            case BAD_HEADER -> Arrival.BAD_HEADER;
            case BAD_CHECKSUM -> Arrival.BAD_CHECKSUM;
            case MARTIAN -> Arrival.MARTIAN;
        };
    }

    /** Whether packets of its protocol belong to connections. */
    static boolean hasConnection(Packet packet) {
        int protocol = packet.protocol();
        return protocol == Transport.TCP || protocol == Transport.UDP || protocol == Transport.SCTP;
    }

    Arrival arrival(int i) {
        return arrivals[i];
    }

    Packet packet(int i) {
        return packets[i];
    }

    /** See {@link Connections#hash}. */
    int hash(int i) {
        return hashes[i];
    }
}
