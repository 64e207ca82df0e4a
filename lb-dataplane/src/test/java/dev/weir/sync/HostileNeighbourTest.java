package dev.weir.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.sun.management.ThreadMXBean;
import dev.weir.connection.ConnectionCopy;
import dev.weir.connection.ConnectionRecords;
import dev.weir.connection.State;
import dev.weir.wire.IpAddress;
import dev.weir.wire.Transport;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Whatever arrives, a backup throws nothing, takes nothing that its rules do not allow, and needs no memory for it. */
class HostileNeighbourTest {
    private static final long SEED = 20_261_121;
    private static final int DATAGRAMS = 1_000_000;
    private static final int TAKEN_FLAGS = ConnectionRecords.FORWARDING_MASK | ConnectionRecords.NO_OUTPUT
            | ConnectionRecords.INACTIVE | ConnectionRecords.NO_CLIENT_PORT | ConnectionRecords.TEMPLATE
            | ConnectionRecords.ONE_PACKET;

    private final Random random = new Random(SEED);
    private final List<byte[]> real = new ArrayList<>();
    private final byte[] bytes = new byte[1472];
    private long taken;

    private static boolean isWithinRules(ConnectionCopy copy) {
        boolean known = copy.isTemplate()
                ? copy.state <= 1 && copy.clientPort == 0
                : (copy.protocol == Transport.TCP || copy.protocol == Transport.UDP
                        || copy.protocol == Transport.SCTP)
                        && State.of(copy.protocol, false, copy.state) != null && copy.engineDataLength == 0;
        boolean families = IpAddress.isV4(copy.clientHigh, copy.clientLow) != copy.v6
                && IpAddress.isV4(copy.virtualHigh, copy.virtualLow) != copy.v6
                && IpAddress.isV4(copy.serverHigh, copy.serverLow) != copy.v6;
        return known && families && (copy.flags & ~TAKEN_FLAGS) == 0 && copy.timeout >= 0
                && copy.kind == ConnectionCopy.Kind.IPVS;
    }

    private void take(ConnectionCopy copy) {
        taken++;
        if (!isWithinRules(copy)) {
            fail("seed " + SEED + ": " + Copies.text(copy));
        }
    }

    private void makeReal() {
        for (int version = 0; version < 2; version++) {
            Master master = new Master(5, 400, 1);
            for (int i = 0; i < 2000; i++) {
                master.add(Copies.any(random), version, 10_000, 0);
            }
            master.send((_, datagram) -> keep(datagram), 3 * Master.FLUSH_TIME);
        }
    }

    private boolean keep(ByteBuffer datagram) {
        byte[] copy = new byte[datagram.remaining()];
        datagram.get(copy);
        return real.add(copy);
    }

    /** @return how long the next datagram in {@link #bytes} is */
    private int next() {
        int kind = random.nextInt(4);
        if (kind == 0) {
            int length = random.nextInt(random.nextInt(bytes.length) + 1);
            for (int i = 0; i < length; i++) {
                bytes[i] = (byte) random.nextInt();
            }
            plausible(length);
            return length;
        }
        byte[] origin = real.get(random.nextInt(real.size()));
        System.arraycopy(origin, 0, bytes, 0, origin.length);
        int length = origin.length;
        if (kind == 1) {
            return length;
        }
        if (kind == 2) {
            length = random.nextInt(length + 20);
            Arrays.fill(bytes, Math.min(length, origin.length), bytes.length, (byte) 0);
        }
        for (int changes = random.nextInt(6); changes > 0; changes--) {
            bytes[random.nextInt(Math.max(1, length))] = (byte) random.nextInt();
        }
        plausible(length);
        return length;
    }

    /** Most are to get beyond the header's checks. */
    private void plausible(int length) {
        if (random.nextInt(8) != 0) {
            bytes[0] = (byte) (random.nextInt(4) == 0 ? random.nextInt() : 0);
            bytes[1] = 5;
            bytes[2] = (byte) (length >> 8);
            bytes[3] = (byte) length;
            if (random.nextInt(4) != 0) {
                bytes[5] = 1;
                bytes[6] = 0;
                bytes[7] = 0;
            }
        }
    }

    @Test
    void aMillionDatagramsDoNoHarm() {
        makeReal();
        Backup backup = new Backup(5, this::take);
        MemorySegment memory = MemorySegment.ofArray(bytes);
        int number = 0;
        try {
            for (; number < DATAGRAMS; number++) {
                backup.receive(memory, next());
            }
        } catch (RuntimeException e) {
            throw new AssertionError("seed " + SEED + ", datagram " + number, e);
        }
        assertThat(taken).as("seed " + SEED).isGreaterThan(DATAGRAMS / 2).isEqualTo(backup.taken());
        assertThat(Refusal.all()).allSatisfy(reason -> assertThat(backup.refused(reason))
                .as("seed " + SEED + ", " + reason.text()).isPositive());
    }

    @Test
    void noneCostsMemory() {
        makeReal();
        Backup backup = new Backup(5, this::take);
        MemorySegment memory = MemorySegment.ofArray(bytes);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 20; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 20_000; i++) {
                backup.receive(memory, next());
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertThat(least).as("bytes in 20,000 datagrams, seed " + SEED).isLessThan(20_000);
    }
}
