package dev.weir.host;

import dev.weir.sys.BpfAssembler;

/**
 * Where {@link MatchProgram} runs: how it reads a frame there, and what becomes of Weir's frames. R6 has the context
 * throughout, R7 the offset that has been walked to; the rest may lose R0 and R3, and {@link #read} and
 * {@link #checkEnd} also R1 to R5.
 */
sealed interface MatchContext permits SkbContext, HandBackContext, XdpContext {
    /** Lets be what is not for this host, before anything else is looked at. {@code scratch}: 16 bytes of the stack. */
    void begin(BpfAssembler text, int scratch);

    /** Copies bytes of the frame at R7 onto the stack; a frame that has not so many is the host's. */
    void read(BpfAssembler text, int to, int count);

    /** A frame that ends before the offset in R2 is the host's. R9 is 0, and stays so. */
    void checkEnd(BpfAssembler text);

    /** A frame with a tag in it, of which another tag is known beside it, is the host's. */
    void checkTag(BpfAssembler text);

    /** Whether here health checks get their copies of errors about tunnels, of which nobody else says whose they are. */
    boolean copies();

    /** Gives a copy to the interface whose index R0 points to. R0 to R5 are lost. */
    void copy(BpfAssembler text);

    /** What follows the labels "weir", "check" (R0 points to the index of the interface that gets it) and "host". */
    void endings(BpfAssembler text);
}
