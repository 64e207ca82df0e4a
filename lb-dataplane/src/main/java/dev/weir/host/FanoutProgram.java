package dev.weir.host;

import static dev.weir.sys.BpfAssembler.Condition.EQUAL;
import static dev.weir.sys.BpfAssembler.Condition.LESS;
import static dev.weir.sys.BpfAssembler.Condition.NOT_EQUAL;
import static dev.weir.sys.BpfAssembler.Operation.ADD;
import static dev.weir.sys.BpfAssembler.Operation.AND;
import static dev.weir.sys.BpfAssembler.Operation.EXCLUSIVE_OR;
import static dev.weir.sys.BpfAssembler.Operation.MODULO;
import static dev.weir.sys.BpfAssembler.Operation.MULTIPLY;
import static dev.weir.sys.BpfAssembler.Operation.SHIFT_LEFT;
import static dev.weir.sys.BpfAssembler.Operation.SHIFT_RIGHT;
import static dev.weir.sys.BpfAssembler.Register.R0;
import static dev.weir.sys.BpfAssembler.Register.R1;
import static dev.weir.sys.BpfAssembler.Register.R10;
import static dev.weir.sys.BpfAssembler.Register.R2;
import static dev.weir.sys.BpfAssembler.Register.R3;
import static dev.weir.sys.BpfAssembler.Register.R4;
import static dev.weir.sys.BpfAssembler.Register.R6;
import static dev.weir.sys.BpfAssembler.Register.R7;
import static dev.weir.sys.BpfAssembler.Register.R8;
import static dev.weir.sys.BpfAssembler.Register.R9;
import static dev.weir.sys.BpfAssembler.Width.BYTE;
import static dev.weir.sys.BpfAssembler.Width.DOUBLE;
import static dev.weir.sys.BpfAssembler.Width.HALF;
import static dev.weir.sys.BpfAssembler.Width.WORD;

import dev.weir.sys.BpfAssembler;
import dev.weir.wire.ClientHash;

/**
 * To which of several workers' sockets a frame goes (PACKET_FANOUT_EBPF): to the one that owns its client's connections, as
 * the engine's steering says, over the same maps as {@link MatchProgram}. The frame begins with its IP header here. What an
 * ICMP error quotes is not looked at, nor what stands behind IPv6 extension headers; the engine passes such frames on.
 *
 * <p>Registers: R6 the frame's context, R7 the client's address on the stack, R8 the IP protocol, R9 the client's port.
 */
final class FanoutProgram {
    private static final int SKB_PROTOCOL = 16;
    private static final int KEY = -MatchKey.LENGTH - 4;
    private static final int SOURCE = -40;
    private static final int DESTINATION = -56;
    private static final int HEADER = -96;
    private static final int SOURCE_PORT = -104;
    private static final int DESTINATION_PORT = SOURCE_PORT + 2;
    private static final int[] WITH_PORTS = {6, 17, 132};
    private static final int LEAST_V4_HEADER = 20;

    private final BpfAssembler text = new BpfAssembler();
    private final ClientHash hash;
    private final int map;

    private FanoutProgram(ClientHash hash, MatchMaps maps) {
        this.hash = hash;
        map = maps.addresses().descriptor();
    }

    static byte[] assemble(ClientHash hash, MatchMaps maps) {
        return new FanoutProgram(hash, maps).write();
    }

    private byte[] write() {
        text.move(R6, R1).store(WORD, R10, SOURCE_PORT, 0).load(WORD, R0, R6, SKB_PROTOCOL).bigEndian16(R0);
        text.jumpIf(R0, EQUAL, 0x86dd, "ipv6").jumpIf(R0, NOT_EQUAL, 0x0800, "any");
        read(20);
        text.load(BYTE, R8, R10, HEADER + 9);
        mappedV4(SOURCE, HEADER + 12);
        mappedV4(DESTINATION, HEADER + 16);
        if (hash.byFlow()) {
            text.load(HALF, R0, R10, HEADER + 6).bigEndian16(R0).alu(AND, R0, 0x3fff);
            text.jumpIf(R0, NOT_EQUAL, 0, "addresses").load(BYTE, R2, R10, HEADER).alu(AND, R2, 15)
                    .alu(SHIFT_LEFT, R2, 2).jumpIf(R2, LESS, LEAST_V4_HEADER, "addresses").jump("ports");
        } else {
            text.jump("addresses");
        }
        text.label("ipv6");
        read(40);
        text.load(BYTE, R8, R10, HEADER + 6);
        copyAddress(SOURCE, HEADER + 8);
        copyAddress(DESTINATION, HEADER + 24);
        if (hash.byFlow()) {
            text.move(R2, 40).label("ports");
            ports();
        }
        text.label("addresses").move(R7, R10).alu(ADD, R7, SOURCE).load(HALF, R9, R10, SOURCE_PORT);
        lookup(MatchKey.SERVER_FRAGMENTS, R8, SOURCE);
        text.jumpIf(R0, EQUAL, 0, "client");
        text.move(R8, 0);
        lookup(MatchKey.VIRTUAL_ADDRESS, R8, DESTINATION);
        text.jumpIf(R0, NOT_EQUAL, 0, "client").move(R7, R10).alu(ADD, R7, DESTINATION).load(HALF, R9, R10,
                DESTINATION_PORT);
        text.label("client");
        owner();
        text.exit().label("any").move(R0, 0).exit();
        return text.assemble();
    }

    /** As {@link ClientHash#owner}. */
    private void owner() {
        text.load(DOUBLE, R0, R7, 0).bigEndian64(R0);
        mix(hash.key(), ClientHash.FIRST_FACTOR);
        text.load(DOUBLE, R3, R7, 8).bigEndian64(R3).alu(EXCLUSIVE_OR, R0, R3);
        mix(0, ClientHash.SECOND_FACTOR);
        text.bigEndian16(R9).alu(EXCLUSIVE_OR, R0, R9).move(R2, ClientHash.FIRST_FACTOR).alu(MULTIPLY, R0, R2)
                .alu(SHIFT_RIGHT, R0, ClientHash.RESULT_SHIFT);
        text.alu(MODULO, R0, hash.workers());
    }

    /** Those at offset R2, where the protocol has any; they stay 0 otherwise, and where the frame ends before. */
    private void ports() {
        for (int protocol : WITH_PORTS) {
            text.jumpIf(R8, EQUAL, protocol, "has ports");
        }
        text.jump("addresses").label("has ports").move(R1, R6).move(R3, R10).alu(ADD, R3, SOURCE_PORT).move(R4, 4)
                .call(BpfAssembler.HELPER_SKB_LOAD_BYTES);
    }

    private void mix(long with, long factor) {
        text.move(R2, with).alu(EXCLUSIVE_OR, R0, R2).move(R2, factor).alu(MULTIPLY, R0, R2);
        text.move(R1, R0).alu(SHIFT_RIGHT, R1, ClientHash.SHIFT).alu(EXCLUSIVE_OR, R0, R1);
    }

    private void read(int count) {
        text.move(R1, R6).move(R2, 0).move(R3, R10).alu(ADD, R3, HEADER).move(R4, count)
                .call(BpfAssembler.HELPER_SKB_LOAD_BYTES).jumpIf(R0, NOT_EQUAL, 0, "any");
    }

    private void mappedV4(int to, int from) {
        text.store(DOUBLE, R10, to, 0).store(HALF, R10, to + 8, 0).store(HALF, R10, to + 10, 0xffff);
        text.load(WORD, R0, R10, from).store(WORD, R10, to + 12, R0);
    }

    private void copyAddress(int to, int from) {
        text.load(DOUBLE, R0, R10, from).store(DOUBLE, R10, to, R0);
        text.load(DOUBLE, R0, R10, from + 8).store(DOUBLE, R10, to + 8, R0);
    }

    private void lookup(int kind, BpfAssembler.Register protocol, int address) {
        text.load(WORD, R0, R10, address).store(WORD, R10, KEY + MatchKey.ADDRESS, R0);
        text.load(WORD, R0, R10, address + 4).store(WORD, R10, KEY + MatchKey.ADDRESS + 4, R0);
        text.load(WORD, R0, R10, address + 8).store(WORD, R10, KEY + MatchKey.ADDRESS + 8, R0);
        text.load(WORD, R0, R10, address + 12).store(WORD, R10, KEY + MatchKey.ADDRESS + 12, R0);
        text.store(BYTE, R10, KEY + MatchKey.KIND, kind).store(BYTE, R10, KEY + MatchKey.PROTOCOL, protocol);
        text.store(HALF, R10, KEY + MatchKey.PORT, 0);
        text.loadMap(R1, map).move(R2, R10).alu(ADD, R2, KEY).call(BpfAssembler.HELPER_MAP_LOOKUP);
    }
}
