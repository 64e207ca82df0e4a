package dev.weir.bench.e2e;

import dev.weir.sys.Link;
import dev.weir.sys.PacketRing;
import dev.weir.sys.Tpacket2Header;
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
import java.util.OptionalInt;
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
    private final Map<Long, Integer> serverOfFlow = new HashMap<>();
    private int frames;

    private Delivery(Contender contender) {
        this.contender = contender;
        Lab.SERVERS.forEach(server -> servers.add(IpAddress.parse(server).v4Bits()));
    }

    /** @throws IOException with what was wrong */
    static void check(Lab lab, Contender contender, Generator generator) throws IOException {
        lab.inside(Lab.Role.SERVER, () -> {
            Link link = Link.byName(lab.server);
            try (PacketRing ring = PacketRing.open(link, SLOTS, OptionalInt.empty())) {
                for (int i = 1; !attempt(contender, generator, ring, link.hardwareAddress(), i == ATTEMPTS); i++) {
                    ring.giveBack();
                }
            }
            return true;
        });
    }

    /** @return false where too many frames were lost and it is not the last attempt */
    private static boolean attempt(Contender contender, Generator generator, PacketRing ring, long hardwareAddress,
            boolean last) throws IOException {
        Delivery delivery = new Delivery(contender);
        generator.flows(FLOWS);
        long sent = generator.sent();
        long drops = ring.drops();
        generator.rate(PER_SECOND);
        delivery.read(ring, hardwareAddress, TIME.toNanos());
        generator.rate(0);
        delivery.read(ring, hardwareAddress, SILENCE_NANOS);
        long expected = generator.sent() - sent - (ring.drops() - drops);
        if (delivery.frames >= expected * (1 - LOSS_ALLOWED)) {
            delivery.judgeServers();
            return true;
        }
        if (last) {
            throw new IOException(contender.name() + ": of " + expected + " frames only " + delivery.frames + " came");
        }
        return false;
    }

    private void read(PacketRing ring, long hardwareAddress, long nanos) throws IOException {
        long end = System.nanoTime() + nanos;
        while (System.nanoTime() - end < 0) {
            int slot = ring.take();
            if (slot < 0) {
                Shell.sleep(Duration.ofMillis(1));
                continue;
            }
            look(ring.memory(slot), Tpacket2Header.frameOffset(ring.ring(), ring.offset(slot)) - Tpacket2Header.LENGTH,
                    Tpacket2Header.length(ring.ring(), ring.offset(slot)), hardwareAddress);
            ring.giveBack();
        }
    }

    private void look(MemorySegment memory, long frame, int length, long hardwareAddress) throws IOException {
        boolean tunnelled = length >= FloodFrame.LENGTH + OUTER && Bytes.u8(memory, frame + FloodFrame.IP + 9) == 4;
        long start = tunnelled ? frame + OUTER : frame;
        if (length < FloodFrame.LENGTH || Bytes.i32(memory, start + FloodFrame.MAGIC_AT) != FloodFrame.MAGIC) {
            return;
        }
        frames++;
        long ip = start + FloodFrame.IP;
        int to = Bytes.i32(memory, ip + 16);
        int outer = Bytes.i32(memory, frame + FloodFrame.IP + 16);
        boolean right = switch (contender.arrival()) {
            case AT_THE_VIP -> !tunnelled && to == IpAddress.parse(Lab.VIP).v4Bits();
            case AT_A_SERVER -> !tunnelled && servers.contains(to);
            case TUNNELLED -> tunnelled && to == IpAddress.parse(Lab.VIP).v4Bits() && servers.contains(outer);
        };
        require(right, "came to " + IpAddress.v4(to) + (tunnelled ? " in a tunnel to " + IpAddress.v4(outer) : ""));
        require(Bytes.i64(memory, frame) >>> 16 == hardwareAddress, "came to another MAC address");
        require(FloodFrame.checksumsRight(memory, ip), "came with a wrong checksum");
        int number = machineInt(memory, start + FloodFrame.NUMBER);
        require(!seen.get(number & 0xffffff), "came twice");
        seen.set(number & 0xffffff);
        long flow = (long) Bytes.i32(memory, ip + 12) << 16 | Bytes.u16(memory, ip + (FloodFrame.UDP - FloodFrame.IP));
        if (contender.arrival() != Contender.Arrival.AT_THE_VIP) {
            Integer before = serverOfFlow.putIfAbsent(flow, outer);
            require(before == null || before == outer, "of one flow came to another server");
        }
    }

    private static int machineInt(MemorySegment memory, long at) {
        return memory.get(java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED, at);
    }

    private void require(boolean right, String otherwise) throws IOException {
        if (!right) {
            throw new IOException(contender.name() + ": a frame " + otherwise);
        }
    }

    private void judgeServers() throws IOException {
        List<Integer> used = serverOfFlow.values().stream().distinct().toList();
        if (contender.arrival() != Contender.Arrival.AT_THE_VIP && !(contender instanceof IpForward)
                && used.size() != Lab.SERVERS.size()) {
            throw new IOException(contender.name() + ": " + FLOWS + " flows went to " + used.size() + " servers of "
                    + Lab.SERVERS.size());
        }
    }
}
