package dev.weir.host;

import static dev.weir.sys.BpfAssembler.Condition.EQUAL;
import static dev.weir.sys.BpfAssembler.Condition.LESS;
import static dev.weir.sys.BpfAssembler.Condition.NOT_EQUAL;
import static dev.weir.sys.BpfAssembler.Operation.ADD;
import static dev.weir.sys.BpfAssembler.Operation.AND;
import static dev.weir.sys.BpfAssembler.Operation.SHIFT_LEFT;
import static dev.weir.sys.BpfAssembler.Operation.SHIFT_RIGHT;
import static dev.weir.sys.BpfAssembler.Register.R0;
import static dev.weir.sys.BpfAssembler.Register.R1;
import static dev.weir.sys.BpfAssembler.Register.R10;
import static dev.weir.sys.BpfAssembler.Register.R2;
import static dev.weir.sys.BpfAssembler.Register.R6;
import static dev.weir.sys.BpfAssembler.Register.R7;
import static dev.weir.sys.BpfAssembler.Register.R8;
import static dev.weir.sys.BpfAssembler.Register.R9;
import static dev.weir.sys.BpfAssembler.Width.BYTE;
import static dev.weir.sys.BpfAssembler.Width.DOUBLE;
import static dev.weir.sys.BpfAssembler.Width.HALF;
import static dev.weir.sys.BpfAssembler.Width.WORD;

import dev.weir.sys.Bpf;
import dev.weir.sys.BpfAssembler;

/**
 * Which frames are Weir's, as one BPF program text for three places: on a receiving socket Weir's frames are accepted and
 * all others not, at an interface's ingress Weir's are dropped and all others go on, in a driver Weir's are redirected to
 * AF_XDP sockets. Where frames are handed back, it finds those that health checks want to see. {@link MatchContext} is what differs. So each frame has just one owner. Truncated headers, and what
 * the rules do not name, are the host's.
 *
 * <p>Registers: R6 the frame's context, R7 the offset that has been walked to, R8 the IP protocol, R9 not 0 for a
 * fragment.
 */
final class MatchProgram {
    /** skb->mark of what Weir has handed back to the host: nobody takes it a second time. "weir" in ASCII. */
    static final int HANDED_BACK = 0x77656972;
    static final int TC_ACT_UNSPEC = -1;
    static final int TC_ACT_SHOT = 2;

    /** struct __sk_buff. */
    static final int SKB_MARK = 8;

    /** Where things stand on the stack, from R10. */
    private static final int KEY = -MatchKey.LENGTH;
    private static final int PREFIX_KEY = KEY - Bpf.PREFIX_HEADER;
    private static final int DESTINATION = -40;
    private static final int SOURCE = -56;
    private static final int HEADER = -96;
    private static final int PORTS = -104;
    private static final int SOURCE_PORT = PORTS;
    private static final int DESTINATION_PORT = PORTS + 2;
    private static final int INNER_DESTINATION = -120;
    private static final int NO_PORT = 0;

    private static final int FTP_DATA = 20;
    private static final int FIRST_UNPRIVILEGED_PORT = 1024;
    private static final int EXTENSION_HEADERS = 6;
    private static final int ICMP = 1;
    private static final int ICMPV6 = 58;
    private static final int[] TRANSPORTS = {6, 17, 132};
    private static final int[] TUNNELS = {4, 41, 47};

    private final BpfAssembler text = new BpfAssembler();
    private final MatchContext context;
    private final int map;
    private final int prefixes;

    private MatchProgram(MatchContext context, MatchMaps maps) {
        this.context = context;
        this.map = maps.addresses().descriptor();
        this.prefixes = maps.prefixes().descriptor();
    }

    /** @param maps with keys as in {@link MatchKey} */
    static byte[] assemble(MatchContext context, MatchMaps maps) {
        return new MatchProgram(context, maps).write();
    }

    private byte[] write() {
        text.move(R6, R1);
        ethernet();
        ipv4();
        ipv6();
        icmp(4);
        icmp(6);
        transport();
        context.endings(text);
        return text.assemble();
    }

    private void ethernet() {
        context.begin(text, HEADER);
        text.move(R7, 12);
        read(HEADER, 2);
        text.load(HALF, R8, R10, HEADER).bigEndian16(R8).move(R7, 14);
        text.jumpIf(R8, EQUAL, 0x8100, "vlan").jumpIf(R8, NOT_EQUAL, 0x88a8, "ip");
        text.label("vlan");
        context.checkTag(text);
        text.move(R7, 16);
        read(HEADER, 2);
        text.load(HALF, R8, R10, HEADER).bigEndian16(R8).move(R7, 18);
        text.label("ip").move(R9, 0);
        text.jumpIf(R8, EQUAL, 0x86dd, "ipv6").jumpIf(R8, NOT_EQUAL, 0x0800, "host");
    }

    private void ipv4() {
        read(HEADER, 20);
        text.load(HALF, R2, R10, HEADER + 2).bigEndian16(R2);
        headerLengthV4(R8, HEADER);
        text.jumpIf(R2, LESS, R8, "host").alu(ADD, R2, R7);
        context.checkEnd(text);
        text.alu(ADD, R7, R8).load(BYTE, R8, R10, HEADER + 9);
        text.load(HALF, R9, R10, HEADER + 6).bigEndian16(R9).alu(AND, R9, 0x3fff);
        mappedV4(SOURCE, HEADER + 12);
        mappedV4(DESTINATION, HEADER + 16);
        text.jumpIf(R8, EQUAL, ICMP, "icmp4").jump("transport");
    }

    /** Checks version and header length of an IPv4 header on the stack; the bytes of it are in {@code to} then. */
    private void headerLengthV4(BpfAssembler.Register to, int header) {
        text.load(BYTE, to, R10, header).move(R0, to).alu(SHIFT_RIGHT, R0, 4).jumpIf(R0, NOT_EQUAL, 4, "host");
        text.alu(AND, to, 15).alu(SHIFT_LEFT, to, 2).jumpIf(to, LESS, 20, "host");
    }

    private void ipv6() {
        text.label("ipv6");
        read(HEADER, 40);
        versionV6(HEADER);
        text.load(HALF, R2, R10, HEADER + 4).bigEndian16(R2).alu(ADD, R2, R7).alu(ADD, R2, 40);
        context.checkEnd(text);
        text.alu(ADD, R7, 40).load(BYTE, R8, R10, HEADER + 6);
        copyAddress(SOURCE, HEADER + 8);
        copyAddress(DESTINATION, HEADER + 24);
        for (int i = 0; i < EXTENSION_HEADERS; i++) {
            extensionHeader();
        }
        text.label("ipv6 payload").jumpIf(R8, EQUAL, ICMPV6, "icmp6").jump("transport");
    }

    private void versionV6(int header) {
        text.load(BYTE, R0, R10, header).alu(SHIFT_RIGHT, R0, 4).jumpIf(R0, NOT_EQUAL, 6, "host");
    }

    /** Hop-by-hop, routing and destination options are passed over; behind a fragment header nothing more is walked. */
    private void extensionHeader() {
        String options = text.freshLabel();
        text.jumpIf(R8, EQUAL, 0, options).jumpIf(R8, EQUAL, 43, options).jumpIf(R8, EQUAL, 60, options);
        text.jumpIf(R8, NOT_EQUAL, 44, "ipv6 payload");
        read(HEADER, 8);
        text.load(BYTE, R8, R10, HEADER).alu(ADD, R7, 8).move(R9, 1).jump("ipv6 payload");
        text.label(options);
        read(HEADER, 2);
        text.load(BYTE, R8, R10, HEADER).load(BYTE, R1, R10, HEADER + 1).alu(ADD, R1, 1).alu(SHIFT_LEFT, R1, 3);
        text.alu(ADD, R7, R1);
    }

    private void transport() {
        text.label("transport");
        if (context.copies()) {
            text.jump("host");
            return;
        }
        for (int protocol : TRANSPORTS) {
            text.jumpIf(R8, EQUAL, protocol, "tcp, udp or sctp");
        }
        text.jump("host").label("tcp, udp or sctp").jumpIf(R9, NOT_EQUAL, 0, "fragment");
        read(PORTS, 4);
        check(DESTINATION, DESTINATION_PORT);
        // A server that has no virtual address may send on what it should take.
        check(SOURCE, SOURCE_PORT);
        lookup(MatchKey.SERVICE, DESTINATION, DESTINATION_PORT, "weir");
        lookup(MatchKey.SERVICE, DESTINATION, NO_PORT, "weir");
        key(MatchKey.SERVICE, DESTINATION, DESTINATION_PORT);
        ifByPrefix("weir");
        key(MatchKey.SERVICE, DESTINATION, NO_PORT);
        ifByPrefix("weir");
        lookup(MatchKey.SERVER, SOURCE, SOURCE_PORT, "from server");
        lookup(MatchKey.SERVER, SOURCE, NO_PORT, "from server");
        ftpData();
        text.jump("outward");
        text.label("fragment");
        lookup(MatchKey.SERVICE_FRAGMENTS, DESTINATION, NO_PORT, "weir");
        ifByPrefix("weir");
        lookup(MatchKey.SERVER_FRAGMENTS, SOURCE, NO_PORT, "from server");
        text.label("outward");
        lookup(MatchKey.OUTWARD, SOURCE, NO_PORT, "from server");
        askPrefixes("from server");
        text.jump("host");
        text.label("from server");
        ifToHost("host");
        text.jump("weir");
    }

    /** Whether a health check ends at that address and port, or an ICMP error is about one. */
    private void check(int address, int port) {
        String otherwise = text.freshLabel();
        text.load(HALF, R0, R10, port).bigEndian16(R0).jumpIf(R0, LESS, MatchKey.FIRST_CHECK_PORT, otherwise);
        lookup(MatchKey.CHECK, address, port, "check");
        text.label(otherwise);
    }

    private void copyToCheck(int port) {
        String found = text.freshLabel();
        lookup(MatchKey.CHECKED_TUNNEL, INNER_DESTINATION, port, found);
        text.jump("host").label(found);
        context.copy(text);
        text.jump("host");
    }

    private void ifToVirtualAddress(String then) {
        addressKey(MatchKey.VIRTUAL_ADDRESS);
        ask(then);
        ifByPrefix(then);
    }

    /** The key is a prefix', which stands for all its addresses, or for those that are the host's. */
    private void ifByPrefix(String then) {
        String byPrefix = text.freshLabel();
        String otherwise = text.freshLabel();
        askPrefixes(byPrefix);
        text.jump(otherwise).label(byPrefix);
        text.load(BYTE, R0, R0, 0).jumpIf(R0, EQUAL, MatchKey.DELIVERED, then);
        ifToHost(then);
        text.label(otherwise);
    }

    private void ifToHost(String then) {
        addressKey(MatchKey.HOST_ADDRESS);
        ask(then);
        askPrefixes(then);
    }

    /** Which ports data connections have is said in their control connections only. What is none of them is handed back. */
    private void ftpData() {
        text.load(HALF, R0, R10, DESTINATION_PORT).bigEndian16(R0).jumpIf(R0, EQUAL, FTP_DATA, "to ftp data port");
        text.jumpIf(R0, LESS, FIRST_UNPRIVILEGED_PORT, "not to ftp data port").label("to ftp data port");
        lookup(MatchKey.FTP_SERVICE, DESTINATION, NO_PORT, "weir");
        text.label("not to ftp data port").load(HALF, R0, R10, SOURCE_PORT).bigEndian16(R0);
        text.jumpIf(R0, LESS, FIRST_UNPRIVILEGED_PORT, "outward");
        lookup(MatchKey.FTP_SERVER, SOURCE, NO_PORT, "from server");
    }

    /**
     * An error is Weir's where it is to a virtual address, or about a packet to a server; an echo request that goes outward,
     * and a reply to an address from which such leave.
     */
    private void icmp(int version) {
        boolean v4 = version == 4;
        String embedded = text.freshLabel();
        text.label("icmp" + version).jumpIf(R9, NOT_EQUAL, 0, context.copies() ? "host" : "fragment");
        read(HEADER, 8);
        text.load(BYTE, R0, R10, HEADER);
        for (int error : v4 ? new int[]{3, 4, 11, 12} : new int[]{1, 2, 3, 4}) {
            text.jumpIf(R0, EQUAL, error, embedded);
        }
        if (!context.copies()) {
            text.jumpIf(R0, EQUAL, v4 ? 8 : 128, "outward").jumpIf(R0, NOT_EQUAL, v4 ? 0 : 129, "host");
            lookup(MatchKey.SERVICE, DESTINATION, NO_PORT, "weir");
        }
        text.jump("host").label(embedded);
        if (!context.copies()) {
            ifToVirtualAddress("weir");
        }
        text.alu(ADD, R7, 8);
        if (v4) {
            read(HEADER, 20);
            headerLengthV4(R1, HEADER);
            text.alu(ADD, R7, R1).load(BYTE, R8, R10, HEADER + 9);
            mappedV4(INNER_DESTINATION, HEADER + 16);
        } else {
            read(HEADER, 40);
            versionV6(HEADER);
            text.alu(ADD, R7, 40).load(BYTE, R8, R10, HEADER + 6);
            copyAddress(INNER_DESTINATION, HEADER + 24);
        }
        for (int tunnel : TUNNELS) {
            text.jumpIf(R8, EQUAL, tunnel, "about server" + version);
        }
        String withPorts = text.freshLabel();
        for (int transport : TRANSPORTS) {
            text.jumpIf(R8, EQUAL, transport, withPorts);
        }
        text.jump("host").label(withPorts);
        read(PORTS, 4);
        if (context.copies()) {
            copyToCheck(DESTINATION_PORT);
            text.label("about server" + version);
            copyToCheck(NO_PORT);
            return;
        }
        check(DESTINATION, SOURCE_PORT);
        lookup(MatchKey.SERVER, INNER_DESTINATION, DESTINATION_PORT, "weir");
        lookup(MatchKey.FTP_SERVER, INNER_DESTINATION, NO_PORT, "weir");
        text.label("about server" + version);
        lookup(MatchKey.SERVER, INNER_DESTINATION, NO_PORT, "weir");
        text.jump("host");
    }

    private void read(int to, int count) {
        context.read(text, to, count);
    }

    private void mappedV4(int to, int from) {
        text.store(DOUBLE, R10, to, 0).store(HALF, R10, to + 8, 0).store(HALF, R10, to + 10, 0xffff);
        text.load(WORD, R0, R10, from).store(WORD, R10, to + 12, R0);
    }

    private void copyAddress(int to, int from) {
        text.load(DOUBLE, R0, R10, from).store(DOUBLE, R10, to, R0);
        text.load(DOUBLE, R0, R10, from + 8).store(DOUBLE, R10, to + 8, R0);
    }

    private void lookup(int kind, int address, int port, String found) {
        key(kind, address, port);
        ask(found);
    }

    /** @param port where the port stands on the stack, or {@link #NO_PORT} */
    private void key(int kind, int address, int port) {
        copyAddress(KEY + MatchKey.ADDRESS, address);
        text.store(BYTE, R10, KEY + MatchKey.KIND, kind).store(BYTE, R10, KEY + MatchKey.PROTOCOL, R8);
        if (port == NO_PORT) {
            text.store(HALF, R10, KEY + MatchKey.PORT, 0);
        } else {
            text.load(HALF, R0, R10, port).store(HALF, R10, KEY + MatchKey.PORT, R0);
        }
    }

    /** For kinds that know neither protocol nor port, by the packet's destination. */
    private void addressKey(int kind) {
        copyAddress(KEY + MatchKey.ADDRESS, DESTINATION);
        text.store(BYTE, R10, KEY + MatchKey.KIND, kind).store(BYTE, R10, KEY + MatchKey.PROTOCOL, 0);
        text.store(HALF, R10, KEY + MatchKey.PORT, 0);
    }

    private void ask(String found) {
        ask(map, KEY, found);
    }

    private void askPrefixes(String found) {
        text.store(WORD, R10, PREFIX_KEY, 8 * MatchKey.LENGTH);
        ask(prefixes, PREFIX_KEY, found);
    }

    private void ask(int asked, int key, String found) {
        text.loadMap(R1, asked).move(R2, R10).alu(ADD, R2, key).call(BpfAssembler.HELPER_MAP_LOOKUP)
                .jumpIf(R0, NOT_EQUAL, 0, found);
    }
}
