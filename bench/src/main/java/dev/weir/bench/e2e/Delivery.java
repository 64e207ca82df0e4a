package dev.weir.bench.e2e;

import dev.weir.sys.Link;
import dev.weir.testbed.FarEnd;
import dev.weir.wire.Bytes;
import dev.weir.wire.IpAddress;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Looks at what comes to the server, frame by frame, before anything is measured: each frame once, with the addresses that
 * the contender's way of forwarding gives it, right checksums, and all frames of a flow at one server.
 */
final class Delivery {
    private static final int FLOWS = 500;
    private static final int PER_SECOND = 5_000;
    private static final Duration TIME = Duration.ofMillis(300);
    /** A JVM that has just started may be late, and a machine busy; what is wrong in a frame is wrong at once. */
    private static final int ATTEMPTS = 5;
    private static final int SLOTS = 255;
    private static final long SILENCE_NANOS = 100_000_000;
    private static final double LOSS_ALLOWED = 0.02;
    private static final int OUTER = 20;

    private final Contender contender;
    private final Set<Integer> servers = new HashSet<>();
    private final BitSet seen = new BitSet();
    private final Map<Integer, Ends> endsOfFlow = new HashMap<>();
    private final Set<Ends> taken = new HashSet<>();
    /** Of the first frame, which is of the first flow. */
    private final int firstNumber;
    private int frames;
    /** The last thing that was not right about a frame; empty: nothing. */
    private String wrong = "";

    /** Whom a frame of a flow seemed to come from, and where it went. */
    private record Ends(int source, int port, int server) {
    }

    private Delivery(Contender contender, int firstNumber) {
        this.contender = contender;
        this.firstNumber = firstNumber;
        Lab.SERVERS.forEach(server -> servers.add(IpAddress.parse(server).v4Bits()));
    }

    /** @throws IOException with what was wrong */
    static void check(Lab lab, Contender contender, Generator generator) throws IOException {
        lab.inside(Lab.Role.SERVER, () -> {
            Link link = Link.byName(lab.server);
            try (FarEnd server = FarEnd.open(lab.server, SLOTS)) {
                int attempts = 1;
                while (!attempt(contender, generator, server, link.hardwareAddress(), attempts == ATTEMPTS)) {
                    attempts++;
                }
                return attempts;
            }
        });
    }

    /** @return false where too many frames were lost and it is not the last attempt */
    private static boolean attempt(Contender contender, Generator generator, FarEnd server, long hardwareAddress,
            boolean last) throws IOException {
        generator.flows(FLOWS);
        long sent = generator.sent();
        Delivery delivery = new Delivery(contender, (int) sent);
        long missed = server.missed();
        generator.rate(PER_SECOND);
        delivery.read(server, hardwareAddress, TIME.toNanos());
        generator.rate(0);
        delivery.read(server, hardwareAddress, SILENCE_NANOS);
        long expected = generator.sent() - sent - (server.missed() - missed);
        if (delivery.frames >= expected * (1 - LOSS_ALLOWED)) {
            delivery.judgeServers();
            return true;
        }
        if (last) {
            throw new IOException(contender.name() + ": of " + expected + " frames only " + delivery.frames + " came");
        }
        return false;
    }

    private void read(FarEnd server, long hardwareAddress, long nanos) throws IOException {
        long end = System.nanoTime() + nanos;
        while (System.nanoTime() - end < 0) {
            int count = server.receive((memory, start, length) -> look(memory, start, length, hardwareAddress));
            if (!wrong.isEmpty()) {
                throw new IOException(contender.name() + ": a frame " + wrong);
            }
            if (count == 0) {
                Shell.sleep(Duration.ofMillis(1));
            }
        }
    }

    private void look(MemorySegment memory, long frame, int length, long hardwareAddress) {
        boolean tunnelled = length >= FloodFrame.LENGTH + OUTER && Bytes.u8(memory, frame + FloodFrame.IP + 9) == 4;
        long start = tunnelled ? frame + OUTER : frame;
        if (length < FloodFrame.LENGTH || Bytes.i32(memory, start + FloodFrame.MAGIC_AT) != FloodFrame.MAGIC) {
            return;
        }
        int number = machineInt(memory, start + FloodFrame.NUMBER);
        if (number - firstNumber < 0) {
            return; // of the attempt before, which took so long on its way
        }
        frames++;
        long ip = start + FloodFrame.IP;
        int to = Bytes.i32(memory, ip + 16);
        int outer = Bytes.i32(memory, frame + FloodFrame.IP + 16);
        boolean right = switch (contender.arrival()) {
            case AT_THE_VIP -> !tunnelled && to == IpAddress.parse(Lab.VIP).v4Bits();
            case AT_A_SERVER, FROM_THE_DIRECTOR -> !tunnelled && servers.contains(to);
            case TUNNELLED -> tunnelled && to == IpAddress.parse(Lab.VIP).v4Bits() && servers.contains(outer);
        };
        require(right, "came to " + IpAddress.v4(to) + (tunnelled ? " in a tunnel to " + IpAddress.v4(outer) : ""));
        require(Bytes.i64(memory, frame) >>> 16 == hardwareAddress, "came to another MAC address");
        require(FloodFrame.checksumsRight(memory, ip), "came with a wrong checksum");
        require(!seen.get(number & 0xffffff), "came twice");
        seen.set(number & 0xffffff);
        int source = Bytes.i32(memory, ip + 12);
        require(contender.arrival() == Contender.Arrival.FROM_THE_DIRECTOR == WeirDirector.isLocalAddress(source),
                "came from " + IpAddress.v4(source));
        Ends ends = new Ends(source, Bytes.u16(memory, ip + (FloodFrame.UDP - FloodFrame.IP)), outer);
        Ends before = endsOfFlow.putIfAbsent(Integer.remainderUnsigned(number - firstNumber, FLOWS), ends);
        require(before == null ? taken.add(ends) : before.equals(ends),
                before == null ? "of a flow came as another flow's do" : "of one flow came from or to elsewhere");
    }

    private static int machineInt(MemorySegment memory, long at) {
        return memory.get(java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED, at);
    }

    private void require(boolean right, String otherwise) {
        if (!right) {
            wrong = otherwise;
        }
    }

    private void judgeServers() throws IOException {
        List<Integer> used = endsOfFlow.values().stream().map(Ends::server).distinct().toList();
        if (contender.arrival() != Contender.Arrival.AT_THE_VIP && !(contender instanceof IpForward)
                && used.size() != Lab.SERVERS.size()) {
            throw new IOException(contender.name() + ": " + FLOWS + " flows went to " + used.size() + " servers of "
                    + Lab.SERVERS.size());
        }
    }
}
