package dev.weir.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.wire.IpAddress;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A server may be of the other address family than its service where its packets are wrapped or translated. */
class ServerFamilyTest {
    private static final ServiceKey KEY = new ServiceKey.Address(Protocol.TCP, IpAddress.parse("10.0.0.1"), 80);
    private static final IpAddress SERVER = IpAddress.parse("2001:db8::10");
    private final Services services = new Services();

    private static RealServer.Settings by(Forwarding forwarding) {
        return new RealServer.Settings(forwarding, 1, 0, 0);
    }

    @Test
    void itStaysSoWhenItIsEdited() throws ServiceException {
        services.addService(KEY, new VirtualService.Settings("rr", Set.of(), 0, -1, false, null));
        services.addServer(KEY, SERVER, 80, by(Forwarding.FULL_NAT));
        services.editServer(KEY, SERVER, 80, by(Forwarding.IPIP));
        assertThatThrownBy(() -> services.editServer(KEY, SERVER, 80, by(Forwarding.MASQUERADE)))
                .isInstanceOf(ServiceException.class);
        VirtualService service = Objects.requireNonNull(services.current().find(KEY));
        assertThat(Objects.requireNonNull(service.server(SERVER, 80)).settings()).isEqualTo(by(Forwarding.IPIP));
        assertThatThrownBy(() -> services.addServer(KEY, SERVER, 81, by(Forwarding.DIRECT_ROUTING)))
                .isInstanceOf(ServiceException.class);
    }
}
