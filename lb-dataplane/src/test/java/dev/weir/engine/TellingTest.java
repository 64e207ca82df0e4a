package dev.weir.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.connection.ConnectionCopy;
import dev.weir.service.Forwarding;
import dev.weir.service.Protocol;
import dev.weir.service.ServiceException;
import dev.weir.wire.IpAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What workers tell of connections as an IPVS master does; that it is the kernel's way the recordings sync-* and told-* show. */
class TellingTest {
    private static final int MINUTE = 60;
    private final List<String> told = new ArrayList<>();

    private void take(Engines engines) {
        engines.synchronisation().take(1000, copy -> told.add(text(copy)));
    }

    private static String text(ConnectionCopy copy) {
        return (copy.isTemplate() ? "template" : "connection") + " of "
                + new IpAddress(copy.clientHigh, copy.clientLow) + ":" + copy.clientPort + " state " + copy.state
                + " after " + copy.packetsIn;
    }

    private static byte[] segment(int client, int port, int flags) {
        return Packets.from("172.25.254." + client, Lab.VIP).tcp(port, 443, flags, new byte[0]);
    }

    private static WorkersLab lab(int workers, int persistence) throws ServiceException {
        WorkersLab lab = new WorkersLab(workers, 4096);
        lab.service(Protocol.TCP, 443, persistence, -1, Forwarding.DIRECT_ROUTING, 2);
        return lab;
    }

    @Test
    void nothingIsToldUnlessAMasterRuns() throws ServiceException {
        try (WorkersLab lab = lab(1, MINUTE)) {
            for (int packet = 0; packet < 10; packet++) {
                lab.arrives(0, false, segment(10, 40000, packet == 0 ? Packets.SYN : Packets.ACK));
            }
            take(lab.engines);
            assertThat(told).isEmpty();
        }
    }

    @Test
    void aConnectionIsToldAtItsThirdPacketAndItsTemplateWithEach() throws ServiceException {
        try (WorkersLab lab = lab(1, MINUTE)) {
            lab.engines.synchronisation().tell(true);
            for (int packet = 0; packet < 4; packet++) {
                lab.arrives(0, false, segment(10, 40000, packet == 0 ? Packets.SYN : Packets.ACK));
            }
            take(lab.engines);
            assertThat(told).containsExactly("template of 172.25.254.10:0 state 0 after 1",
                    "template of 172.25.254.10:0 state 1 after 2",
                    "connection of 172.25.254.10:40000 state 1 after 3",
                    "template of 172.25.254.10:0 state 1 after 3",
                    "template of 172.25.254.10:0 state 1 after 4");
        }
    }

    @Test
    void templatesThatSeveralWorkersShareCountAllTheirPackets() throws ServiceException {
        try (WorkersLab lab = lab(3, MINUTE)) {
            lab.engines.synchronisation().tell(true);
            for (int port = 40000; port < 40050; port++) {
                for (int packet = 0; packet < 4; packet++) {
                    lab.arrives(port % 3, false, segment(10, port, packet == 0 ? Packets.SYN : Packets.ACK));
                }
            }
            take(lab.engines);
            Map<Boolean, Long> kinds = new TreeMap<>();
            told.forEach(each -> kinds.merge(each.startsWith("template"), 1L, Long::sum));
            assertThat(kinds).containsEntry(true, 200L).containsEntry(false, 50L);
            assertThat(told).anyMatch(each -> each.endsWith(" after 200"));
            assertThat(lab.engines.synchronisation().lost()).isZero();
        }
    }

    @Test
    void whoDoesNotListenLosesCopiesAndTheyAreCounted() throws ServiceException {
        try (WorkersLab lab = lab(1, MINUTE)) {
            lab.engines.synchronisation().tell(true);
            lab.arrives(0, false, segment(10, 40000, Packets.SYN));
            for (int packet = 0; packet < 5000; packet++) {
                lab.arrives(0, false, segment(10, 40000, Packets.ACK));
            }
            assertThat(lab.engines.synchronisation().lost()).isGreaterThan(900);
        }
    }

    @Test
    void aRefreshPeriodKeepsATemplateQuiet() throws ServiceException {
        try (WorkersLab lab = lab(2, 600)) {
            lab.engines.settings(lab.engines.settings().with(Sysctl.SYNC_REFRESH_PERIOD, 100));
            lab.engines.synchronisation().tell(true);
            lab.arrives(0, false, segment(10, 40000, Packets.SYN));
            for (int second = 0; second < 250; second++) {
                lab.now += 1_000_000_000L;
                lab.engines.engine(0).tick(lab.now);
                lab.engines.engine(1).tick(lab.now);
                lab.arrives(0, false, segment(10, 40000, Packets.ACK));
            }
            take(lab.engines);
            assertThat(told.stream().filter(each -> each.startsWith("template")).count()).isBetween(1L, 4L);
        }
    }
}
