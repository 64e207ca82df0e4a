package dev.weir.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.scheduler.Flow;
import dev.weir.scheduler.Scheduler;
import dev.weir.wire.IpAddress;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** A scheduler hears of what happens to its servers, whoever changes them. */
class SchedulingChangesTest {
    private static final ServiceKey KEY = new ServiceKey.Address(Protocol.TCP, IpAddress.parse("10.0.0.1"), 80);
    private final Services services = new Services();

    private record AnyFlow(long clientHigh, long clientLow, int clientPort, long destinationHigh, long destinationLow,
            int destinationPort, long now) implements Flow {
    }

    private VirtualService service() {
        return Objects.requireNonNull(services.current().find(KEY));
    }

    private void add(int number, int weight, int upper) throws ServiceException {
        services.addServer(KEY, IpAddress.v4(0x0a00_0100 + number), 80,
                new RealServer.Settings(Forwarding.MASQUERADE, weight, upper, 0));
    }

    private RealServer server(int number) {
        return Objects.requireNonNull(service().server(IpAddress.v4(0x0a00_0100 + number), 80));
    }

    private int chosen() {
        int place = service().scheduler().choose(new AnyFlow(0, 1, 1024, 0, 2, 80, 0));
        return place == Scheduler.NONE ? 0 : (int) service().servers().get(place).address().low() & 0xff;
    }

    private void addService(String scheduler) throws ServiceException {
        services.addService(KEY, new VirtualService.Settings(scheduler, Set.of(), 0, -1, false, null));
    }

    @Test
    void countsThresholdsAndEditsMoveTheChoice() throws ServiceException {
        addService("wlc");
        add(1, 1, 2);
        add(2, 1, 0);
        assertThat(chosen()).isEqualTo(2);
        server(2).connectionsChanged(1, 0);
        assertThat(chosen()).isEqualTo(1);
        server(1).connectionsChanged(0, 2);
        server(1).bound();
        assertThat(chosen()).as("1 is overloaded").isEqualTo(2);
        server(1).connectionsChanged(0, -1);
        server(1).unbound();
        assertThat(chosen()).isEqualTo(1);
        services.editServer(KEY, server(1).address(), 80, new RealServer.Settings(Forwarding.MASQUERADE, 0, 0, 0));
        assertThat(chosen()).isEqualTo(2);
        services.deleteServer(KEY, server(2).address(), 80);
        assertThat(chosen()).isZero();
    }

    /** A worker counts connections while the control thread adds, edits and removes servers: no count is lost on the way. */
    @Test
    void noChangeIsLostWhileTheListChanges() throws ServiceException, InterruptedException {
        addService("lc");
        for (int number = 1; number <= 20; number++) {
            add(number, 1, 0);
            server(number).connectionsChanged(0, number);
        }
        List<RealServer> counted = service().servers();
        AtomicBoolean over = new AtomicBoolean();
        Thread worker = Thread.ofPlatform().start(() -> {
            Random dice = new Random(1);
            while (!over.get()) {
                counted.get(dice.nextInt(20)).connectionsChanged(0, 1);
            }
        });
        Random dice = new Random(2);
        for (int i = 0; i < 2_000; i++) {
            int number = 1 + dice.nextInt(20);
            if (dice.nextBoolean()) {
                services.deleteServer(KEY, server(number).address(), 80);
                add(number, 1, 0);
            } else {
                services.editServer(KEY, server(number).address(), 80,
                        new RealServer.Settings(Forwarding.MASQUERADE, 1 + dice.nextInt(5), 0, 0));
            }
        }
        over.set(true);
        worker.join();
        RealServer least = service().servers().stream()
                .min(Comparator.comparingInt(RealServer::inactiveConnections)).orElseThrow();
        assertThat(chosen()).isEqualTo((int) least.address().low() & 0xff);
    }
}
