package dev.weir.lbd;

import dev.weir.client.ControlMessage;
import dev.weir.sys.Link;
import dev.weir.sys.PacketSender;
import dev.weir.wire.VirtioNetHeader;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.util.List;

/**
 * A director's first seconds, from which the JVM's ahead-of-time cache is made: which classes it loads, and what its
 * methods meet. tools/lbd runs it in a network namespace of its own, with a pair of interfaces joined to each other.
 */
final class Training {
    private static final int ROUNDS = 400;
    private static final int BATCH = 64;
    private static final int FRAME = 60;
    private static final int SLOT = 128;
    private static final int SYN = 2;
    private static final int ACK = 16;
    private static final int CLIENT = 0x0a_fe_00_02;
    private static final int SERVER = 0x0a_fe_00_03;
    private static final int VIP = 0x0a_fe_00_64;
    private static final List<String> COMMANDS = List.of("-A -t 10.254.0.100:80 -s wlc",
            "-a -t 10.254.0.100:80 -r 10.254.0.3:80 -m", "-A -t 10.254.0.100:81 -s rr",
            "-a -t 10.254.0.100:81 -r 10.254.0.3:81 -g", "-A -t 10.254.0.100:82 -s wrr -p 50",
            "-a -t 10.254.0.100:82 -r 10.254.0.3:82 -i", "-Ln", "-Lnc", "-Ln --stats", "-Ln --rate", "-S -n");

    private Training() {
    }

    /** @param arguments the director's interface, the one at its other end, and a folder for the control socket */
    public static void main(String[] arguments) throws IOException, RefusalException, InterruptedException {
        Path control = Path.of(arguments[2]).resolve("training.sock");
        Options options = Options.parse(List.of("--interface", arguments[0], "--control", control.toString(),
                "--connections", "100000"), System.getenv());
        Daemon daemon = Daemon.start(options, null, problem -> {
            throw new IllegalStateException("the worker died in training", problem);
        });
        for (String command : COMMANDS) {
            ask(control, command);
        }
        traffic(Link.byName(arguments[0]).hardwareAddress(), Link.byName(arguments[1]));
        ask(control, "-Lnc");
        daemon.close();
    }

    private static void ask(Path control, String command) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(control));
            channel.write(ControlMessage.encode(
                    new ControlMessage.Request(List.of(("ipvsadm " + command).split(" ")), "")));
            ByteBuffer answer = ByteBuffer.allocate(1 << 16);
            while (channel.read(answer) > 0) {
                answer.clear();
            }
        }
    }

    /** Clients' connections to each service, and servers' answers. */
    private static void traffic(long director, Link sending) throws IOException, InterruptedException {
        try (PacketSender sender = PacketSender.open(sending, BATCH); Arena arena = Arena.ofConfined()) {
            MemorySegment slots = arena.allocate((long) BATCH * SLOT, 8);
            for (int round = 0; round < ROUNDS; round++) {
                for (int i = 0; i < BATCH; i++) {
                    int client = 1024 + (round / 4 * BATCH + i) % 50_000;
                    int service = 80 + i % 3;
                    byte[] frame = round % 4 == 3
                            ? frame(director, SERVER, service, CLIENT, client, ACK)
                            : frame(director, CLIENT, client, VIP, service, round % 4 == 0 ? SYN : ACK);
                    long at = (long) i * SLOT;
                    MemorySegment.copy(MemorySegment.ofArray(frame), 0, slots, at + VirtioNetHeader.LENGTH, FRAME);
                    sender.add(slots, at, FRAME + VirtioNetHeader.LENGTH);
                }
                sender.send();
                Thread.sleep(1);
            }
        }
    }

    private static byte[] frame(long to, int source, int sourcePort, int destination, int destinationPort, int flags) {
        ByteBuffer frame = ByteBuffer.allocate(FRAME);
        frame.putShort((short) (to >>> 32)).putInt((int) to).putShort((short) 0x0200).putInt(0x0a0a)
                .putShort((short) 0x0800);
        frame.putShort((short) 0x4500).putShort((short) (FRAME - 14)).putInt(0x4000).putShort((short) 0x4006)
                .putShort((short) 0).putInt(source).putInt(destination);
        frame.putShort((short) sourcePort).putShort((short) destinationPort).putLong(0)
                .putShort((short) (0x5000 | flags)).putShort((short) 1000);
        int sum = 0;
        for (int at = 14; at < 34; at += 2) {
            sum += frame.getShort(at) & 0xffff;
        }
        sum = (sum & 0xffff) + (sum >>> 16);
        frame.putShort(24, (short) ~((sum & 0xffff) + (sum >>> 16)));
        return frame.array();
    }
}
