package dev.weir.bench.e2e;

import dev.weir.lab.TcProgram;
import dev.weir.sys.Bpf;
import dev.weir.sys.BpfAssembler;
import dev.weir.sys.BpfAssembler.Condition;
import dev.weir.sys.BpfAssembler.Operation;
import dev.weir.sys.BpfAssembler.Register;
import dev.weir.sys.BpfAssembler.Width;
import dev.weir.sys.SystemException;
import java.io.IOException;
import org.HdrHistogram.Histogram;

/**
 * What the server does with the generator's frames, at its interface's ingress: counts them and drops them; where it is
 * asked to, it also notes how long each took from the generator to here. Frames may stand behind an IPIP header. All else
 * goes on.
 *
 * <pre>
 *   settings    0 whether to note times
 *   counts      0 frames that came
 *   times       by 256 ns of age: frames
 * </pre>
 */
final class SinkProgram implements AutoCloseable {
    private static final int UNIT_BITS = 8;
    /** The last one has all that took longer: 16.8 ms. */
    private static final int TIMES = 1 << 16;
    private static final int SKB_DATA = 76;
    private static final int SKB_DATA_END = 80;
    private static final int OUTER = 20;
    private static final int TC_ACT_SHOT = 2;

    private final Bpf.Map settings;
    private final Bpf.Map counts;
    private final Bpf.Map times;

    private SinkProgram(Bpf.Map settings, Bpf.Map counts, Bpf.Map times) {
        this.settings = settings;
        this.counts = counts;
        this.times = times;
    }

    static SinkProgram attach(Lab lab) throws IOException {
        SinkProgram sink = new SinkProgram(Bpf.Map.array("sink_settings", 1, 1), Bpf.Map.array("sink_counts", 1, 1),
                Bpf.Map.array("sink_times", 1, TIMES));
        lab.inside(Lab.Role.SERVER, () -> {
            TcProgram.attach("bench_sink", sink.assemble(), lab.server, TcProgram.Hook.INGRESS);
            return true;
        });
        return sink;
    }

    private byte[] assemble() {
        BpfAssembler code = TcProgram.begin();
        // R7: where the frame begins, as if without an outer header
        code.load(Width.WORD, Register.R7, Register.R6, SKB_DATA)
                .load(Width.WORD, Register.R8, Register.R6, SKB_DATA_END);
        bound(code, FloodFrame.LENGTH - 2);
        code.load(Width.BYTE, Register.R2, Register.R7, FloodFrame.IP + 9)
                .jumpIf(Register.R2, Condition.NOT_EQUAL, 4, "plain")
                .alu(Operation.ADD, Register.R7, OUTER);
        bound(code, FloodFrame.LENGTH - 2);
        code.label("plain");
        for (int half = 0; half < 2; half++) {
            code.load(Width.HALF, Register.R2, Register.R7, FloodFrame.MAGIC_AT + 2 * half)
                    .bigEndian16(Register.R2)
                    .jumpIf(Register.R2, Condition.NOT_EQUAL, FloodFrame.MAGIC >>> 16 - 16 * half & 0xffff,
                            TcProgram.PASS);
        }
        value(code, counts);
        code.load(Width.DOUBLE, Register.R1, Register.R0, 0)
                .alu(Operation.ADD, Register.R1, 1)
                .store(Width.DOUBLE, Register.R0, 0, Register.R1);
        value(code, settings);
        code.load(Width.DOUBLE, Register.R1, Register.R0, 0)
                .jumpIf(Register.R1, Condition.EQUAL, 0, "drop");
        note(code);
        return TcProgram.end(code.label("drop").move(Register.R0, TC_ACT_SHOT).exit());
    }

    private static void bound(BpfAssembler code, int length) {
        code.move(Register.R2, Register.R7)
                .alu(Operation.ADD, Register.R2, length)
                .jumpIf(Register.R2, Condition.GREATER, Register.R8, TcProgram.PASS);
    }

    /** R0 points to the only value of an array. */
    private static void value(BpfAssembler code, Bpf.Map array) {
        code.store(Width.WORD, Register.R10, -4, 0);
        lookUp(code, array);
    }

    private static void lookUp(BpfAssembler code, Bpf.Map array) {
        code.move(Register.R2, Register.R10)
                .alu(Operation.ADD, Register.R2, -4)
                .loadMap(Register.R1, array.descriptor())
                .call(BpfAssembler.HELPER_MAP_LOOKUP)
                .jumpIf(Register.R0, Condition.EQUAL, 0, TcProgram.PASS);
    }

    private void note(BpfAssembler code) {
        code.call(BpfAssembler.HELPER_KTIME_GET_NS)
                .load(Width.DOUBLE, Register.R1, Register.R7, FloodFrame.TIME)
                .alu(Operation.SUBTRACT, Register.R0, Register.R1)
                .alu(Operation.SHIFT_RIGHT, Register.R0, UNIT_BITS)
                .jumpIf(Register.R0, Condition.LESS, TIMES - 1, "within")
                .move(Register.R0, TIMES - 1)
                .label("within")
                .store(Width.WORD, Register.R10, -4, Register.R0);
        lookUp(code, times);
        code.load(Width.DOUBLE, Register.R1, Register.R0, 0)
                .alu(Operation.ADD, Register.R1, 1)
                .store(Width.DOUBLE, Register.R0, 0, Register.R1);
    }

    long came() throws SystemException {
        return counts.get(0)[0];
    }

    /** Whether times are noted from now on. */
    void noteTimes(boolean note) throws SystemException {
        settings.set(0, note ? 1 : 0);
    }

    /** The times noted so far, in nanoseconds; they begin anew. */
    Histogram takeTimes() throws SystemException {
        Histogram histogram = new Histogram(3);
        for (int i = 0; i < TIMES; i++) {
            long count = times.get(i)[0];
            if (count > 0) {
                histogram.recordValueWithCount((i + 1L << UNIT_BITS) - 1, count);
                times.set(i, 0);
            }
        }
        return histogram;
    }

    @Override
    public void close() {
        settings.close();
        counts.close();
        times.close();
    }
}
