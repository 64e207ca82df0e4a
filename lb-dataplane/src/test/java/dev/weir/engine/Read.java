package dev.weir.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.wire.IpAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Reads a frame that came out, and holds its checksums against a full computation. */
final class Read {
    private final byte[] frame;
    private final int ip;

    /** @param ip where the IP header to read stands in {@code frame} */
    Read(byte[] frame, int ip) {
        this.frame = frame;
        this.ip = ip;
    }

    byte[] frame() {
        return frame;
    }

    static Read of(byte[] frame) {
        return new Read(frame, frame[12] == (byte) 0x81 ? 18 : 14);
    }

    int u16(int at) {
        return ByteBuffer.wrap(frame).getShort(at) & 0xffff;
    }

    boolean v4() {
        return frame[ip] >>> 4 == 4;
    }

    int transport() {
        return ip + (v4() ? (frame[ip] & 15) * 4 : 40);
    }

    int protocol() {
        return frame[ip + (v4() ? 9 : 6)] & 255;
    }

    int ttl() {
        return frame[ip + (v4() ? 8 : 7)] & 255;
    }

    String source() {
        return address(v4() ? ip + 12 : ip + 8);
    }

    String destination() {
        return address(v4() ? ip + 16 : ip + 24);
    }

    private String address(int at) {
        return IpAddress.of(Arrays.copyOfRange(frame, at, at + (v4() ? 4 : 16))).toString();
    }

    int sourcePort() {
        return u16(transport());
    }

    int destinationPort() {
        return u16(transport() + 2);
    }

    int fragment() {
        return u16(ip + 6);
    }

    int sequence() {
        return i32(transport() + 4);
    }

    int acknowledgement() {
        return i32(transport() + 8);
    }

    int tcpFlags() {
        return frame[transport() + 13] & 255;
    }

    byte[] tcpOptions() {
        return Arrays.copyOfRange(frame, transport() + 20, payloadStart());
    }

    byte[] payload() {
        return Arrays.copyOfRange(frame, payloadStart(), frame.length);
    }

    private int payloadStart() {
        return transport() + (frame[transport() + 12] >>> 4 & 15) * 4;
    }

    private int i32(int at) {
        return ByteBuffer.wrap(frame).getInt(at);
    }

    byte[] body() {
        return Arrays.copyOfRange(frame, transport(), frame.length);
    }

    /** The packet inside a tunnel's outer header, as if it had come in a frame of its own. */
    Read inner() {
        return new Read(frame, transport());
    }

    /** Fails where the IPv4 header's or the transport's checksum is wrong. */
    Read sound() {
        if (v4()) {
            assertThat(Packets.checksum(Arrays.copyOfRange(frame, ip, transport()), 0)).as("IPv4 checksum").isZero();
            assertThat(u16(ip + 2)).as("total length").isEqualTo(frame.length - ip);
        }
        if (protocol() == Packets.SCTP) {
            assertThat(u16(transport() + 8) << 16 | u16(transport() + 10)).as("CRC32c")
                    .isEqualTo(Packets.crc32c(body()));
        } else if (fragment() == 0x4000 || fragment() == 0 || !v4()) {
            int start = protocol() == 1
                    ? 0
                    : Packets.pseudoHeaderSum(IpAddress.parse(source()),
                            IpAddress.parse(destination()), protocol(), body().length);
            assertThat(Packets.checksum(body(), start)).as("transport checksum").isZero();
        }
        return this;
    }
}
