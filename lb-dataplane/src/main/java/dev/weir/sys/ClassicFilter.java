package dev.weir.sys;

import static dev.weir.sys.Native.INT;
import static dev.weir.sys.Native.SHORT;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A program of classic BPF for a socket (linux/filter.h, struct sock_fprog): what it does not take does not come. */
final class ClassicFilter {
    static final int LOAD_BYTE = 0x30;
    static final int LOAD_BYTE_BEHIND_X = 0x50;
    static final int LOAD_X_IPV4_HEADER = 0xb1;
    static final int JUMP_IF_EQUAL = 0x15;
    static final int RETURN = 0x06;
    static final int EVERYTHING = 0x40000;
    private static final int SOL_SOCKET = 1;
    private static final int SO_ATTACH_FILTER = 26;

    private ClassicFilter() {
    }

    /** @param whenTrue instructions to pass over */
    record Instruction(int code, int whenTrue, int whenFalse, int value) {
        static Instruction of(int code, int value) {
            return new Instruction(code, 0, 0, value);
        }
    }

    static void attach(Socket socket, Instruction... instructions) throws SystemException {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment program = call.allocate(8L * instructions.length, 8);
            for (int i = 0; i < instructions.length; i++) {
                Instruction each = instructions[i];
                program.set(SHORT, 8L * i, (short) each.code());
                program.set(JAVA_BYTE, 8L * i + 2, (byte) each.whenTrue());
                program.set(JAVA_BYTE, 8L * i + 3, (byte) each.whenFalse());
                program.set(INT, 8L * i + 4, each.value());
            }
            MemorySegment head = call.allocate(16, 8);
            head.set(SHORT, 0, (short) instructions.length);
            head.set(ADDRESS, 8, program);
            socket.set(SOL_SOCKET, SO_ATTACH_FILTER, "SO_ATTACH_FILTER", head);
        }
    }
}
