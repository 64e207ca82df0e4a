package dev.weir.soak;

import dev.weir.wire.IpAddress;
import java.util.Arrays;

/** Frames to the director, made by code of their own: nothing here is what forwards them. */
final class Frames {
    static final int ETHERNET = 14;
    static final int TCP = 6;
    static final int UDP = 17;
    static final int FIN = 1;
    static final int SYN = 2;
    static final int RST = 4;
    static final int ACK = 16;
    private static final int TTL = 64;

    private Frames() {
    }

    /** Where packets come from and go to. */
    record Way(IpAddress source, int sourcePort, IpAddress destination, int destinationPort) {
        boolean v4() {
            return source.isV4();
        }
    }

    static byte[] tcp(long mac, Way way, int flags, int sequence, int payload) {
        byte[] body = new byte[20 + payload];
        ports(body, 0, way);
        u32(body, 4, sequence);
        u32(body, 8, (flags & ACK) == 0 ? 0 : 1);
        body[12] = 0x50;
        body[13] = (byte) flags;
        u16(body, 14, 65535);
        u16(body, 16, checksum(body, pseudoHeader(way, TCP, body.length)));
        return packet(mac, way, TCP, body, 0, 0);
    }

    static byte[] udp(long mac, Way way, int payload) {
        return packet(mac, way, UDP, datagram(way, payload), 0, 0);
    }

    /** A datagram in two IPv4 fragments. */
    static byte[][] fragments(long mac, Way way, int identification) {
        byte[] body = datagram(way, 1600);
        int first = 1200;
        byte[] one = Arrays.copyOf(body, first);
        byte[] two = Arrays.copyOfRange(body, first, body.length);
        return new byte[][]{packet(mac, way, UDP, one, identification, 0x2000),
                packet(mac, way, UDP, two, identification, first / 8)};
    }

    /** An ICMP or ICMPv6 message; {@code body} holds all but its checksum. */
    static byte[] icmp(long mac, Way way, byte[] body) {
        int protocol = way.v4() ? 1 : 58;
        u16(body, 2, checksum(body, way.v4() ? 0 : pseudoHeader(way, protocol, body.length)));
        return packet(mac, way, protocol, body, 0, 0);
    }

    private static byte[] datagram(Way way, int payload) {
        byte[] body = new byte[8 + payload];
        ports(body, 0, way);
        u16(body, 4, body.length);
        int sum = checksum(body, pseudoHeader(way, UDP, body.length));
        u16(body, 6, sum == 0 ? 0xffff : sum);
        return body;
    }

    private static byte[] packet(long mac, Way way, int protocol, byte[] body, int identification, int fragment) {
        int ip = way.v4() ? 20 : 40;
        byte[] frame = new byte[ETHERNET + ip + body.length];
        for (int i = 0; i < 6; i++) {
            frame[i] = (byte) (mac >>> 40 - 8 * i);
        }
        frame[6] = 2;
        frame[11] = 9;
        u16(frame, 12, way.v4() ? 0x0800 : 0x86dd);
        if (way.v4()) {
            frame[14] = 0x45;
            u16(frame, 16, ip + body.length);
            u16(frame, 18, identification);
            u16(frame, 20, fragment);
            frame[22] = TTL;
            frame[23] = (byte) protocol;
            System.arraycopy(way.source().bytes(), 0, frame, 26, 4);
            System.arraycopy(way.destination().bytes(), 0, frame, 30, 4);
            u16(frame, 24, ~fold(sum(frame, ETHERNET, ip)) & 0xffff);
        } else {
            frame[14] = 0x60;
            u16(frame, 18, body.length);
            frame[20] = (byte) protocol;
            frame[21] = TTL;
            System.arraycopy(way.source().bytes(), 0, frame, 22, 16);
            System.arraycopy(way.destination().bytes(), 0, frame, 38, 16);
        }
        System.arraycopy(body, 0, frame, ETHERNET + ip, body.length);
        return frame;
    }

    private static void ports(byte[] data, int at, Way way) {
        u16(data, at, way.sourcePort());
        u16(data, at + 2, way.destinationPort());
    }

    private static long pseudoHeader(Way way, int protocol, int length) {
        return sum(way.source().bytes()) + sum(way.destination().bytes()) + protocol + length;
    }

    private static int checksum(byte[] data, long start) {
        return ~fold(start + sum(data)) & 0xffff;
    }

    private static long sum(byte[] data) {
        return sum(data, 0, data.length);
    }

    private static long sum(byte[] data, int from, int length) {
        long sum = 0;
        for (int i = 0; i < length; i++) {
            sum += (long) (data[from + i] & 255) << ((i & 1) == 0 ? 8 : 0);
        }
        return sum;
    }

    private static int fold(long sum) {
        long folded = sum;
        while (folded >>> 16 != 0) {
            folded = (folded & 0xffff) + (folded >>> 16);
        }
        return (int) folded;
    }

    static void u16(byte[] data, int at, int value) {
        data[at] = (byte) (value >> 8);
        data[at + 1] = (byte) value;
    }

    private static void u32(byte[] data, int at, int value) {
        u16(data, at, value >>> 16);
        u16(data, at + 2, value);
    }
}
