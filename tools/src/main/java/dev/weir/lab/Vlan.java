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
import dev.weir.sys.BpfAssembler.Register;
import dev.weir.sys.BpfAssembler.Width;
import dev.weir.wire.IpAddress;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * {@code Vlan push INTERFACE ID ADDRESS}: TCP that leaves there for the address gets a tag; ARP and ND stay untagged, so
 * the host at the other end needs no VLAN interface. {@code Vlan pop INTERFACE}: every frame that arrives loses its tag.
 */
public final class Vlan {
    private static final int HELPER_SKB_VLAN_PUSH = 18;
    private static final int HELPER_SKB_VLAN_POP = 19;
    private static final int ETHERTYPE_VLAN = networkOrder(0x8100);
    private static final int PROTOCOL_TCP = 6;

    private Vlan() {
    }

    public static void main(String[] arguments) throws IOException {
        if (arguments.length == 4 && arguments[0].equals("push")) {
            TcProgram.attach("lab_vlan_push", push(Integer.parseInt(arguments[2]), IpAddress.parse(arguments[3])),
                    arguments[1], TcProgram.Hook.EGRESS);
        } else if (arguments.length == 2 && arguments[0].equals("pop")) {
            TcProgram.attach("lab_vlan_pop", pop(), arguments[1], TcProgram.Hook.INGRESS);
        } else {
            System.err.println("usage: Vlan push INTERFACE ID ADDRESS | Vlan pop INTERFACE");
            System.exit(2);
        }
    }

    static byte[] push(int id, IpAddress address) {
        boolean v4 = address.isV4();
        int protocol = v4 ? 9 : 6;
        int destination = v4 ? 16 : 24;
        BpfAssembler code = TcProgram.begin();
        code.load(Width.WORD, Register.R1, Register.R6, TcProgram.SKB_PROTOCOL)
                .jumpIf(Register.R1, Condition.NOT_EQUAL, v4 ? IPV4 : IPV6, PASS);
        TcProgram.copy(code, ETHERNET_HEADER, null, v4 ? 20 : 40);
        code.load(Width.BYTE, Register.R1, COPY, COPY_OFFSET + protocol)
                .jumpIf(Register.R1, Condition.NOT_EQUAL, PROTOCOL_TCP, PASS);
        // Halves, since a word compared with an immediate would be one whose sign is extended.
        ByteBuffer bytes = ByteBuffer.wrap(address.bytes());
        for (int i = 0; i < bytes.capacity(); i += 2) {
            code.load(Width.HALF, Register.R1, COPY, COPY_OFFSET + destination + i)
                    .jumpIf(Register.R1, Condition.NOT_EQUAL, networkOrder(bytes.getShort(i)), PASS);
        }
        code.move(Register.R1, Register.R6)
                .move(Register.R2, ETHERTYPE_VLAN)
                .move(Register.R3, id)
                .call(HELPER_SKB_VLAN_PUSH);
        return TcProgram.end(code);
    }

    static byte[] pop() {
        BpfAssembler code = TcProgram.begin();
        code.load(Width.WORD, Register.R1, Register.R6, TcProgram.SKB_VLAN_PRESENT)
                .jumpIf(Register.R1, Condition.EQUAL, 0, PASS)
                .move(Register.R1, Register.R6)
                .call(HELPER_SKB_VLAN_POP);
        return TcProgram.end(code);
    }
}
