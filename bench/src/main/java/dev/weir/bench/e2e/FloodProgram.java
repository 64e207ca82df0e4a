package dev.weir.bench.e2e;

import dev.weir.sys.Bpf;
import dev.weir.sys.BpfAssembler;
import dev.weir.sys.BpfAssembler.Condition;
import dev.weir.sys.BpfAssembler.Operation;
import dev.weir.sys.BpfAssembler.Register;
import dev.weir.sys.BpfAssembler.Width;
import dev.weir.sys.SystemException;
import java.io.IOException;

/**
 * The generator's XDP program. The kernel runs it over frames of its own (see {@link Bpf.Program#runLive}); it writes the
 * next flow's frame and redirects it out of the client's interface, or drops it where it is too early for the rate that
 * was asked. A frame that is late may be caught up within {@link #CATCH_UP}.
 *
 * <pre>
 *   settings   0 time a frame, in 1/1024 ns; 0: send nothing   8 flows
 *   state      0 when the next is due, in 1/1024 ns            8 next flow   16 sent
 * </pre>
 */
final class FloodProgram implements AutoCloseable {
    private static final int SHIFT = 10;
    /** 64 us, so that what the receiver's softirq takes of the core can be made good. */
    private static final int CATCH_UP = 1 << 16 + SHIFT;
    private static final int XDP_DROP = 1;
    private static final String DROP = "drop";

    private final Bpf.Map settings;
    private final Bpf.Map state;
    private final Bpf.Program program;

    /** @param interfaceIndex where frames leave, in the namespace of the thread that runs the program */
    FloodProgram(FloodFrame frame, int interfaceIndex) throws IOException {
        settings = Bpf.Map.array("flood_settings", 2, 1);
        state = Bpf.Map.array("flood_state", 3, 1);
        program = new Bpf.Program(Bpf.ProgramType.XDP, "flood", assemble(frame, interfaceIndex));
    }

    private byte[] assemble(FloodFrame frame, int interfaceIndex) {
        BpfAssembler code = new BpfAssembler();
        code.load(Width.WORD, Register.R9, Register.R1, 0)
                .load(Width.WORD, Register.R2, Register.R1, 4)
                .move(Register.R3, Register.R9)
                .alu(Operation.ADD, Register.R3, FloodFrame.LENGTH)
                .jumpIf(Register.R3, Condition.GREATER, Register.R2, DROP);
        value(code, settings, Register.R7);
        value(code, state, Register.R8);
        pace(code);
        frame.store(code, Register.R9);
        flow(code);
        timeAndNumber(code);
        checksum(code, FloodFrame.IP + 10, frame.headerSum(), Register.R3);
        checksum(code, FloodFrame.UDP + 6, frame.udpSum(), Register.R4);
        return code.move(Register.R1, interfaceIndex)
                .move(Register.R2, 0)
                .call(BpfAssembler.HELPER_REDIRECT)
                .exit()
                .label(DROP)
                .move(Register.R0, XDP_DROP)
                .exit().assemble();
    }

    /** A pointer to the only value of an array. */
    static void value(BpfAssembler code, Bpf.Map array, Register to) {
        code.store(Width.WORD, Register.R10, -4, 0)
                .move(Register.R2, Register.R10)
                .alu(Operation.ADD, Register.R2, -4)
                .loadMap(Register.R1, array.descriptor())
                .call(BpfAssembler.HELPER_MAP_LOOKUP)
                .jumpIf(Register.R0, Condition.EQUAL, 0, DROP)
                .move(to, Register.R0);
    }

    /** R6 is the time from here on. */
    private static void pace(BpfAssembler code) {
        code.load(Width.DOUBLE, Register.R1, Register.R7, 0)
                .jumpIf(Register.R1, Condition.EQUAL, 0, DROP)
                .call(BpfAssembler.HELPER_KTIME_GET_NS)
                .move(Register.R6, Register.R0)
                .alu(Operation.SHIFT_LEFT, Register.R0, SHIFT)
                .load(Width.DOUBLE, Register.R2, Register.R8, 0)
                .jumpIf(Register.R0, Condition.LESS, Register.R2, DROP)
                .alu(Operation.SUBTRACT, Register.R0, CATCH_UP)
                .jumpIf(Register.R2, Condition.GREATER, Register.R0, "in time")
                .move(Register.R2, Register.R0)
                .label("in time")
                .load(Width.DOUBLE, Register.R1, Register.R7, 0)
                .alu(Operation.ADD, Register.R2, Register.R1)
                .store(Width.DOUBLE, Register.R8, 0, Register.R2);
    }

    /** The flow's address and port; R3 and R4 begin the sums of what is not the same in each frame, for IP and UDP. */
    private static void flow(BpfAssembler code) {
        code.load(Width.DOUBLE, Register.R1, Register.R8, 8)
                .move(Register.R2, Register.R1)
                .alu(Operation.ADD, Register.R2, 1)
                .load(Width.DOUBLE, Register.R5, Register.R7, 8)
                .jumpIf(Register.R2, Condition.LESS, Register.R5, "not the last")
                .move(Register.R2, 0)
                .label("not the last")
                .store(Width.DOUBLE, Register.R8, 8, Register.R2)
                .move(Register.R3, Register.R1)
                .alu(Operation.AND, Register.R3, (1 << FloodFrame.CLIENTS_BITS) - 1)
                .alu(Operation.ADD, Register.R3, FloodFrame.FIRST_CLIENT)
                .bigEndian16(Register.R3)
                .store(Width.HALF, Register.R9, FloodFrame.IP + 14, Register.R3)
                .move(Register.R4, Register.R1)
                .alu(Operation.SHIFT_RIGHT, Register.R4, FloodFrame.CLIENTS_BITS)
                .alu(Operation.ADD, Register.R4, FloodFrame.FIRST_PORT)
                .bigEndian16(Register.R4)
                .store(Width.HALF, Register.R9, FloodFrame.UDP, Register.R4)
                .alu(Operation.ADD, Register.R4, Register.R3);
    }

    private static void timeAndNumber(BpfAssembler code) {
        code.load(Width.DOUBLE, Register.R1, Register.R8, 16)
                .move(Register.R2, Register.R1)
                .alu(Operation.ADD, Register.R2, 1)
                .store(Width.DOUBLE, Register.R8, 16, Register.R2)
                .store(Width.WORD, Register.R9, FloodFrame.NUMBER, Register.R1);
        addWord(code, Register.R1);
        code.store(Width.DOUBLE, Register.R9, FloodFrame.TIME, Register.R6)
                .move(Register.R1, Register.R6);
        addWord(code, Register.R1);
        code.alu(Operation.SHIFT_RIGHT, Register.R6, Integer.SIZE)
                .alu(Operation.ADD, Register.R4, Register.R6);
    }

    /** The lower half of a register, to R4. */
    private static void addWord(BpfAssembler code, Register register) {
        code.alu(Operation.SHIFT_LEFT, register, Integer.SIZE)
                .alu(Operation.SHIFT_RIGHT, register, Integer.SIZE)
                .alu(Operation.ADD, Register.R4, register);
    }

    private static void checksum(BpfAssembler code, int at, int rest, Register sum) {
        code.alu(Operation.ADD, sum, rest);
        // A sum of some words of 32 bits has less than 36.
        for (int i = 0; i < 4; i++) {
            code.move(Register.R1, sum)
                    .alu(Operation.SHIFT_RIGHT, Register.R1, Short.SIZE)
                    .alu(Operation.AND, sum, 0xffff)
                    .alu(Operation.ADD, sum, Register.R1);
        }
        // In UDP zero means "none", and NAT leaves it so; all ones are the same number (RFC 768).
        String notZero = code.freshLabel();
        code.jumpIf(sum, Condition.NOT_EQUAL, 0xffff, notZero).move(sum, 0).label(notZero);
        code.move(Register.R1, 0xffff)
                .alu(Operation.SUBTRACT, Register.R1, sum)
                .store(Width.HALF, Register.R9, at, Register.R1);
    }

    /** What the program makes of one frame, which goes nowhere. */
    byte[] once() throws SystemException {
        byte[] frame = new byte[FloodFrame.LENGTH];
        int _ = program.testRun(frame);
        return frame;
    }

    /** For {@link Flood}. */
    int id() throws SystemException {
        return program.id();
    }

    /** @param perSecond frames from now on; 0: none; {@link Long#MAX_VALUE}: as many as the core makes */
    void rate(long perSecond, long flows) throws SystemException {
        settings.set(0, perSecond == 0 ? 0 : Math.max(1, (1_000_000_000L << SHIFT) / perSecond), flows);
    }

    /** The next frame is that flow's. Only while none is sent. */
    void begin(long flow) throws SystemException {
        state.set(0, 0, flow, sent());
    }

    long sent() throws SystemException {
        return state.get(0)[2];
    }

    @Override
    public void close() {
        program.close();
        state.close();
        settings.close();
    }
}
