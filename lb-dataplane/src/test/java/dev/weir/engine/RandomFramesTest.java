package dev.weir.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.port.Offload;
import dev.weir.service.Forwarding;
import dev.weir.service.Protocol;
import dev.weir.service.ServiceException;
import dev.weir.wire.IpAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever comes over the wire, the engine survives it and can say where it went. */
class RandomFramesTest {
    private static final int FRAMES = 50_000;

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 20261121})
    void everyFrameIsSentHandedBackOrDroppedForAReason(long seed) throws ServiceException {
        Random random = new Random(seed);
        try (Lab lab = new Lab()) {
            for (Protocol protocol : Protocol.values()) {
                lab.service(protocol, Lab.VIP, 80, Forwarding.MASQUERADE, Lab.SERVER, "192.168.0.66", "192.168.0.100");
                lab.service(protocol, Lab.VIP, 81, Forwarding.DIRECT_ROUTING, Lab.SERVER, "192.168.0.66");
                lab.service(protocol, Lab.VIP, 82, Forwarding.IPIP, Lab.SERVER, Lab.SERVER6);
                lab.service(protocol, Lab.VIP6, 80, Forwarding.MASQUERADE, Lab.SERVER6);
                lab.service(protocol, Lab.VIP6, 82,
                        new Forwarding.Tunnel(Forwarding.TunnelType.GUE, 6080, Forwarding.TunnelChecksum.CHECKSUM),
                        Lab.SERVER, Lab.SERVER6);
                lab.service(protocol, Lab.VIP6, 83, Forwarding.DIRECT_ROUTING);
                lab.service(protocol, Lab.VIP, 0, 30, 0xffffff00, Forwarding.MASQUERADE, Lab.SERVER, "192.168.0.66");
                lab.service(protocol, Lab.VIP6, 0, 30, 64, Forwarding.DIRECT_ROUTING, Lab.SERVER6);
                lab.service(protocol, Lab.VIP, 84, Forwarding.FULL_NAT, Lab.SERVER6, Lab.SERVER);
                lab.service(protocol, Lab.VIP6, 84, Forwarding.FULL_NAT, Lab.SERVER, Lab.SERVER6);
            }
            lab.services.addLocalAddress(null, IpAddress.parse("192.168.0.101"));
            lab.services.addLocalAddress(null, IpAddress.parse("2001:db8:5::65"));
            List<byte[]> sent = new ArrayList<>();
            for (int i = 0; i < FRAMES; i++) {
                byte[] frame = mutate(random, frame(random, sent));
                Offload offload = random.nextInt(8) == 0 ? offload(random) : Offload.NONE;
                if (random.nextBoolean()) {
                    lab.client(frame, offload);
                } else {
                    lab.server(frame.length < 6 ? new byte[6] : frame, offload);
                }
                sent.addAll(lab.toServers());
                lab.toClients();
                lab.toHost();
                lab.host1.takeSent();
                if (random.nextInt(100) == 0) {
                    lab.pass(random.nextInt(20) / 10.0);
                }
                if (random.nextInt(100) == 0) {
                    lab.engine.settings(settings(random));
                    lab.engine.backup(random.nextInt(4) == 0);
                }
                while (sent.size() > 50) {
                    sent.removeFirst();
                }
            }
            assertThat(lab.engine.counters().received()).as("seed %d", seed).isEqualTo(FRAMES);
            assertThat(lab.accountedFor()).as("seed %d", seed).isEqualTo(FRAMES);
            assertThat(lab.engine.counters().forwarded()).as("seed %d", seed).isGreaterThan(FRAMES / 20);
            lab.pass(1000);
            assertThat(lab.engine.waiting()).as("seed %d", seed).isZero();
            assertThat(lab.engine.connections()).as("seed %d", seed).isEmpty();
            assertThat(lab.accountedFor()).as("seed %d", seed).isEqualTo(FRAMES);
        }
    }

    private static Settings settings(Random random) {
        Settings settings = Settings.DEFAULT;
        for (Sysctl key : Sysctl.all()) {
            long value = random.nextInt(4);
            if (random.nextInt(4) == 0 && key.allows(value)) {
                settings = settings.with(key, value);
            }
        }
        return settings;
    }

    private static byte[] frame(Random random, List<byte[]> sent) {
        boolean v6 = random.nextInt(3) == 0;
        String client = v6 ? Lab.CLIENT6 : Lab.CLIENT;
        String vip = v6 ? Lab.VIP6 : Lab.VIP;
        int port = 40000 + random.nextInt(50);
        int virtualPort = 80 + random.nextInt(5);
        byte[] payload = Packets.bytes(random.nextInt(10) == 0 ? random.nextInt(3000) : random.nextInt(64));
        Packets packet = Packets.from(client, vip).ttl(1 + random.nextInt(64));
        if (random.nextInt(10) == 0) {
            packet.vlan(random.nextInt(4096));
        }
        if (random.nextInt(4) == 0) {
            packet.mayFragment();
        }
        return switch (random.nextInt(13)) {
            case 0, 1, 2 -> packet.tcp(port, virtualPort, random.nextInt(4) == 0 ? random.nextInt(64) : Packets.SYN,
                    payload);
            case 3, 4 -> packet.udp(port, virtualPort, payload);
            case 5 -> {
                byte[] whole = packet.udpDatagram(port, virtualPort, Packets.bytes(2000));
                int from = random.nextInt(20) * 80;
                int to = Math.min(whole.length, from + 80 * (1 + random.nextInt(20)));
                yield packet.fragment(random.nextInt(20), from, to < whole.length)
                        .frame(Packets.UDP, Packets.part(whole, from, to));
            }
            case 6 -> Packets.from(v6 ? Lab.SERVER6 : Lab.SERVER, client).tcp(virtualPort + 8000, port,
                    random.nextInt(64), payload);
            case 7 -> {
                byte[] about = sent.isEmpty() ? Packets.bytes(40) : sent.get(random.nextInt(sent.size()));
                int cut = Math.min(about.length, 14 + random.nextInt(80));
                yield Packets.from(v6 ? Lab.SERVER6 : "192.168.0.1", random.nextBoolean() ? client : vip).icmp(
                        random.nextInt(v6 ? 5 : 13), random.nextInt(6), random.nextInt(3000),
                        Packets.part(about, Math.min(14, about.length), cut));
            }
            case 8 -> packet.sctp(port, virtualPort, Packets.chunks(random.nextInt(3), random.nextInt(16)));
            case 9 -> Packets.from(v6 ? Lab.SERVER6 : Lab.SERVER, client).sctp(virtualPort + 8000, port,
                    Packets.chunks(random.nextInt(16), random.nextInt(16)));
            case 10 -> answer(sent.isEmpty() ? Packets.bytes(60) : sent.get(random.nextInt(sent.size())));
            case 11 -> {
                byte[] about = sent.isEmpty() ? Packets.bytes(60) : sent.get(random.nextInt(sent.size()));
                boolean six = about[12] != 8;
                yield Packets.from(six ? Lab.SERVER6 : "192.168.0.1", six ? "2001:db8:5::65" : "192.168.0.101").icmp(
                        random.nextInt(six ? 5 : 13), random.nextInt(6), random.nextInt(3000),
                        Packets.part(about, 14, Math.min(about.length, 14 + random.nextInt(1400))));
            }
            default -> {
                byte[] noise = new byte[random.nextInt(200)];
                random.nextBytes(noise);
                yield noise;
            }
        };
    }

    /** The same packet from its receiver to its sender. */
    private static byte[] answer(byte[] frame) {
        if (frame.length < 58) {
            return frame;
        }
        byte[] turned = frame.clone();
        int length = frame[12] == 8 ? 4 : 16;
        int addresses = frame[12] == 8 ? 26 : 22;
        System.arraycopy(frame, addresses, turned, addresses + length, length);
        System.arraycopy(frame, addresses + length, turned, addresses, length);
        System.arraycopy(frame, addresses + 2 * length, turned, addresses + 2 * length + 2, 2);
        System.arraycopy(frame, addresses + 2 * length + 2, turned, addresses + 2 * length, 2);
        System.arraycopy(new byte[]{2, 0, 0, 0, 0, 1}, 0, turned, 0, 6);
        return turned;
    }

    private static byte[] mutate(Random random, byte[] frame) {
        if (frame.length == 0 || random.nextInt(3) != 0) {
            return frame;
        }
        byte[] changed = random.nextInt(4) == 0 ? Packets.part(frame, 0, random.nextInt(frame.length)) : frame.clone();
        for (int i = random.nextInt(4); i > 0 && changed.length > 0; i--) {
            changed[random.nextInt(Math.min(changed.length, 80))] = (byte) random.nextInt(256);
        }
        if (changed.length >= 34 && changed[12] == 8 && (changed[14] & 15) == 5 && random.nextBoolean()) {
            changed[24] = 0;
            changed[25] = 0;
            int checksum = Packets.checksum(Packets.part(changed, 14, 34), 0);
            changed[24] = (byte) (checksum >>> 8);
            changed[25] = (byte) checksum;
        }
        return changed;
    }

    private static Offload offload(Random random) {
        return new Offload(random.nextInt(4), new int[]{0, 1, 3, 4, 5, 0x81, 77}[random.nextInt(7)],
                random.nextInt(120), random.nextInt(1500), 14 + random.nextInt(60), random.nextInt(20));
    }
}
