package dev.weir.sys;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes eBPF instructions (kernel: Documentation/bpf/standardization/instruction-set.rst). Labels are names, forward
 * only or backward as the verifier allows; {@link #assemble} resolves them.
 *
 * <pre>
 *   0 opcode   1 destination (low four bits), source   2 offset (16)   4 immediate (32)
 * </pre>
 */
public final class BpfAssembler {
    public static final int HELPER_MAP_LOOKUP = 1;
    /** bpf_ktime_get_ns: the monotonic clock, as System.nanoTime() reads it. */
    public static final int HELPER_KTIME_GET_NS = 5;
    public static final int HELPER_CLONE_REDIRECT = 13;
    public static final int HELPER_REDIRECT = 23;
    public static final int HELPER_SKB_LOAD_BYTES = 26;
    public static final int HELPER_REDIRECT_MAP = 51;
    public static final int HELPER_XDP_GET_BUFF_LEN = 188;
    private static final int LD_IMM64 = 0x18;
    private static final int PSEUDO_MAP_FD = 1;
    private static final int ALU64 = 0x07;
    private static final int FROM_REGISTER = 0x08;
    private static final int JMP = 0x05;
    private static final int TO_BIG_ENDIAN = 0xdc;
    private static final int LDX_MEM = 0x61;
    private static final int ST_MEM = 0x62;
    private static final int STX_MEM = 0x63;
    private static final int CALL = 0x85;
    private static final int EXIT = 0x95;
    private static final int MOV = 0xb0;

    /** R0 has results, R1 to R5 arguments (lost in a call), R6 to R9 are kept, R10 is the frame pointer. */
    public enum Register {
        R0, R1, R2, R3, R4, R5, R6, R7, R8, R9, R10
    }

    public enum Operation {
        ADD(0x00), SUBTRACT(0x10), MULTIPLY(0x20), OR(0x40), AND(0x50), SHIFT_LEFT(0x60), SHIFT_RIGHT(
                0x70), MODULO(0x90), EXCLUSIVE_OR(0xa0);

        private final int code;

        Operation(int code) {
            this.code = code;
        }
    }

    /** Comparisons are unsigned. */
    public enum Condition {
        EQUAL(0x10), GREATER(0x20), GREATER_OR_EQUAL(0x30), NOT_EQUAL(0x50), LESS(0xa0);

        private final int code;

        Condition(int code) {
            this.code = code;
        }
    }

    public enum Width {
        BYTE(0x10), HALF(0x08), WORD(0x00), DOUBLE(0x18);

        private final int code;

        Width(int code) {
            this.code = code;
        }
    }

    private record Instruction(int opcode, int destination, int source, int offset, int immediate) {
    }

    private final List<Instruction> instructions = new ArrayList<>();
    private final Map<String, Integer> labels = new HashMap<>();
    private final Map<Integer, String> jumps = new HashMap<>();
    private int lastLabel;

    public BpfAssembler move(Register to, int value) {
        return emit(ALU64 | MOV, to, Register.R0, 0, value);
    }

    public BpfAssembler move(Register to, Register from) {
        return emit(ALU64 | MOV | FROM_REGISTER, to, from, 0, 0);
    }

    public BpfAssembler move(Register to, long value) {
        instructions.add(new Instruction(LD_IMM64, to.ordinal(), 0, 0, (int) value));
        instructions.add(new Instruction(0, 0, 0, 0, (int) (value >>> 32)));
        return this;
    }

    public BpfAssembler alu(Operation operation, Register to, int value) {
        return emit(ALU64 | operation.code, to, Register.R0, 0, value);
    }

    public BpfAssembler alu(Operation operation, Register to, Register from) {
        return emit(ALU64 | operation.code | FROM_REGISTER, to, from, 0, 0);
    }

    /** Between network and machine order, for 16 bits; the upper bits become 0. */
    public BpfAssembler bigEndian16(Register register) {
        return emit(TO_BIG_ENDIAN, register, Register.R0, 0, 16);
    }

    /** The same for all 64 bits. */
    public BpfAssembler bigEndian64(Register register) {
        return emit(TO_BIG_ENDIAN, register, Register.R0, 0, 64);
    }

    public BpfAssembler load(Width width, Register to, Register base, int offset) {
        return emit(LDX_MEM | width.code, to, base, offset, 0);
    }

    public BpfAssembler store(Width width, Register base, int offset, Register from) {
        return emit(STX_MEM | width.code, base, from, offset, 0);
    }

    public BpfAssembler store(Width width, Register base, int offset, int value) {
        return emit(ST_MEM | width.code, base, Register.R0, offset, value);
    }

    public BpfAssembler loadMap(Register to, int mapDescriptor) {
        instructions.add(new Instruction(LD_IMM64, to.ordinal(), PSEUDO_MAP_FD, 0, mapDescriptor));
        instructions.add(new Instruction(0, 0, 0, 0, 0));
        return this;
    }

    public BpfAssembler call(int helper) {
        return emit(CALL, Register.R0, Register.R0, 0, helper);
    }

    public BpfAssembler exit() {
        return emit(EXIT, Register.R0, Register.R0, 0, 0);
    }

    public BpfAssembler jump(String label) {
        jumps.put(instructions.size(), label);
        return emit(JMP, Register.R0, Register.R0, 0, 0);
    }

    public BpfAssembler jumpIf(Register left, Condition condition, int right, String label) {
        jumps.put(instructions.size(), label);
        return emit(JMP | condition.code, left, Register.R0, 0, right);
    }

    public BpfAssembler jumpIf(Register left, Condition condition, Register right, String label) {
        jumps.put(instructions.size(), label);
        return emit(JMP | condition.code | FROM_REGISTER, left, right, 0, 0);
    }

    /** The next instruction is where jumps to {@code label} lead. */
    public BpfAssembler label(String label) {
        if (labels.put(label, instructions.size()) != null) {
            throw new IllegalStateException("label " + label + " stands in two places");
        }
        return this;
    }

    /** A label that nobody else uses. */
    public String freshLabel() {
        return "." + ++lastLabel;
    }

    /** The program, as bpf(2) takes it: eight bytes an instruction, in the machine's order. */
    public byte[] assemble() {
        boolean little = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
        ByteBuffer program = ByteBuffer.allocate(8 * instructions.size()).order(ByteOrder.nativeOrder());
        for (int i = 0; i < instructions.size(); i++) {
            Instruction instruction = instructions.get(i);
            int registers = little
                    ? instruction.source << 4 | instruction.destination
                    : instruction.destination << 4 | instruction.source;
            program.put((byte) instruction.opcode).put((byte) registers)
                    .putShort((short) (jumps.containsKey(i) ? distance(i) : instruction.offset))
                    .putInt(instruction.immediate);
        }
        return program.array();
    }

    private int distance(int from) {
        String label = jumps.get(from);
        Integer to = labels.get(label);
        if (to == null) {
            throw new IllegalStateException("no label " + label);
        }
        return to - from - 1;
    }

    private BpfAssembler emit(int opcode, Register destination, Register source, int offset, int immediate) {
        instructions.add(new Instruction(opcode, destination.ordinal(), source.ordinal(), offset, immediate));
        return this;
    }
}
