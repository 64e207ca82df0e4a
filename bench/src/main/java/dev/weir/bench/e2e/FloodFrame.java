package dev.weir.bench.e2e;

import dev.weir.sys.BpfAssembler;
import dev.weir.sys.BpfAssembler.Register;
import dev.weir.sys.BpfAssembler.Width;
import dev.weir.wire.Bytes;
import dev.weir.wire.Checksum;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The frame that {@link FloodProgram} sends: UDP in 60 bytes, 64 with the FCS that a wire would add. Client addresses,
 * ports, time and number are filled in for each frame; both checksums are right.
 *
 * <pre>
 *   0 Ethernet   14 IPv4   34 UDP   42 time sent, ns (64, machine's order)   50 number (32)   54 magic (32)   58 zero
 * </pre>
 */
final class FloodFrame {
    static final int LENGTH = 60;
    static final int IP = 14;
    static final int UDP = 34;
    static final int TIME = 42;
    static final int NUMBER = 50;
    static final int MAGIC_AT = 54;
    /** In network order. */
    static final int MAGIC = 0x57454952;
    /** Flow f has client 10.1.4.0 + f mod 1024, port 1024 + f / 1024. */
    static final int CLIENTS_BITS = 10;
    static final int FIRST_CLIENT = 0x0400;
    static final int FIRST_PORT = 1024;
    static final long MOST_FLOWS = (65536L - FIRST_PORT) << CLIENTS_BITS;
    static final int PORT = 9000;
    private static final int PAYLOAD = LENGTH - TIME;

    private final MemorySegment bytes = MemorySegment.ofArray(new byte[LENGTH]);

    /** @param destination an IPv4 address in 32 bits */
    FloodFrame(long destinationHardware, long sourceHardware, int destination) {
        Bytes.i64(bytes, 0, destinationHardware << 16 | sourceHardware >>> 32);
        Bytes.i32(bytes, 8, (int) sourceHardware);
        Bytes.u16(bytes, 12, 0x0800);
        Bytes.u16(bytes, IP, 0x4500);
        Bytes.u16(bytes, IP + 2, LENGTH - IP);
        Bytes.u8(bytes, IP + 8, 64);
        Bytes.u8(bytes, IP + 9, 17);
        Bytes.u16(bytes, IP + 12, 0x0a01);
        Bytes.i32(bytes, IP + 16, destination);
        Bytes.u16(bytes, UDP + 2, PORT);
        Bytes.u16(bytes, UDP + 4, 8 + PAYLOAD);
        Bytes.i32(bytes, MAGIC_AT, MAGIC);
    }

    /** Writes all of it that is the same in each frame. */
    void store(BpfAssembler code, Register data) {
        for (int at = 0; at < LENGTH; at += Integer.BYTES) {
            code.store(Width.WORD, data, at, bytes.get(ValueLayout.JAVA_INT_UNALIGNED, at));
        }
    }

    /** The sum of the IP header as it is without client address, in the order of the machine's own 16-bit words. */
    int headerSum() {
        return machineSum(IP, UDP - IP);
    }

    /** The same of the pseudo-header, UDP header and payload. */
    int udpSum() {
        MemorySegment pseudo = MemorySegment.ofArray(new byte[4]);
        Bytes.u8(pseudo, 1, 17);
        Bytes.u16(pseudo, 2, 8 + PAYLOAD);
        return machineSum(IP + 12, 8) + machineSum(UDP, LENGTH - UDP)
                + Short.toUnsignedInt(pseudo.get(ValueLayout.JAVA_SHORT_UNALIGNED, 0))
                + Short.toUnsignedInt(pseudo.get(ValueLayout.JAVA_SHORT_UNALIGNED, 2));
    }

    private int machineSum(int from, int length) {
        int sum = 0;
        for (int at = from; at < from + length; at += 2) {
            sum += Short.toUnsignedInt(bytes.get(ValueLayout.JAVA_SHORT_UNALIGNED, at));
        }
        return sum;
    }

    /** Whether a frame's IP header and UDP, wherever NAT sent it, have the right checksums. */
    static boolean checksumsRight(MemorySegment memory, long ip) {
        long udp = ip + (UDP - IP);
        int pseudo = Checksum.pseudoHeader(Checksum.sum(memory, ip + 12, 4), Checksum.sum(memory, ip + 16, 4), 17,
                8 + PAYLOAD);
        return Checksum.of(Checksum.sum(memory, ip, UDP - IP)) == 0
                && Checksum.of(Checksum.fold((long) pseudo + Checksum.sum(memory, udp, 8 + PAYLOAD))) == 0;
    }
}
