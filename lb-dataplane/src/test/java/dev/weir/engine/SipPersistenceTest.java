package dev.weir.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.connection.ConnectionEntry;
import dev.weir.service.Forwarding;
import dev.weir.service.Protocol;
import dev.weir.service.RealServer;
import dev.weir.service.ServiceException;
import dev.weir.service.ServiceKey;
import dev.weir.service.VirtualService;
import dev.weir.wire.IpAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Persistence by SIP call beyond what the kernel's recordings show. */
class SipPersistenceTest {
    private static final ServiceKey KEY = Lab.key(Protocol.UDP, Lab.VIP, 5060);

    private static void serve(Lab lab, Forwarding forwarding) {
        serve(lab, 30, forwarding);
    }

    private static void serve(Lab lab, int persistence, Forwarding forwarding) {
        try {
            lab.services.addService(KEY,
                    new VirtualService.Settings("rr", Set.of(), persistence, 0, true, "sip"));
            for (String server : new String[]{Lab.SERVER, "192.168.0.11"}) {
                lab.routes.neighbour(IpAddress.parse(server), "eth1", 0x02_00_00_00_05_0aL);
                lab.services.addServer(KEY, IpAddress.parse(server), 5060,
                        new RealServer.Settings(forwarding, 1, 0, 0));
            }
        } catch (ServiceException e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] invite(String call) {
        return ("INVITE sip:b@x SIP/2.0\r\nCall-ID: " + call + "\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1);
    }

    private static void call(Lab lab, String call) {
        lab.client(Packets.from(Lab.CLIENT, Lab.VIP).udp(5060, 5060, invite(call)));
    }

    private static List<String> calls(Lab lab) {
        return lab.engine.connections().stream().map(ConnectionEntry::callId).map(Objects::requireNonNull).sorted()
                .toList();
    }

    @Test
    void callsComeAndGoAndEachTemplateKeepsItsOwnCallId() {
        try (Lab lab = new Lab()) {
            serve(lab, 2, Forwarding.DIRECT_ROUTING);
            for (int round = 0; round < 3; round++) {
                List<String> expected = new ArrayList<>();
                for (int i = 0; i < 3000; i++) {
                    String call = round + "-" + "x".repeat(i % 250) + i;
                    call(lab, call.substring(0, Math.min(call.length(), 255)));
                    expected.add(call.substring(0, Math.min(call.length(), 255)));
                }
                assertThat(calls(lab)).isEqualTo(expected.stream().distinct().sorted().toList());
                lab.pass(3);
                assertThat(lab.engine.connections()).isEmpty();
            }
            RealServer server = lab.services.current().all().iterator().next().servers().getFirst();
            assertThat(server.persistentConnections()).isZero();
        }
    }

    @Test
    void whereTheTableHoldsNoMoreACallIsRefusedAndCounted() {
        try (Lab lab = new Lab(new EngineOptions(3, 1, 0, true), 1500)) {
            serve(lab, 5, Forwarding.DIRECT_ROUTING);
            for (int i = 0; i < 5; i++) {
                call(lab, "call" + i);
            }
            // A call takes one place and each datagram of it another while it passes.
            assertThat(lab.toServers()).hasSize(2);
            assertThat(lab.engine.counters().dropped(DropReason.TABLE_FULL)).isEqualTo(3);
            call(lab, "call0");
            assertThat(lab.toServers()).as("the table has no place for one more datagram").isEmpty();
            lab.pass(10);
            assertThat(lab.engine.connections()).isEmpty();
            call(lab, "call9");
            assertThat(lab.toServers()).hasSize(1);
        }
    }

    @Test
    void aDatagramWithoutACallIdIsDroppedForThatReason() {
        try (Lab lab = new Lab()) {
            serve(lab, Forwarding.DIRECT_ROUTING);
            lab.client(Packets.from(Lab.CLIENT, Lab.VIP).udp(5060, 5060, new byte[40]));
            lab.client(Packets.from(Lab.CLIENT, Lab.VIP).udp(5060, 5060, new byte[0]));
            assertThat(lab.engine.counters().dropped(DropReason.NO_CALL_ID)).isEqualTo(2);
            assertThat(lab.accountedFor()).isEqualTo(2);
        }
    }

    @Test
    void aServerThatBeginsManyCallsLeavesOnlyTemplatesBehind() {
        try (Lab lab = new Lab()) {
            serve(lab, 2, Forwarding.MASQUERADE);
            for (int i = 0; i < 100; i++) {
                lab.server(Packets.from(Lab.SERVER, Lab.CLIENT).udp(5060, 5060, invite("served" + i)));
            }
            assertThat(lab.toClients()).hasSize(100).allSatisfy(frame -> assertThat(Read.of(frame).source())
                    .isEqualTo(Lab.VIP));
            assertThat(calls(lab)).hasSize(100);
            lab.pass(3);
            assertThat(lab.engine.connections()).isEmpty();
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 20261121})
    void whateverADatagramHoldsItIsSentOrDroppedForAReason(long seed) {
        Random random = new Random(seed);
        String[] pieces = {"Call-ID", "i", "call-id", ":", " ", "\t", "\r\n", "\n", "\r", "a", "@", "=", ",", "\0",
                "INVITE"};
        try (Lab lab = new Lab()) {
            serve(lab, 1, Forwarding.MASQUERADE);
            int sent = 5000;
            for (int i = 0; i < sent; i++) {
                StringBuilder text = new StringBuilder(random.nextInt(4) == 0 ? "" : "INVITE\r\nCall-ID: ");
                for (int pieceCount = random.nextInt(12); pieceCount > 0; pieceCount--) {
                    text.append(pieces[random.nextInt(pieces.length)].repeat(1 + random.nextInt(random.nextInt(20) == 0
                            ? 300
                            : 2)));
                }
                byte[] payload = text.toString().getBytes(StandardCharsets.ISO_8859_1);
                byte[] part = Arrays.copyOf(payload, Math.min(1400, payload.length));
                if (random.nextBoolean()) {
                    lab.client(Packets.from(Lab.CLIENT, Lab.VIP).udp(5060, 5060, part));
                } else {
                    lab.server(Packets.from(Lab.SERVER, Lab.CLIENT).udp(5060, 5060, part));
                }
                lab.toServers();
                lab.toClients();
                lab.toHost();
                lab.host1.takeSent();
                if (random.nextInt(50) == 0) {
                    lab.pass(1);
                }
            }
            assertThat(lab.accountedFor()).as("seed %d", seed).isEqualTo(sent);
            lab.pass(3);
            assertThat(lab.engine.connections()).as("seed %d", seed).isEmpty();
        }
    }

    @Test
    void whoeverListsSeesWholeCallIdsWhileTheyComeAndGo() throws InterruptedException {
        try (Lab lab = new Lab()) {
            serve(lab, 1, Forwarding.DIRECT_ROUTING);
            AtomicBoolean done = new AtomicBoolean();
            List<String> torn = new ArrayList<>();
            Thread lister = Thread.ofPlatform().start(() -> {
                while (!done.get()) {
                    for (ConnectionEntry entry : lab.engine.connections()) {
                        String call = entry.callId();
                        if (entry.template() && (call == null || call.chars().distinct().count() != 1)) {
                            torn.add(String.valueOf(call));
                        }
                    }
                }
            });
            for (int i = 0; i < 20_000; i++) {
                call(lab, String.valueOf((char) ('a' + i % 26)).repeat(1 + i * 7 % 255));
                lab.toServers();
                if (i % 100 == 0) {
                    lab.pass(1.2);
                }
            }
            done.set(true);
            lister.join();
            assertThat(torn).isEmpty();
        }
    }
}
