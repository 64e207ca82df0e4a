package dev.weir.soak;

import dev.weir.wire.IpAddress;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** What a frame that left the director says of the flow it is of. One object, set for each frame. */
final class Seen {
    private static final int IPV4 = 0x0800;
    private static final int IPV6 = 0x86dd;
    private MemorySegment memory = MemorySegment.NULL;
    private long ip;
    private long end;
    private boolean v4;
    private int protocol;

    /**
     * Looks into a frame, and into a tunnel in it.
     *
     * @return whether it is TCP or UDP with its ports, of one of the soak's own addresses
     */
    boolean set(MemorySegment frame, long start, int length) {
        memory = frame;
        end = start + length;
        ip = start + Frames.ETHERNET;
        int type = length < Frames.ETHERNET + 20 ? 0 : u16(start + 12);
        if (type != IPV4 && type != IPV6) {
            return false;
        }
        readHeader(type == IPV4);
        if (protocol == 4 || protocol == 41) {
            ip = transport();
            readHeader(protocol == 4);
        }
        return (protocol == Frames.TCP || protocol == Frames.UDP) && transport() + 8 <= end && !isLaterFragment();
    }

    private void readHeader(boolean isV4) {
        v4 = isV4;
        protocol = ip + (isV4 ? 20 : 40) > end ? -1 : u8(ip + (isV4 ? 9 : 6));
    }

    private boolean isLaterFragment() {
        return v4 && (u16(ip + 6) & 0x1fff) != 0;
    }

    private long transport() {
        return ip + (v4 ? (u8(ip) & 15) * 4L : 40);
    }

    /** The flow of a frame to a server, by its source; -1: of none. */
    long flowToServer() {
        return Flows.of(client(source()), u16(transport()));
    }

    /** The flow of a frame to a client, by its destination; -1: of none. */
    long flowToClient() {
        return Flows.of(client(source() + (v4 ? 4 : 16)), u16(transport() + 2));
    }

    private long source() {
        return ip + (v4 ? 12 : 8);
    }

    /** Whether a frame to a client has the address and port of a service. */
    boolean comesFrom(VirtualService service) {
        return v4 == service.v4() && (protocol == Frames.TCP) == service.tcp()
                && u16(transport()) == VirtualService.PORT && isFrom(service.address());
    }

    /** The server of a service that its source address is; -1: none. */
    int server(VirtualService service) {
        for (int server = 0; server < VirtualService.SERVERS; server++) {
            if (isFrom(service.server(server))) {
                return server;
            }
        }
        return -1;
    }

    private boolean isFrom(IpAddress address) {
        return v4 == address.isV4() && memory.asSlice(source(), v4 ? 4 : 16)
                .mismatch(MemorySegment.ofArray(address.bytes())) < 0;
    }

    /** Its source, for the text of a fault. */
    String from() {
        return IpAddress.of(memory.asSlice(source(), v4 ? 4 : 16).toArray(ValueLayout.JAVA_BYTE)) + " port "
                + u16(transport());
    }

    /** The low 16 bits of a client's address; -1: not of a client. */
    private int client(long address) {
        boolean clients = v4 ? u16(address) == 0x0a09 : u16(address) == 0xfd09;
        return clients ? u16(address + (v4 ? 2 : 14)) : -1;
    }

    /** Whether it comes from a client whose packets are damaged: the host may have routed it anywhere. */
    boolean isDamaged() {
        return u16(source()) == (v4 ? 0x0a08 : 0xfd08);
    }

    private int u8(long at) {
        return memory.get(ValueLayout.JAVA_BYTE, at) & 255;
    }

    private int u16(long at) {
        return u8(at) << 8 | u8(at + 1);
    }
}
