package dev.weir.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.wire.IpAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What becomes of a real server that is removed while connections lead to it. */
class RemovedServerTest {
    private static final ServiceKey KEY = new ServiceKey.Address(Protocol.TCP, IpAddress.parse("10.0.0.1"), 80);
    private static final ServiceKey OTHER = new ServiceKey.Address(Protocol.TCP, IpAddress.parse("10.0.0.1"), 81);
    private static final IpAddress SERVER = IpAddress.parse("10.0.1.1");
    private final Services services = new Services();

    private RealServer add(ServiceKey key, int weight) throws ServiceException {
        if (services.current().find(key) == null) {
            services.addService(key, new VirtualService.Settings("rr", Set.of(), 0, 32, false, null));
        }
        services.addServer(key, SERVER, 80, new RealServer.Settings(Forwarding.DIRECT_ROUTING, weight, 0, 0));
        VirtualService service = Objects.requireNonNull(services.current().find(key));
        return Objects.requireNonNull(service.server(SERVER, 80));
    }

    @Test
    void returnsWithItsConnectionsAndCountersAndTheNewSettings() throws ServiceException {
        RealServer server = add(KEY, 1);
        server.connectionsChanged(2, 1);
        server.counters().countConnection(0);
        services.deleteServer(KEY, SERVER, 80);
        assertThat(server.present()).isFalse();
        assertThat(services.server(server.id())).isSameAs(server);
        assertThat(add(KEY, 5)).isSameAs(server);
        assertThat(server.present()).isTrue();
        assertThat(server.weight()).isEqualTo(5);
        assertThat(server.activeConnections()).isEqualTo(2);
        assertThat(server.counters().read().connections()).isEqualTo(1);
    }

    @Test
    void isForgottenTwoMinutesAfterTheLastConnectionToIt() throws ServiceException {
        RealServer server = add(KEY, 1);
        server.connectionsChanged(1, 0);
        services.deleteServer(KEY, SERVER, 80);
        pass(600);
        server.connectionsChanged(-1, 0);
        pass(120);
        assertThat(add(KEY, 1)).isSameAs(server);
        services.deleteServer(KEY, SERVER, 80);
        pass(122);
        assertThat(add(KEY, 1)).isNotSameAs(server);
    }

    private void pass(int seconds) {
        for (int i = 0; i < seconds; i += Counters.RATE_INTERVAL_SECONDS) {
            services.forgetRemoved();
        }
    }

    @Test
    void standsAmongTheDepartedUntilItsConnectionsHaveEnded() throws ServiceException {
        RealServer server = add(KEY, 1);
        server.connectionsChanged(0, 1);
        services.deleteService(KEY);
        assertThat(services.current().departed()).containsExactly(new ServiceTable.Departed(KEY, server));
        server.connectionsChanged(0, -1);
        pass(Counters.RATE_INTERVAL_SECONDS);
        assertThat(services.current().departed()).isEmpty();
    }

    @Test
    void isNotAmongTheDepartedWithoutConnectionsOrOnceItIsBack() throws ServiceException {
        RealServer server = add(KEY, 1);
        services.deleteServer(KEY, SERVER, 80);
        assertThat(services.current().departed()).isEmpty();
        assertThat(add(KEY, 1)).isSameAs(server);
        server.connectionsChanged(1, 0);
        services.deleteServer(KEY, SERVER, 80);
        add(KEY, 1);
        assertThat(services.current().departed()).isEmpty();
    }

    @Test
    void whoeverListensKnowsOfAServerBeforeWorkersDo() throws ServiceException {
        List<Boolean> known = new ArrayList<>();
        services.onChange(table -> known.add(services.current() == table));
        add(KEY, 1);
        assertThat(known).as("the first call is about the table at hand").containsExactly(true, false, false);
    }

    @Test
    void itsNumberIsNoOthersUntilItIsForgotten() throws ServiceException {
        RealServer server = add(KEY, 1);
        services.deleteServer(KEY, SERVER, 80);
        assertThat(add(OTHER, 1).id()).isNotEqualTo(server.id());
        pass(122);
        services.deleteServer(OTHER, SERVER, 80);
        pass(122);
        assertThat(add(OTHER, 1).id()).isEqualTo(server.id());
    }

    @Test
    void returnsToItsOwnServiceOnly() throws ServiceException {
        RealServer server = add(KEY, 1);
        server.connectionsChanged(1, 0);
        services.deleteServer(KEY, SERVER, 80);
        RealServer others = add(OTHER, 1);
        assertThat(others).isNotSameAs(server);
        assertThat(others.id()).isNotEqualTo(server.id());
    }

    @Test
    void countsForTheNewServiceWhereTheServiceWasRemovedToo() throws ServiceException {
        RealServer server = add(KEY, 1);
        server.connectionsChanged(1, 0);
        server.counters().countConnection(0);
        services.deleteService(KEY);
        assertThat(add(KEY, 1)).isSameAs(server);
        VirtualService service = Objects.requireNonNull(services.current().find(KEY));
        assertThat(server.serviceCounters()).isSameAs(service.counters());
        assertThat(server.counters().read().connections()).isZero();
    }
}
