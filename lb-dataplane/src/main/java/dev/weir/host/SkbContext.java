package dev.weir.host;

import static dev.weir.sys.BpfAssembler.Condition.EQUAL;
import static dev.weir.sys.BpfAssembler.Condition.GREATER;
import static dev.weir.sys.BpfAssembler.Condition.NOT_EQUAL;
import static dev.weir.sys.BpfAssembler.Operation.ADD;
import static dev.weir.sys.BpfAssembler.Register.R0;
import static dev.weir.sys.BpfAssembler.Register.R1;
import static dev.weir.sys.BpfAssembler.Register.R10;
import static dev.weir.sys.BpfAssembler.Register.R2;
import static dev.weir.sys.BpfAssembler.Register.R3;
import static dev.weir.sys.BpfAssembler.Register.R4;
import static dev.weir.sys.BpfAssembler.Register.R6;
import static dev.weir.sys.BpfAssembler.Register.R7;
import static dev.weir.sys.BpfAssembler.Width.WORD;

import dev.weir.sys.Bpf;
import dev.weir.sys.BpfAssembler;

/**
 * A program over struct __sk_buff: as a receiving socket's filter it accepts Weir's frames and no others, at an
 * interface's ingress it drops Weir's, gives those of health checks to their interface, and lets all others go on.
 */
record SkbContext(Bpf.ProgramType type) implements MatchContext {
    private static final int SKB_LENGTH = 0;
    private static final int SKB_PACKET_TYPE = 4;
    private static final int SKB_VLAN_PRESENT = 20;
    /** Above it are frames for others and, in a fanout group of Linux before 6.2, those that the host sends. */
    private static final int PACKET_MULTICAST = 2;

    static final SkbContext FILTER = new SkbContext(Bpf.ProgramType.SOCKET_FILTER);
    static final SkbContext INGRESS = new SkbContext(Bpf.ProgramType.SCHED_CLS);

    @Override
    public void begin(BpfAssembler text, int scratch) {
        text.load(WORD, R0, R6, MatchProgram.SKB_MARK).jumpIf(R0, EQUAL, MatchProgram.HANDED_BACK, "handed back");
        text.load(WORD, R0, R6, SKB_PACKET_TYPE).jumpIf(R0, GREATER, PACKET_MULTICAST, "host");
    }

    @Override
    public void read(BpfAssembler text, int to, int count) {
        text.move(R1, R6).move(R2, R7).move(R3, R10).alu(ADD, R3, to).move(R4, count)
                .call(BpfAssembler.HELPER_SKB_LOAD_BYTES).jumpIf(R0, NOT_EQUAL, 0, "host");
    }

    @Override
    public void checkEnd(BpfAssembler text) {
        text.load(WORD, R0, R6, SKB_LENGTH).jumpIf(R2, GREATER, R0, "host");
    }

    @Override
    public void checkTag(BpfAssembler text) {
        text.load(WORD, R0, R6, SKB_VLAN_PRESENT).jumpIf(R0, NOT_EQUAL, 0, "host");
    }

    @Override
    public boolean copies() {
        return false;
    }

    @Override
    public void copy(BpfAssembler text) {
        throw new IllegalStateException("copies are made where frames are handed back");
    }

    @Override
    public void endings(BpfAssembler text) {
        boolean filter = type == Bpf.ProgramType.SOCKET_FILTER;
        text.label("weir").move(R0, filter ? -1 : MatchProgram.TC_ACT_SHOT).exit();
        if (!filter) {
            text.label("check").load(WORD, R1, R0, 0).move(R2, 0).call(BpfAssembler.HELPER_REDIRECT).exit();
        }
        text.label("handed back");
        if (filter) {
            text.label("check");
        } else {
            text.move(R0, 0).store(WORD, R6, MatchProgram.SKB_MARK, R0);
        }
        text.label("host").move(R0, filter ? 0 : MatchProgram.TC_ACT_UNSPEC).exit();
    }
}
