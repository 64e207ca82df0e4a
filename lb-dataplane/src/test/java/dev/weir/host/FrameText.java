package dev.weir.host;

import dev.weir.wire.IpAddress;
import java.io.ByteArrayOutputStream;

/** Frames for tests, made of layers: {@code ethernet(0x0800, ipv4(src, dst, 6, 0, ports(1, 80)))}. */
final class FrameText {
    /** A frame that a test names and makes later. */
    interface Bytes {
        byte[] bytes();
    }

    private FrameText() {
    }

    /** To the all-zero address, which a test run takes for its own. */
    static byte[] ethernet(int type, byte[] payload) {
        return join(new byte[12], be16(type), payload);
    }

    static byte[] vlan(int id, int type, byte[] payload) {
        return join(be16(id), be16(type), payload);
    }

    /** @param fragment the word with flags and offset */
    static byte[] ipv4(String source, String destination, int protocol, int fragment, byte[] payload, int... options) {
        byte[] extra = new byte[options.length];
        for (int i = 0; i < options.length; i++) {
            extra[i] = (byte) options[i];
        }
        int header = 20 + extra.length;
        return join(new byte[]{(byte) (0x40 | header / 4), 0}, be16(header + payload.length), be16(1), be16(fragment),
                new byte[]{64, (byte) protocol, 0, 0}, ip(source), ip(destination), extra, payload);
    }

    static byte[] ipv6(String source, String destination, int next, byte[] payload) {
        return join(new byte[]{0x60, 0, 0, 0}, be16(payload.length), new byte[]{(byte) next, 64}, ip(source),
                ip(destination), payload);
    }

    /** Eight bytes of options. */
    static byte[] options(int next, byte[] payload) {
        return join(new byte[]{(byte) next, 0, 1, 4, 0, 0, 0, 0}, payload);
    }

    static byte[] fragmentHeader(int next, int offset, byte[] payload) {
        return join(new byte[]{(byte) next, 0}, be16(offset), new byte[]{0, 0, 0, 9}, payload);
    }

    /** The beginning of TCP, UDP and SCTP, and some more. */
    static byte[] ports(int source, int destination) {
        return join(be16(source), be16(destination), new byte[16]);
    }

    static byte[] icmp(int type, byte[] payload) {
        return join(new byte[]{(byte) type, 1, 0, 0, 0, 0, 0, 0}, payload);
    }

    static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    private static byte[] ip(String address) {
        return IpAddress.parse(address).bytes();
    }

    private static byte[] be16(int value) {
        return new byte[]{(byte) (value >>> 8), (byte) value};
    }
}
