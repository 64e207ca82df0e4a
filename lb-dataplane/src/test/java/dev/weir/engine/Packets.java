package dev.weir.engine;

import dev.weir.wire.IpAddress;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** Builds frames as they stand on a wire, with every checksum computed in full: the tests' own idea of the formats. */
final class Packets {
    static final int TCP = 6;
    static final int UDP = 17;
    static final int SCTP = 132;
    static final int FIN = 1;
    static final int SYN = 2;
    static final int RST = 4;
    static final int ACK = 16;

    private final IpAddress source;
    private final IpAddress destination;
    private int ttl = 64;
    private int fragment = 0x4000;
    private int identification;
    private int vlan = -1;
    private byte[] options = {};
    private byte[] tcpOptions = {};

    private Packets(String source, String destination) {
        this.source = IpAddress.parse(source);
        this.destination = IpAddress.parse(destination);
    }

    static Packets from(String source, String destination) {
        return new Packets(source, destination);
    }

    Packets ttl(int value) {
        ttl = value;
        return this;
    }

    /** Clears DF. */
    Packets mayFragment() {
        fragment = 0;
        return this;
    }

    Packets fragment(int identification, int offset, boolean more) {
        this.identification = identification;
        fragment = offset / 8 | (more ? 0x2000 : 0);
        return this;
    }

    Packets vlan(int id) {
        vlan = id;
        return this;
    }

    Packets options(byte[] bytes) {
        options = bytes;
        return this;
    }

    /** @param bytes a multiple of four */
    Packets tcpOptions(byte[] bytes) {
        tcpOptions = bytes;
        return this;
    }

    byte[] tcp(int sourcePort, int destinationPort, int flags, byte[] payload) {
        return frame(TCP, tcpSegment(sourcePort, destinationPort, flags, payload));
    }

    /** A SYN or SYN-ACK that announces a maximum segment size, behind a no-op: at an odd offset. */
    byte[] syn(int sourcePort, int destinationPort, int flags, int segmentSize) {
        ByteBuffer segment = ByteBuffer.allocate(28);
        segment.putShort((short) sourcePort).putShort((short) destinationPort).putInt(1000).putInt(0).put((byte) 0x70)
                .put((byte) flags).putShort((short) 0xffff).putInt(0).put((byte) 1).put((byte) 2).put((byte) 4)
                .putShort((short) segmentSize);
        segment.putShort(16, (short) transportChecksum(TCP, segment.array()));
        return frame(TCP, segment.array());
    }

    byte[] udp(int sourcePort, int destinationPort, byte[] payload) {
        return frame(UDP, udpDatagram(sourcePort, destinationPort, payload));
    }

    byte[] sctp(int sourcePort, int destinationPort, byte[] chunks) {
        return frame(SCTP, sctpPacket(sourcePort, destinationPort, chunks));
    }

    byte[] sctpPacket(int sourcePort, int destinationPort, byte[] chunks) {
        ByteBuffer packet = ByteBuffer.allocate(12 + chunks.length);
        packet.putShort((short) sourcePort).putShort((short) destinationPort).putInt(0x2222).putInt(0).put(chunks);
        packet.putInt(8, crc32c(packet.array()));
        return packet.array();
    }

    /** Chunks of these types, each with four bytes of value. */
    static byte[] chunks(int... types) {
        ByteBuffer chunks = ByteBuffer.allocate(8 * types.length);
        for (int type : types) {
            chunks.putShort((short) (type << 8)).putShort((short) 8).putInt(type);
        }
        return chunks.array();
    }

    /** The CRC32c of an SCTP packet, as it stands in it. */
    static int crc32c(byte[] packet) {
        byte[] bare = packet.clone();
        ByteBuffer.wrap(bare).putInt(8, 0);
        CRC32C crc = new CRC32C();
        crc.update(bare);
        return Integer.reverseBytes((int) crc.getValue());
    }

    byte[] tcp(int sourcePort, int destinationPort, int flags, int sequence, int acknowledgement, byte[] payload) {
        return frame(TCP, tcpSegment(sourcePort, destinationPort, flags, sequence, acknowledgement, payload));
    }

    byte[] tcpSegment(int sourcePort, int destinationPort, int flags, byte[] payload) {
        return tcpSegment(sourcePort, destinationPort, flags, 1000, 0, payload);
    }

    private byte[] tcpSegment(int sourcePort, int destinationPort, int flags, int sequence, int acknowledgement,
            byte[] payload) {
        ByteBuffer segment = ByteBuffer.allocate(20 + tcpOptions.length + payload.length);
        segment.putShort((short) sourcePort).putShort((short) destinationPort).putInt(sequence).putInt(acknowledgement)
                .put((byte) (0x50 + tcpOptions.length * 4)).put((byte) flags).putShort((short) 0xffff).putInt(0)
                .put(tcpOptions).put(payload);
        segment.putShort(16, (short) transportChecksum(TCP, segment.array()));
        return segment.array();
    }

    byte[] udpDatagram(int sourcePort, int destinationPort, byte[] payload) {
        ByteBuffer datagram = ByteBuffer.allocate(8 + payload.length);
        datagram.putShort((short) sourcePort).putShort((short) destinationPort).putShort((short) (8 + payload.length))
                .putShort((short) 0).put(payload);
        int checksum = transportChecksum(UDP, datagram.array());
        datagram.putShort(6, (short) (checksum == 0 ? 0xffff : checksum));
        return datagram.array();
    }

    byte[] icmp(int type, int code, int rest, byte[] payload) {
        ByteBuffer message = ByteBuffer.allocate(8 + payload.length);
        message.put((byte) type).put((byte) code).putShort((short) 0).putInt(rest).put(payload);
        message.putShort(2, (short) (source.isV4()
                ? checksum(message.array(), 0)
                : transportChecksum(58, message.array())));
        return frame(source.isV4() ? 1 : 58, message.array());
    }

    byte[] frame(int protocol, byte[] body) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(new byte[]{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0x0c, 0x0a});
        if (vlan >= 0) {
            out.writeBytes(new byte[]{(byte) 0x81, 0, (byte) (vlan >>> 8), (byte) vlan});
        }
        out.writeBytes(source.isV4() ? new byte[]{8, 0} : new byte[]{(byte) 0x86, (byte) 0xdd});
        out.writeBytes(packet(protocol, body));
        return out.toByteArray();
    }

    byte[] packet(int protocol, byte[] body) {
        ByteBuffer packet;
        if (source.isV4()) {
            packet = ByteBuffer.allocate(20 + options.length + body.length);
            packet.put((byte) (0x45 + options.length / 4)).put((byte) 0).putShort((short) packet.capacity())
                    .putShort((short) identification).putShort((short) fragment).put((byte) ttl).put((byte) protocol)
                    .putShort((short) 0).put(source.bytes()).put(destination.bytes()).put(options);
            byte[] header = new byte[20 + options.length];
            packet.get(0, header);
            packet.putShort(10, (short) checksum(header, 0));
        } else {
            packet = ByteBuffer.allocate(40 + body.length);
            packet.putInt(0x6000_0000).putShort((short) body.length).put((byte) protocol).put((byte) ttl)
                    .put(source.bytes()).put(destination.bytes());
        }
        return packet.put(body).array();
    }

    private int transportChecksum(int protocol, byte[] body) {
        return checksum(body, pseudoHeaderSum(source, destination, protocol, body.length));
    }

    static int pseudoHeaderSum(IpAddress source, IpAddress destination, int protocol, int length) {
        return sum(source.bytes()) + sum(destination.bytes()) + protocol + length;
    }

    static int checksum(byte[] bytes, int start) {
        int sum = start + sum(bytes);
        while (sum >>> 16 != 0) {
            sum = (sum & 0xffff) + (sum >>> 16);
        }
        return ~sum & 0xffff;
    }

    private static int sum(byte[] bytes) {
        int sum = 0;
        for (int i = 0; i < bytes.length; i++) {
            sum += (bytes[i] & 255) << (i % 2 == 0 ? 8 : 0);
        }
        return sum;
    }

    /** Payload whose every part is different. */
    static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i % 251);
        }
        return bytes;
    }

    static byte[] part(byte[] whole, int from, int to) {
        return java.util.Arrays.copyOfRange(whole, from, to);
    }
}
