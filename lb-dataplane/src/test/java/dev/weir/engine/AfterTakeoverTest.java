package dev.weir.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.service.Forwarding;
import dev.weir.service.Protocol;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** For a while after a director has taken over, nobody hears from its host that a connection is unknown. */
class AfterTakeoverTest {
    private static final byte[] NOTHING = {};
    private final Lab lab = new Lab();

    @BeforeEach
    void serve() {
        lab.service(Protocol.TCP, Lab.VIP, 80, Forwarding.MASQUERADE, Lab.SERVER)
                .service(Protocol.TCP, Lab.VIP6, 80, Forwarding.DIRECT_ROUTING, Lab.SERVER6)
                .service(Protocol.TCP, Lab.VIP, 21, Forwarding.MASQUERADE, Lab.SERVER)
                .service(Protocol.SCTP, Lab.VIP, 90, Forwarding.DIRECT_ROUTING, Lab.SERVER);
    }

    @AfterEach
    void close() {
        lab.close();
    }

    private static Packets client() {
        return Packets.from(Lab.CLIENT, Lab.VIP);
    }

    /** Whose fate changes, and whose does not: a name, and what becomes of it while the director keeps still. */
    private static final Map<String, byte[]> FRAMES = Map.ofEntries(
            Map.entry("data", client().tcp(40000, 80, Packets.ACK, NOTHING)),
            Map.entry("end", client().tcp(40000, 80, Packets.FIN | Packets.ACK, NOTHING)),
            Map.entry("reset", client().tcp(40000, 80, Packets.RST, NOTHING)),
            Map.entry("over IPv6", Packets.from(Lab.CLIENT6, Lab.VIP6).tcp(40000, 80, Packets.ACK, NOTHING)),
            Map.entry("FTP's control", client().tcp(40000, 21, Packets.ACK, NOTHING)),
            Map.entry("SCTP's data", client().sctp(40000, 90, Packets.chunks(0))),
            Map.entry("the host's own service", client().tcp(40000, 22, Packets.ACK, NOTHING)),
            Map.entry("a high port beside FTP's", client().tcp(40000, 8080, Packets.ACK, NOTHING)),
            Map.entry("the host's own address",
                    Packets.from(Lab.CLIENT, "172.25.254.100").tcp(40000, 80, Packets.ACK, NOTHING)),
            Map.entry("a new connection", client().tcp(40001, 80, Packets.SYN, NOTHING)),
            Map.entry("a new association", client().sctp(40001, 90, Packets.chunks(1))));

    @ParameterizedTest
    @CsvSource({"data, dropped", "end, dropped", "reset, dropped", "over IPv6, dropped", "FTP's control, dropped",
            "SCTP's data, dropped", "the host's own service, host", "a high port beside FTP's, host",
            "the host's own address, host", "a new connection, forwarded", "a new association, forwarded"})
    void packetsOfNoConnection(String what, String fate) {
        byte[] frame = Objects.requireNonNull(FRAMES.get(what));
        String usual = fate.equals("dropped") ? "host" : fate;
        assertThat(fate(frame, false)).as("before").isEqualTo(usual);
        lab.engine.takenOver(lab.now + 3_000_000_000L);
        if (!fate.equals("forwarded")) {
            lab.pass(2.9);
            assertThat(fate(frame, false)).as("soon after").isEqualTo(fate);
        }
        lab.pass(0.2);
        if (!fate.equals("forwarded")) {
            assertThat(fate(frame, false)).as("later").isEqualTo(usual);
        }
        assertThat(lab.engine.counters().dropped(DropReason.AFTER_TAKEOVER)).isEqualTo(fate.equals("dropped") ? 1 : 0);
    }

    private String fate(byte[] frame, boolean fromServer) {
        if (fromServer) {
            lab.server(frame);
        } else {
            lab.client(frame);
        }
        int host = lab.host0.takeSent().size() + lab.host1.takeSent().size();
        int sent = lab.eth0.takeSent().size() + lab.eth1.takeSent().size();
        return host + sent > 1 ? "both" : host == 1 ? "host" : sent == 1 ? "forwarded" : "dropped";
    }

    @Test
    void aServersAnswerOfNoConnectionIsNotRoutedOn() {
        byte[] answer = Packets.from(Lab.SERVER, Lab.CLIENT).tcp(8080, 40000, Packets.ACK, NOTHING);
        byte[] toDirector = Packets.from(Lab.SERVER, "192.168.0.100").tcp(8080, 40000, Packets.ACK, NOTHING);
        byte[] otherPort = Packets.from(Lab.SERVER, Lab.CLIENT).tcp(9090, 40000, Packets.ACK, NOTHING);
        assertThat(fate(answer, true)).isEqualTo("host");
        lab.engine.takenOver(lab.now + 1_000_000_000L);
        assertThat(fate(answer, true)).isEqualTo("dropped");
        assertThat(fate(toDirector, true)).as("what a health check asked for").isEqualTo("host");
        assertThat(fate(otherPort, true)).as("no server's port").isEqualTo("host");
        lab.engine.takenOver(lab.now);
        assertThat(fate(answer, true)).as("it ends at once").isEqualTo("host");
    }

    @Test
    void fragmentsOfNoConnectionAreDroppedAsOftenAsTheyCame() {
        byte[] segment = client().tcpSegment(40000, 80, Packets.ACK, Packets.bytes(64));
        byte[] first = client().fragment(7, 0, true).frame(Packets.TCP, Packets.part(segment, 0, 40));
        byte[] second = client().fragment(7, 40, false).frame(Packets.TCP, Packets.part(segment, 40, segment.length));
        lab.engine.takenOver(lab.now + 1_000_000_000L);
        assertThat(fate(first, false)).isEqualTo("dropped");
        assertThat(fate(second, false)).isEqualTo("dropped");
        assertThat(lab.engine.counters().dropped(DropReason.AFTER_TAKEOVER)).isEqualTo(2);
        assertThat(lab.accountedFor()).isEqualTo(lab.engine.counters().received());
    }
}
