package dev.weir.engine;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.service.ClientAddress;
import dev.weir.wire.IpAddress;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Whatever is lost, doubled, overtaken and cut otherwise on both sides of the director, a server under FULLNAT gets the
 * header, if there is one, and its client's bytes; the client gets the server's, and hears of its own bytes only. Either may
 * be of either address family.
 */
class FullNatStreamsTest {
    private static final int ROUNDS = 120;
    private static final int LOSSES_UNTIL = 400;
    private static final int STEPS = 20_000;
    private static final int SEGMENT = 1400;

    @ParameterizedTest
    @EnumSource(ClientAddress.class)
    void streamsComeWhole(ClientAddress clientAddress) {
        long seed = System.nanoTime();
        for (int round = 0; round < ROUNDS; round++) {
            try {
                converse(new Random(seed + round), clientAddress);
            } catch (AssertionError e) {
                throw new AssertionError("seed " + (seed + round) + ", " + clientAddress, e);
            }
        }
    }

    private static byte[] header(ClientAddress clientAddress, boolean v4) {
        return switch (clientAddress) {
            case NONE, TOA -> new byte[0];
            case PROXY_V1 -> (v4
                    ? "PROXY TCP4 172.25.254.10 172.25.254.200 40000 80\r\n"
                    : "PROXY TCP6 2001:db8:c::10 2001:db8:c::200 40000 80\r\n").getBytes(US_ASCII);
            case PROXY_V2 -> {
                ByteArrayOutputStream header = new ByteArrayOutputStream();
                header.writeBytes(new byte[]{13, 10, 13, 10, 0, 13, 10, 'Q', 'U', 'I', 'T', 10, 0x21,
                        (byte) (v4 ? 0x11 : 0x21), 0, (byte) (v4 ? 12 : 36)});
                header.writeBytes(IpAddress.parse(v4 ? Lab.CLIENT : Lab.CLIENT6).bytes());
                header.writeBytes(IpAddress.parse(v4 ? Lab.VIP : Lab.VIP6).bytes());
                header.writeBytes(new byte[]{(byte) (40000 >> 8), (byte) 40000, 0, 80});
                yield header.toByteArray();
            }
        };
    }

    private static byte[] joined(byte[] first, byte[] second) {
        ByteArrayOutputStream both = new ByteArrayOutputStream();
        both.writeBytes(first);
        both.writeBytes(second);
        return both.toByteArray();
    }

    private static byte[] random(Random random) {
        byte[] bytes = new byte[random.nextInt(20) == 0 ? 0 : random.nextInt(20_000)];
        random.nextBytes(bytes);
        return bytes;
    }

    private void converse(Random random, ClientAddress clientAddress) {
        boolean v4 = random.nextBoolean();
        byte[] header = header(clientAddress, v4);
        byte[] request = random(random);
        byte[] answer = random(random);
        boolean serverFirst = random.nextInt(3) == 0;
        TcpModel client = new TcpModel(random, false, request, answer, serverFirst ? answer.length : 0, 0,
                random.nextInt(3) == 0);
        TcpModel server = new TcpModel(random, true, answer, joined(header, request),
                serverFirst ? header.length : random.nextInt(header.length + request.length + 1), header.length, false);
        try (Lab lab = new Lab()) {
            Conversation tcp = Conversation.of(lab, v4, random.nextBoolean(), clientAddress);
            List<TcpModel.Segment> fromClient = new ArrayList<>();
            List<TcpModel.Segment> fromServer = new ArrayList<>();
            List<Read> toServer = new ArrayList<>();
            List<Read> toClient = new ArrayList<>();
            int step = 0;
            for (; step < STEPS && !(client.isDone() && server.isDone()); step++) {
                boolean lossy = step < LOSSES_UNTIL;
                send(random, client, fromClient, v4 && random.nextBoolean() ? 10_000 : SEGMENT);
                send(random, server, fromServer, SEGMENT);
                TcpModel.Segment up = next(random, fromClient, lossy);
                if (up != null) {
                    tcp.options(up.options());
                    if (up.payload().length > SEGMENT || random.nextBoolean()) {
                        tcp.unfinished(up.flags(), up.sequence(), up.acknowledgement(), up.payload(),
                                up.payload().length > SEGMENT ? SEGMENT : 0);
                    } else {
                        tcp.fromClient(up.flags(), up.sequence(), up.acknowledgement(), up.payload());
                    }
                    toServer.addAll(tcp.toServer());
                }
                TcpModel.Segment down = next(random, fromServer, lossy);
                if (down != null) {
                    tcp.options(down.options()).fromServer(down.flags(), down.sequence(), down.acknowledgement(),
                            down.payload());
                    toClient.addAll(tcp.toClient());
                }
                Read atServer = next(random, toServer, lossy);
                if (atServer != null) {
                    server.receive(atServer, client);
                }
                Read atClient = next(random, toClient, lossy);
                if (atClient != null) {
                    client.receive(atClient, server);
                }
                assertThat(lab.accountedFor()).isEqualTo(lab.engine.counters().received());
            }
            assertThat(step).as("steps").isLessThan(STEPS);
            assertThat(lab.engine.counters().dropped()).isZero();
        }
    }

    private static void send(Random random, TcpModel end, List<TcpModel.Segment> out, int most) {
        int choice = random.nextInt(6);
        if (end.maySendMore() && choice < 3) {
            out.add(end.more(most));
        } else if (end.maySendAgain() && choice == 3) {
            out.add(end.again(most));
        } else if (end.owesAcknowledgement() && choice > 3) {
            out.add(end.acknowledgement());
        }
    }

    /** The next, mostly; or one that overtakes, or comes twice, or none at all. */
    private static <T> @Nullable T next(Random random, List<T> under, boolean lossy) {
        if (under.isEmpty()) {
            return null;
        }
        int place = lossy && random.nextInt(4) == 0 ? random.nextInt(under.size()) : 0;
        int fate = lossy ? random.nextInt(10) : 9;
        T taken = fate == 0 ? under.get(place) : under.remove(place);
        if (fate > 0 && fate < 3) {
            return null;
        }
        return taken;
    }
}
