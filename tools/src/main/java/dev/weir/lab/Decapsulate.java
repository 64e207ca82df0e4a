package dev.weir.lab;

import static dev.weir.lab.TcProgram.COPY;
import static dev.weir.lab.TcProgram.COPY_OFFSET;
import static dev.weir.lab.TcProgram.ETHERNET_HEADER;
import static dev.weir.lab.TcProgram.IPV4;
import static dev.weir.lab.TcProgram.IPV6;
import static dev.weir.lab.TcProgram.PASS;
import static dev.weir.lab.TcProgram.networkOrder;

import dev.weir.sys.BpfAssembler;
import dev.weir.sys.BpfAssembler.Condition;
import dev.weir.sys.BpfAssembler.Operation;
import dev.weir.sys.BpfAssembler.Register;
import dev.weir.sys.BpfAssembler.Width;
import java.io.IOException;

/**
 * {@code Decapsulate INTERFACE GUE-PORT}: attaches a program at the interface's ingress that takes the outer header off
 * what a director tunnels, as the kernel's tunnel devices do: IPIP of either family in either, GRE, and GUE without
 * remote checksum offload. The inner packet goes on as if it had come so; an unfinished checksum stays unfinished, since
 * where it starts is counted from the packet's end. Outer fragments and all else pass unchanged.
 */
public final class Decapsulate {
    private static final int HELPER_SKB_STORE_BYTES = 9;
    private static final int HELPER_SKB_ADJUST_ROOM = 50;
    /** BPF_ADJ_ROOM_MAC: room between the Ethernet header and the network header. */
    private static final int ROOM_MAC = 1;
    /** BPF_F_ADJ_ROOM_DECAP_L3_IPV4 and _IPV6: which family comes out, where it is another; since Linux 6.3. */
    private static final int INNER_IPV4 = 1 << 7;
    private static final int INNER_IPV6 = 1 << 8;
    private static final int PROTOCOL_IPIP = 4;
    private static final int PROTOCOL_UDP = 17;
    private static final int PROTOCOL_IPV6 = 41;
    private static final int PROTOCOL_GRE = 47;
    private static final int GRE_CHECKSUM = networkOrder(0x8000);
    private static final int UDP_HEADER = 8;

    private static final Register CONTEXT = Register.R6;
    private static final Register OUTER_LENGTH = Register.R7;
    private static final Register INNER = Register.R8;
    private static final Register FAMILY = Register.R9;

    private Decapsulate() {
    }

    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 2) {
            System.err.println("usage: Decapsulate INTERFACE GUE-PORT");
            System.exit(2);
        }
        TcProgram.attach("lab_decapsulate", program(Integer.parseInt(arguments[1])), arguments[0],
                TcProgram.Hook.INGRESS);
    }

    static byte[] program(int guePort) {
        BpfAssembler code = TcProgram.begin();
        code.load(Width.WORD, FAMILY, CONTEXT, TcProgram.SKB_PROTOCOL)
                .jumpIf(FAMILY, Condition.EQUAL, IPV4, "ipv4")
                .jumpIf(FAMILY, Condition.EQUAL, IPV6, "ipv6")
                .jump(PASS);
        outerHeaders(code);
        code.label("inner")
                .jumpIf(INNER, Condition.EQUAL, PROTOCOL_IPIP, "to ipv4")
                .jumpIf(INNER, Condition.EQUAL, PROTOCOL_IPV6, "to ipv6")
                .jumpIf(INNER, Condition.EQUAL, PROTOCOL_GRE, "gre")
                .jumpIf(INNER, Condition.EQUAL, PROTOCOL_UDP, "gue")
                .jump(PASS);
        gre(code);
        gue(code, guePort);
        takeOff(code);
        return TcProgram.end(code);
    }

    /** Leaves the outer IP header's length, and what follows it. */
    private static void outerHeaders(BpfAssembler code) {
        code.label("ipv4");
        TcProgram.copy(code, ETHERNET_HEADER, null, 20);
        code.load(Width.BYTE, OUTER_LENGTH, COPY, COPY_OFFSET)
                .alu(Operation.AND, OUTER_LENGTH, 0x0f)
                .alu(Operation.SHIFT_LEFT, OUTER_LENGTH, 2)
                .load(Width.HALF, Register.R1, COPY, COPY_OFFSET + 6)
                .alu(Operation.AND, Register.R1, networkOrder(0x3fff))
                .jumpIf(Register.R1, Condition.NOT_EQUAL, 0, PASS)
                .load(Width.BYTE, INNER, COPY, COPY_OFFSET + 9)
                .jump("inner")
                .label("ipv6");
        TcProgram.copy(code, ETHERNET_HEADER, null, 40);
        code.move(OUTER_LENGTH, 40)
                .load(Width.BYTE, INNER, COPY, COPY_OFFSET + 6);
    }

    /** RFC 2784: flags, protocol, and with a checksum four bytes more. Keys and sequence numbers are not for us. */
    private static void gre(BpfAssembler code) {
        code.label("gre");
        TcProgram.copy(code, ETHERNET_HEADER, OUTER_LENGTH, 4);
        code.load(Width.HALF, Register.R1, COPY, COPY_OFFSET)
                .load(Width.HALF, INNER, COPY, COPY_OFFSET + 2)
                .alu(Operation.ADD, OUTER_LENGTH, 4)
                .jumpIf(Register.R1, Condition.EQUAL, 0, "gre family")
                .jumpIf(Register.R1, Condition.NOT_EQUAL, GRE_CHECKSUM, PASS)
                .alu(Operation.ADD, OUTER_LENGTH, 4)
                .label("gre family")
                .jumpIf(INNER, Condition.EQUAL, IPV4, "to ipv4")
                .jumpIf(INNER, Condition.EQUAL, IPV6, "to ipv6")
                .jump(PASS);
    }

    /** UDP, then GUE's version 0: control bit and header length in its first byte, the inner protocol in the second. */
    private static void gue(BpfAssembler code, int port) {
        code.label("gue");
        TcProgram.copy(code, ETHERNET_HEADER, OUTER_LENGTH, UDP_HEADER + 4);
        code.load(Width.HALF, Register.R1, COPY, COPY_OFFSET + 2)
                .jumpIf(Register.R1, Condition.NOT_EQUAL, networkOrder(port), PASS)
                .load(Width.BYTE, Register.R1, COPY, COPY_OFFSET + UDP_HEADER)
                .jumpIf(Register.R1, Condition.GREATER, 0x1f, PASS)
                .alu(Operation.SHIFT_LEFT, Register.R1, 2)
                .alu(Operation.ADD, OUTER_LENGTH, Register.R1)
                .alu(Operation.ADD, OUTER_LENGTH, UDP_HEADER + 4)
                .load(Width.BYTE, INNER, COPY, COPY_OFFSET + UDP_HEADER + 1)
                .jumpIf(INNER, Condition.EQUAL, PROTOCOL_IPIP, "to ipv4")
                .jumpIf(INNER, Condition.EQUAL, PROTOCOL_IPV6, "to ipv6")
                .jump(PASS);
    }

    private static void takeOff(BpfAssembler code) {
        code.label("to ipv4")
                .move(Register.R4, 0)
                .jumpIf(FAMILY, Condition.EQUAL, IPV4, "shrink")
                .move(FAMILY, IPV4)
                .move(Register.R4, INNER_IPV4)
                .jump("shrink")
                .label("to ipv6")
                .move(Register.R4, 0)
                .jumpIf(FAMILY, Condition.EQUAL, IPV6, "shrink")
                .move(FAMILY, IPV6)
                .move(Register.R4, INNER_IPV6)
                .label("shrink")
                .move(INNER, Register.R4)
                .move(Register.R1, CONTEXT)
                .move(Register.R2, 0)
                .alu(Operation.SUBTRACT, Register.R2, OUTER_LENGTH)
                .move(Register.R3, ROOM_MAC)
                .call(HELPER_SKB_ADJUST_ROOM)
                .jumpIf(Register.R0, Condition.NOT_EQUAL, 0, PASS)
                .jumpIf(INNER, Condition.EQUAL, 0, PASS)
                .store(Width.HALF, COPY, COPY_OFFSET, FAMILY)
                .move(Register.R1, CONTEXT)
                .move(Register.R2, ETHERNET_HEADER - 2)
                .move(Register.R3, COPY)
                .alu(Operation.ADD, Register.R3, COPY_OFFSET)
                .move(Register.R4, 2)
                .move(Register.R5, 0)
                .call(HELPER_SKB_STORE_BYTES);
    }
}
