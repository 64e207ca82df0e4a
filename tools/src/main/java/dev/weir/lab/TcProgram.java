package dev.weir.lab;

import dev.weir.sys.Bpf;
import dev.weir.sys.BpfAssembler;
import dev.weir.sys.BpfAssembler.Condition;
import dev.weir.sys.BpfAssembler.Operation;
import dev.weir.sys.BpfAssembler.Register;
import dev.weir.sys.Netlink;
import dev.weir.sys.NetlinkRequest;
import java.io.IOException;
import java.net.NetworkInterface;
import org.jspecify.annotations.Nullable;

/**
 * What programs at clsact have in common, the lab's and those of measurements: how they begin and end, and how they look
 * into a packet.
 */
public final class TcProgram {
    /** Where all ends: the packet goes on, changed or not. */
    public static final String PASS = "pass";
    public static final int ETHERNET_HEADER = 14;
    /** Ethernet types as struct __sk_buff and headers have them, in network order. */
    static final int IPV4 = networkOrder(0x0800);
    static final int IPV6 = networkOrder(0x86dd);
    /** Offsets in struct __sk_buff. */
    static final int SKB_PROTOCOL = 16;
    static final int SKB_VLAN_PRESENT = 20;
    /** {@link #copy} leaves bytes of the packet at this offset of this register: on the stack. */
    static final Register COPY = Register.R10;
    static final int COPY_OFFSET = -40;
    private static final int TC_ACT_OK = 0;

    private static final int RTM_NEWQDISC = 36;
    private static final int RTM_NEWTFILTER = 44;
    private static final int CLSACT_HANDLE = 0xffff0000;
    private static final int CLSACT_PARENT = 0xfffffff1;
    private static final int TCA_KIND = 1;
    private static final int TCA_OPTIONS = 2;
    private static final int TCA_BPF_FD = 6;
    private static final int TCA_BPF_NAME = 7;
    private static final int TCA_BPF_FLAGS = 8;
    private static final int DIRECT_ACTION = 1;
    /** Preference 1 and ETH_P_ALL, as struct tcmsg has them. */
    private static final int FIRST_OF_ALL_PROTOCOLS = 1 << 16 | networkOrder(3);

    /** Where a clsact qdisc runs programs. */
    public enum Hook {
        INGRESS(0xfffffff2), EGRESS(0xfffffff3);

        private final int parent;

        Hook(int parent) {
            this.parent = parent;
        }
    }

    private TcProgram() {
    }

    /**
     * Loads the program and attaches it, where it stays until the qdisc or the interface goes; {@code tc qdisc del dev
     * INTERFACE clsact} removes it.
     */
    public static void attach(String name, byte[] instructions, String interfaceName, Hook hook) throws IOException {
        int index = index(interfaceName);
        try (Bpf.Program program = new Bpf.Program(Bpf.ProgramType.SCHED_CLS, name, instructions);
                Netlink netlink = Netlink.forRequests()) {
            netlink.request(new NetlinkRequest(RTM_NEWQDISC, NetlinkRequest.CREATE | NetlinkRequest.REPLACE).u32(0)
                    .u32(index).u32(CLSACT_HANDLE).u32(CLSACT_PARENT).u32(0).attribute(TCA_KIND, "clsact"),
                    "tc qdisc replace dev " + interfaceName + " clsact");
            netlink.request(new NetlinkRequest(RTM_NEWTFILTER, NetlinkRequest.CREATE | NetlinkRequest.EXCLUSIVE).u32(0)
                    .u32(index).u32(1).u32(hook.parent).u32(FIRST_OF_ALL_PROTOCOLS)
                    .attribute(TCA_KIND, "bpf").nest(TCA_OPTIONS).attribute(TCA_BPF_FD, program.descriptor())
                    .attribute(TCA_BPF_NAME, name).attribute(TCA_BPF_FLAGS, DIRECT_ACTION).end(),
                    "tc filter add dev " + interfaceName + " bpf " + name);
        }
    }

    private static int index(String interfaceName) throws IOException {
        NetworkInterface found = NetworkInterface.getByName(interfaceName);
        if (found == null) {
            throw new IOException("no interface " + interfaceName);
        }
        return found.getIndex();
    }

    /** R6 is the context from here on. */
    public static BpfAssembler begin() {
        return new BpfAssembler().move(Register.R6, Register.R1);
    }

    public static byte[] end(BpfAssembler code) {
        return code.label(PASS).move(Register.R0, TC_ACT_OK).exit().assemble();
    }

    /** Copies {@code length} bytes, at most 40, from {@code offset} of the frame, or from so much after a register's. */
    static void copy(BpfAssembler code, int offset, @Nullable Register after, int length) {
        code.move(Register.R1, Register.R6).move(Register.R2, offset);
        if (after != null) {
            code.alu(Operation.ADD, Register.R2, after);
        }
        code.move(Register.R3, COPY)
                .alu(Operation.ADD, Register.R3, COPY_OFFSET)
                .move(Register.R4, length)
                .call(BpfAssembler.HELPER_SKB_LOAD_BYTES)
                .jumpIf(Register.R0, Condition.NOT_EQUAL, 0, PASS);
    }

    /** 16 bits of a header as a machine word sees them. */
    static int networkOrder(int value) {
        return NetlinkRequest.networkOrder(value);
    }
}
