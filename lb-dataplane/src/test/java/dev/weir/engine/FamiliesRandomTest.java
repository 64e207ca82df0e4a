package dev.weir.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.engine.TwoFamilies.Way;
import dev.weir.port.MemoryPort;
import dev.weir.port.Offload;
import dev.weir.service.Protocol;
import dev.weir.wire.IpAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever a client sends to servers of the other family that send it back comes back as it was, and is right everywhere. */
class FamiliesRandomTest {
    private static final int PACKETS = 2000;

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 20261122})
    void whatTheServerEchoesComesBackAsItWas(long seed) {
        Random random = new Random(seed);
        try (Lab lab = new Lab()) {
            for (Protocol protocol : Protocol.values()) {
                TwoFamilies.service(lab, protocol, Way.V6_TO_V4);
                TwoFamilies.service(lab, protocol, Way.V4_TO_V6);
            }
            for (int i = 0; i < PACKETS; i++) {
                String which = "packet " + i + " of seed " + seed;
                Way way = Way.values()[random.nextInt(2)];
                byte[] sent = packet(random, way);
                boolean partial = Read.of(sent).protocol() != Packets.SCTP && random.nextBoolean();
                lab.client(partial ? unfinished(sent) : sent, partial ? offload(sent) : Offload.NONE);
                MemoryPort.Copy request = lab.eth1.takeSent().getFirst();
                byte[] frame = partial ? finished(request) : request.frame();
                Read read = Read.of(frame).sound();
                assertThat(trafficClass(read)).as(which).isEqualTo(trafficClass(Read.of(sent)));
                assertThat(read.ttl()).as(which).isEqualTo(Read.of(sent).ttl() - 1);
                assertThat(read.source()).as(which).isEqualTo(way.local);
                lab.server(partial ? unfinished(turned(frame)) : turned(frame),
                        partial ? offload(frame) : Offload.NONE);
                MemoryPort.Copy answer = lab.eth0.takeSent().getFirst();
                Read back = Read.of(partial ? finished(answer) : answer.frame()).sound();
                Read expected = Read.of(turned(sent));
                assertThat(back.body()).as(which).isEqualTo(expected.body());
                assertThat(back.source()).as(which).isEqualTo(expected.source());
                assertThat(back.destination()).as(which).isEqualTo(expected.destination());
                assertThat(trafficClass(back)).as(which).isEqualTo(trafficClass(expected));
                assertThat(back.ttl()).as(which).isEqualTo(expected.ttl() - 2);
            }
            assertThat(lab.accountedFor()).isEqualTo(2 * PACKETS);
        }
    }

    private static byte[] packet(Random random, Way way) {
        Packets packet = Packets.from(way.client, way.vip).ttl(3 + random.nextInt(250));
        if (random.nextInt(4) == 0) {
            packet.vlan(random.nextInt(4096));
        }
        if (random.nextBoolean()) {
            packet.mayFragment();
        }
        byte[] payload = new byte[random.nextInt(1400)];
        random.nextBytes(payload);
        int port = 40000 + random.nextInt(20);
        byte[] frame = switch (random.nextInt(3)) {
            case 0 -> packet.tcp(port, 80, Packets.SYN | Packets.ACK, payload);
            case 1 -> packet.udp(port, 80, payload);
            default -> packet.sctp(port, 80, Packets.chunks(1, random.nextInt(64)));
        };
        return withTrafficClass(frame, random.nextInt(256));
    }

    private static byte[] withTrafficClass(byte[] frame, int value) {
        Read read = Read.of(frame);
        int ip = read.transport() - (read.v4() ? 20 : 40);
        ByteBuffer bytes = ByteBuffer.wrap(frame);
        if (read.v4()) {
            bytes.put(ip + 1, (byte) value).putShort(ip + 10, (short) 0);
            bytes.putShort(ip + 10, (short) Packets.checksum(Packets.part(frame, ip, ip + 20), 0));
        } else {
            bytes.putShort(ip, (short) (0x6000 | value << 4));
        }
        return frame;
    }

    private static int trafficClass(Read read) {
        int first = read.u16(read.transport() - (read.v4() ? 20 : 40));
        return read.v4() ? first & 0xff : first >>> 4 & 0xff;
    }

    /** The same packet from its receiver to its sender, by way of the director: no Internet checksum minds. */
    private static byte[] turned(byte[] frame) {
        Read read = Read.of(frame);
        int length = read.v4() ? 4 : 16;
        int addresses = read.transport() - 2 * length;
        byte[] copy = frame.clone();
        System.arraycopy(new byte[]{2, 0, 0, 0, 0, 1}, 0, copy, 0, 6);
        System.arraycopy(frame, addresses, copy, addresses + length, length);
        System.arraycopy(frame, addresses + length, copy, addresses, length);
        ByteBuffer.wrap(copy).putShort(read.transport(), (short) read.destinationPort())
                .putShort(read.transport() + 2, (short) read.sourcePort());
        if (read.protocol() == Packets.SCTP) {
            byte[] body = Arrays.copyOfRange(copy, read.transport(), copy.length);
            ByteBuffer.wrap(copy).putInt(read.transport() + 8, Packets.crc32c(body));
        }
        return copy;
    }

    private static int checksumOffset(Read read) {
        return read.protocol() == Packets.TCP ? 16 : 6;
    }

    private static Offload offload(byte[] frame) {
        return Offload.partialChecksum(Read.of(frame).transport(), checksumOffset(Read.of(frame)));
    }

    private static byte[] unfinished(byte[] frame) {
        Read read = Read.of(frame);
        byte[] copy = frame.clone();
        int sum = Packets.checksum(new byte[0], Packets.pseudoHeaderSum(IpAddress.parse(read.source()),
                IpAddress.parse(read.destination()), read.protocol(), read.body().length));
        ByteBuffer.wrap(copy).putShort(read.transport() + checksumOffset(read), (short) ~sum);
        return copy;
    }

    private static byte[] finished(MemoryPort.Copy copy) {
        byte[] frame = copy.frame().clone();
        Read read = Read.of(frame);
        assertThat(copy.offload()).isEqualTo(offload(frame));
        int checksum = Packets.checksum(read.body(), 0);
        ByteBuffer.wrap(frame).putShort(read.transport() + checksumOffset(read),
                (short) (checksum == 0 ? 0xffff : checksum));
        return frame;
    }
}
