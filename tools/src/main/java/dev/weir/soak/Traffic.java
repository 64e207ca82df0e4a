package dev.weir.soak;

import dev.weir.testbed.FarEnd;
import dev.weir.wire.IpAddress;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Clients and servers: many flows at once, each a packet at a time, and between them ICMP, fragments and frames with bytes
 * that lie; and what the director sends to either side, held against what it may. One thread uses it.
 */
final class Traffic {
    static final long DIRECTOR_OUTSIDE = 0x02_00_00_00_00_01L;
    static final long DIRECTOR_INSIDE = 0x02_00_00_00_00_02L;
    /** Servers' MAC addresses end in this and their number. */
    static final int FIRST_SERVER = 10;
    /** Of TCP, after a FIN, of UDP, in the words of {@code ipvsadm --set}. */
    static final List<String> TIMEOUTS = List.of("120", "60", "60");
    private static final int BURST = 64;
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final long PACE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);
    private static final int MOST_REPORTED = 20;
    /** Between a command's effect and the last frame from before it lie queues. */
    private static final long QUEUES_NANOS = TimeUnit.SECONDS.toNanos(3);

    /** Less than any time-out of a connection in use, see {@link #TIMEOUTS}. */
    private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(40);

    private final FarEnd clients;
    private final FarEnd servers;
    private final Churn churn;
    private final Random random;
    private final Flows flows = new Flows();
    private final Seen seen = new Seen();
    private final List<String> faults = new ArrayList<>();
    private int place;
    private long now;
    private long sent;
    private long atServers;
    private long atClients;
    private long replies;
    private long begun;
    private long excused;
    private long timedOut;
    private long faultCount;

    Traffic(FarEnd clients, FarEnd servers, Churn churn, Random random) {
        this.clients = clients;
        this.servers = servers;
        this.churn = churn;
        this.random = random;
        for (int i = 0; i < Flows.LIVING; i++) {
            begin(i);
        }
    }

    /**
     * A burst out, and what has come in. In every other second as fast as it goes, so that rings overrun; between, at a
     * pace that lets most connections live undisturbed.
     */
    void turn() {
        now = System.nanoTime();
        if ((now / SECOND & 1) == 0) {
            LockSupport.parkNanos(PACE_NANOS);
        }
        for (int i = 0; i < BURST; i++) {
            step(place);
            place = (place + 1) % Flows.LIVING;
        }
        clients.flush();
        servers.flush();
        receive();
    }

    void receive() {
        now = System.nanoTime();
        atServers += servers.receive(this::atServer);
        atClients += clients.receive(this::atClient);
    }

    private void begin(int at) {
        flows.begin(at, 12 + random.nextInt(80));
        begun++;
    }

    private void step(int at) {
        long flow = flows.number(at);
        int step = flows.step(at);
        if (step >= flows.length(at)) {
            begin(at);
            return;
        }
        flows.advance(at);
        VirtualService service = Flows.service(flow);
        Frames.Way in = new Frames.Way(Flows.client(flow, service.v4()), Flows.port(flow), service.address(),
                VirtualService.PORT);
        if (service.tcp()) {
            segment(at, service, in, step);
        } else {
            datagram(at, service, in, step);
        }
        if (random.nextInt(BURST) == 0) {
            odd(at, service, in);
        }
    }

    /** SYN, SYN and ACK, ACK, data, FIN, FIN, ACK; one of sixteen ends with RST. */
    private void segment(int at, VirtualService service, Frames.Way in, int step) {
        int left = flows.length(at) - 1 - step;
        boolean resets = flows.number(at) % 16 == 0;
        if (step == 1 || left == 1 || left > 2 && step % 5 == 4) {
            reply(at, service, in, step == 1
                    ? Frames.SYN | Frames.ACK
                    : left == 1
                            ? Frames.FIN | Frames.ACK
                            : Frames.ACK,
                    step);
            return;
        }
        int flags = step == 0
                ? Frames.SYN
                : left == 2
                        ? Frames.FIN | Frames.ACK
                        : left == 0 && resets ? Frames.RST | Frames.ACK : Frames.ACK;
        toClientsEnd(Frames.tcp(DIRECTOR_OUTSIDE, in, flags, step, flags == Frames.ACK && left > 2 ? 100 : 0));
    }

    private void datagram(int at, VirtualService service, Frames.Way in, int step) {
        if (step % 4 == 3) {
            reply(at, service, in, 0, step);
        } else if (service.v4() && step % 16 == 8) {
            for (byte[] fragment : Frames.fragments(DIRECTOR_OUTSIDE, in, random.nextInt(1 << 16))) {
                toClientsEnd(fragment);
            }
        } else {
            toClientsEnd(Frames.udp(DIRECTOR_OUTSIDE, in, 18 + random.nextInt(64)));
        }
    }

    /** From the server that has the flow, where its answers pass the director. */
    private void reply(int at, VirtualService service, Frames.Way in, int flags, int step) {
        int server = flows.server(at);
        if (service.masquerades() && server >= 0) {
            Frames.Way out = new Frames.Way(service.server(server), service.serverPort(), in.source(),
                    in.sourcePort());
            toServersEnd(service.tcp()
                    ? Frames.tcp(DIRECTOR_INSIDE, out, flags, step, 0)
                    : Frames.udp(DIRECTOR_INSIDE, out, 40));
        }
    }

    /** Echo requests, errors about the flow from its server, and damaged packets of clients that have no flow. */
    private void odd(int at, VirtualService service, Frames.Way in) {
        switch (random.nextInt(4)) {
            case 0 -> toClientsEnd(Frames.icmp(DIRECTOR_OUTSIDE, in, message(service.v4() ? 8 : 128, 0, new byte[32])));
            case 1 -> error(at, service, in);
            default -> damaged(service);
        }
    }

    private void error(int at, VirtualService service, Frames.Way in) {
        int server = flows.server(at);
        if (service.masquerades() && server >= 0) {
            Frames.Way inside = new Frames.Way(in.source(), in.sourcePort(), service.server(server),
                    service.serverPort());
            byte[] about = service.tcp()
                    ? Frames.tcp(0, inside, Frames.ACK, 1, 0)
                    : Frames.udp(0, inside, 18);
            byte[] quoted = Arrays.copyOfRange(about, Frames.ETHERNET, about.length);
            // Destination unreachable, and what never ends a connection: host unreachable, address unreachable.
            toServersEnd(Frames.icmp(DIRECTOR_INSIDE, new Frames.Way(inside.destination(), 0, in.source(), 0),
                    message(service.v4() ? 3 : 1, service.v4() ? 1 : 3, quoted)));
        }
    }

    private static byte[] message(int type, int code, byte[] rest) {
        byte[] message = new byte[8 + rest.length];
        message[0] = (byte) type;
        message[1] = (byte) code;
        System.arraycopy(rest, 0, message, 8, rest.length);
        return message;
    }

    /** Bytes behind the Ethernet header are changed, and the end may be missing. */
    private void damaged(VirtualService service) {
        IpAddress source = service.v4()
                ? Addresses.v4(10, 8, random.nextInt(256), random.nextInt(256))
                : Addresses.v6(8, random.nextInt(1 << 16));
        Frames.Way way = new Frames.Way(source, random.nextInt(1 << 16), service.address(), VirtualService.PORT);
        byte[] frame = service.tcp()
                ? Frames.tcp(DIRECTOR_OUTSIDE, way, random.nextInt(64), random.nextInt(), random.nextInt(64))
                : Frames.udp(DIRECTOR_OUTSIDE, way, random.nextInt(64));
        int addresses = service.v4() ? 26 : 22;
        for (int i = random.nextInt(4); i >= 0; i--) {
            int at = Frames.ETHERNET + random.nextInt(frame.length - Frames.ETHERNET);
            if (at < addresses || at >= addresses + (service.v4() ? 4 : 16)) {
                frame[at] = (byte) random.nextInt(256);
            }
        }
        toClientsEnd(random.nextBoolean()
                ? frame
                : Arrays.copyOf(frame, 34 + random.nextInt(frame.length - 33)));
    }

    private void toClientsEnd(byte[] frame) {
        clients.send(frame);
        sent++;
    }

    private void toServersEnd(byte[] frame) {
        servers.send(frame);
        sent++;
    }

    private void atServer(MemorySegment memory, long start, int length) {
        long flow = seen.set(memory, start, length) ? seen.flowToServer() : -1;
        int server = memory.get(ValueLayout.JAVA_BYTE, start + 5) - FIRST_SERVER;
        long since = flow < 0 ? 0 : flows.since(flow);
        int before = flows.seen(flow, server, now);
        if (before >= 0 && before != server) {
            flows.moved(flow, now);
            if (churn.removedSince(Flows.service(flow), before, since - QUEUES_NANOS)) {
                excused++;
            } else if (now - flows.last(flow) > IDLE_NANOS) {
                timedOut++;
            } else {
                fault("flow " + flow + " of " + Flows.service(flow).words() + " moved from server " + before + " to "
                        + server + ", which nothing explains");
            }
        }
        if (flow >= 0) {
            flows.alive(flow, now);
        }
    }

    private void atClient(MemorySegment memory, long start, int length) {
        if (seen.set(memory, start, length) && !seen.isDamaged()) {
            long flow = seen.flowToClient();
            if (flow >= 0) {
                replies++;
                // What a server still sends of a connection that ended with it, or went on to another, the host routes.
                if (!seen.comesFrom(Flows.service(flow)) && !isExcused(flow)) {
                    fault("a reply to flow " + flow + " of " + Flows.service(flow).words() + " comes from "
                            + seen.from() + ", not from the service; " + history(flow));
                }
            }
        }
    }

    private String history(long flow) {
        int server = flows.server((int) (flow % Flows.LIVING));
        return "at server " + server + " for " + milliseconds(flows.since(flow)) + " ms, last frame to it "
                + milliseconds(flows.last(flow)) + " ms ago, " + churn.lastRemoval(Flows.service(flow), server, now);
    }

    private long milliseconds(long moment) {
        return TimeUnit.NANOSECONDS.toMillis(now - moment);
    }

    private boolean isExcused(long flow) {
        int server = flows.server((int) (flow % Flows.LIVING));
        return flows.number((int) (flow % Flows.LIVING)) != flow || server < 0
                || seen.server(Flows.service(flow)) != server && now - flows.since(flow) < QUEUES_NANOS
                || churn.removedSince(Flows.service(flow), server, flows.since(flow) - QUEUES_NANOS)
                || now - flows.last(flow) > IDLE_NANOS;
    }

    private void fault(String text) {
        faultCount++;
        if (faults.size() < MOST_REPORTED) {
            faults.add(text);
        }
    }

    /** Frames that the kernel took. */
    long sent() {
        return sent - clients.refused() - servers.refused();
    }

    long faultCount() {
        return faultCount;
    }

    List<String> faults() {
        return List.copyOf(faults);
    }

    String summary() {
        return String.format("%,d frames sent in %,d flows; %,d came to servers, %,d to clients (%,d of them replies); "
                + "%,d flows moved from a server that was removed, %,d after their time-out; %,d and %,d frames found no room at the far ends",
                sent(), begun, atServers, atClients, replies, excused, timedOut, servers.missed(), clients.missed());
    }
}
