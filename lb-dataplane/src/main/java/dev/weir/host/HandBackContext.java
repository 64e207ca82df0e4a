package dev.weir.host;

import static dev.weir.sys.BpfAssembler.Register.R0;
import static dev.weir.sys.BpfAssembler.Register.R1;
import static dev.weir.sys.BpfAssembler.Register.R2;
import static dev.weir.sys.BpfAssembler.Register.R3;
import static dev.weir.sys.BpfAssembler.Register.R6;
import static dev.weir.sys.BpfAssembler.Width.WORD;

import dev.weir.sys.BpfAssembler;

/**
 * At the ingress of a hand-back TAP: marks a frame and lets it come in once more on the interface that it came on. An ICMP
 * error about a tunnel that health checks go through is handed back where no client's connection is meant; so here the
 * checks get their copy.
 */
record HandBackContext(int interfaceIndex) implements MatchContext {
    private static final int BPF_F_INGRESS = 1;

    @Override
    public void begin(BpfAssembler text, int scratch) {
    }

    @Override
    public void read(BpfAssembler text, int to, int count) {
        SkbContext.INGRESS.read(text, to, count);
    }

    @Override
    public void checkEnd(BpfAssembler text) {
        SkbContext.INGRESS.checkEnd(text);
    }

    @Override
    public void checkTag(BpfAssembler text) {
        SkbContext.INGRESS.checkTag(text);
    }

    @Override
    public boolean copies() {
        return true;
    }

    @Override
    public void copy(BpfAssembler text) {
        text.move(R1, R6).load(WORD, R2, R0, 0).move(R3, 0).call(BpfAssembler.HELPER_CLONE_REDIRECT);
    }

    @Override
    public void endings(BpfAssembler text) {
        text.label("host").move(R0, MatchProgram.HANDED_BACK).store(WORD, R6, MatchProgram.SKB_MARK, R0)
                .move(R1, interfaceIndex).move(R2, BPF_F_INGRESS).call(BpfAssembler.HELPER_REDIRECT).exit();
    }
}
