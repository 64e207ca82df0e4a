package dev.weir.host;

import static dev.weir.sys.BpfAssembler.Register.R0;
import static dev.weir.sys.BpfAssembler.Register.R1;
import static dev.weir.sys.BpfAssembler.Register.R2;
import static dev.weir.sys.BpfAssembler.Width.WORD;

import dev.weir.sys.BpfAssembler;

/** At the ingress of a hand-back TAP: marks a frame and lets it come in once more on the interface that it came on. */
final class HandBackProgram {
    private static final int BPF_F_INGRESS = 1;

    private HandBackProgram() {
    }

    static byte[] assemble(int interfaceIndex) {
        return new BpfAssembler().move(R0, MatchProgram.HANDED_BACK).store(WORD, R1, MatchProgram.SKB_MARK, R0)
                .move(R1, interfaceIndex).move(R2, BPF_F_INGRESS).call(BpfAssembler.HELPER_REDIRECT).exit().assemble();
    }
}
