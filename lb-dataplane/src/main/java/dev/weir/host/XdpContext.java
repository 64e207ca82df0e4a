package dev.weir.host;

import static dev.weir.sys.BpfAssembler.Condition.GREATER;
import static dev.weir.sys.BpfAssembler.Condition.GREATER_OR_EQUAL;
import static dev.weir.sys.BpfAssembler.Condition.NOT_EQUAL;
import static dev.weir.sys.BpfAssembler.Operation.ADD;
import static dev.weir.sys.BpfAssembler.Operation.AND;
import static dev.weir.sys.BpfAssembler.Register.R0;
import static dev.weir.sys.BpfAssembler.Register.R1;
import static dev.weir.sys.BpfAssembler.Register.R10;
import static dev.weir.sys.BpfAssembler.Register.R2;
import static dev.weir.sys.BpfAssembler.Register.R3;
import static dev.weir.sys.BpfAssembler.Register.R6;
import static dev.weir.sys.BpfAssembler.Register.R7;
import static dev.weir.sys.BpfAssembler.Register.R9;
import static dev.weir.sys.BpfAssembler.Width.BYTE;
import static dev.weir.sys.BpfAssembler.Width.DOUBLE;
import static dev.weir.sys.BpfAssembler.Width.HALF;
import static dev.weir.sys.BpfAssembler.Width.WORD;

import dev.weir.sys.Bpf;
import dev.weir.sys.BpfAssembler;

/**
 * A program over struct xdp_md: redirects Weir's frames to the AF_XDP socket of their receive queue, and passes all
 * others to the host: what is a health check's meets the program at the ingress. There is no skb yet, so nothing says for whom a frame is but its MAC address, and the frame is
 * read where it stands, each time after a comparison with its end that the verifier asks for.
 *
 * @param hardwareAddress the interface's MAC address
 * @param sockets         descriptor of the map of sockets
 * @param type            XDP, or XDP_IN_PIECES: of a frame in several pieces the first is read, which has the headers
 */
record XdpContext(long hardwareAddress, int sockets, Bpf.ProgramType type) implements MatchContext {
    static final int XDP_DROP = 1;
    static final int XDP_PASS = 2;
    private static final int DATA = 0;
    private static final int DATA_END = 4;
    private static final int RX_QUEUE = 16;
    /** Above any offset that is compared: tells the verifier that it is bounded, and changes nothing. */
    private static final int BOUND = 0x3ffff;

    @Override
    public void begin(BpfAssembler text, int scratch) {
        text.move(R7, 0);
        read(text, scratch, 6);
        text.load(BYTE, R0, R10, scratch).alu(AND, R0, 1).jumpIf(R0, NOT_EQUAL, 0, "for us");
        for (int i = 0; i < 6; i += 2) {
            int part = (int) (hardwareAddress >>> 8 * (4 - i)) & 0xffff;
            text.load(HALF, R0, R10, scratch + i).bigEndian16(R0).jumpIf(R0, NOT_EQUAL, part, "host");
        }
        text.label("for us");
    }

    @Override
    public void read(BpfAssembler text, int to, int count) {
        text.load(WORD, R1, R6, DATA).load(WORD, R2, R6, DATA_END).alu(ADD, R1, R7);
        text.move(R3, R1).alu(ADD, R3, count).jumpIf(R3, GREATER, R2, "host");
        int done = 0;
        for (; count - done >= 8; done += 8) {
            text.load(DOUBLE, R0, R1, done).store(DOUBLE, R10, to + done, R0);
        }
        for (; count - done >= 4; done += 4) {
            text.load(WORD, R0, R1, done).store(WORD, R10, to + done, R0);
        }
        for (; done < count; done += 2) {
            text.load(HALF, R0, R1, done).store(HALF, R10, to + done, R0);
        }
    }

    @Override
    public void checkEnd(BpfAssembler text) {
        text.alu(AND, R2, BOUND).load(WORD, R0, R6, DATA).load(WORD, R3, R6, DATA_END).alu(ADD, R0, R2);
        if (type == Bpf.ProgramType.XDP) {
            text.jumpIf(R0, GREATER, R3, "host");
            return;
        }
        // Only what goes beyond the first piece costs a call; R9 is 0 up to here, and keeps what the call would lose.
        String within = text.freshLabel();
        text.jumpIf(R3, GREATER_OR_EQUAL, R0, within);
        text.move(R9, R2).move(R1, R6).call(BpfAssembler.HELPER_XDP_GET_BUFF_LEN).jumpIf(R9, GREATER, R0, "host");
        text.move(R9, 0).label(within);
    }

    /** A tag that the interface took out of the frame is not to be seen here. */
    @Override
    public void checkTag(BpfAssembler text) {
    }

    @Override
    public boolean copies() {
        return false;
    }

    @Override
    public void copy(BpfAssembler text) {
        throw new IllegalStateException("copies are made where frames are handed back");
    }

    /** A queue without a socket loses Weir's frames: the host must not answer them. */
    @Override
    public void endings(BpfAssembler text) {
        text.label("weir").loadMap(R1, sockets).load(WORD, R2, R6, RX_QUEUE).move(R3, XDP_DROP)
                .call(BpfAssembler.HELPER_REDIRECT_MAP).exit();
        text.label("check").label("host").move(R0, XDP_PASS).exit();
    }
}
