package dev.weir.soak;

import dev.weir.wire.IpAddress;
import java.util.Arrays;

/**
 * The flows that live now. Each has a number of its own, from which its client's address and port are made, and which is
 * read from them again in what the director sends. One thread uses it.
 */
final class Flows {
    static final int LIVING = 1 << 13;
    private static final int FIRST_PORT = 1024;
    private static final int PORTS = 60_000;
    private static final int NOWHERE = -1;

    private final long[] number = new long[LIVING];
    private final int[] step = new int[LIVING];
    private final int[] length = new int[LIVING];
    private final int[] server = new int[LIVING];
    private final long[] since = new long[LIVING];
    private final long[] last = new long[LIVING];

    Flows() {
        for (int i = 0; i < LIVING; i++) {
            number[i] = i - (long) LIVING;
        }
        Arrays.fill(server, NOWHERE);
    }

    /** The flow that bears a client's address and port; -1: none does. */
    static long of(int client, int port) {
        return client < 0 || port < FIRST_PORT ? -1 : (long) (port - FIRST_PORT) << 16 | client;
    }

    static IpAddress client(long flow, boolean v4) {
        int low = (int) flow & 0xffff;
        return v4 ? Addresses.v4(10, 9, low >> 8, low & 255) : Addresses.v6(9, low);
    }

    static int port(long flow) {
        return FIRST_PORT + (int) ((flow >> 16) % PORTS);
    }

    static VirtualService service(long flow) {
        // The number's low bits alone would tie a place, and so a part of the addresses, to one service.
        return new VirtualService((int) ((flow ^ flow >> 14) % VirtualService.COUNT));
    }

    /** Puts the next flow of a place where the old one was. */
    void begin(int place, int packets) {
        number[place] += LIVING;
        step[place] = 0;
        length[place] = packets;
        server[place] = NOWHERE;
    }

    long number(int place) {
        return number[place];
    }

    /** The next step, counted from 0; {@link #length} where there is none. */
    int step(int place) {
        return step[place];
    }

    void advance(int place) {
        step[place]++;
    }

    int length(int place) {
        return length[place];
    }

    /** The server that the flow was last seen at; -1: none yet. */
    int server(int place) {
        return server[place];
    }

    /** @return the server that it was seen at before, {@link #since}; -1 where none, or where the flow is not this one any more */
    int seen(long flow, int at, long now) {
        int place = (int) (flow % LIVING);
        if (flow < 0 || number[place] != flow) {
            return NOWHERE;
        }
        int before = server[place];
        if (before != at) {
            server[place] = at;
        }
        if (before == NOWHERE) {
            since[place] = now;
        }
        return before;
    }

    /** A frame of it passes the director: its time-out begins anew. */
    void alive(long flow, long now) {
        last[(int) (flow % LIVING)] = now;
    }

    /** When the last frame of it passed. */
    long last(long flow) {
        return last[(int) (flow % LIVING)];
    }

    /** When the flow was first seen at the server that it is at. */
    long since(long flow) {
        return since[(int) (flow % LIVING)];
    }

    void moved(long flow, long now) {
        since[(int) (flow % LIVING)] = now;
    }
}
