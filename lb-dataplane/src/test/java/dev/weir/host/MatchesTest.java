package dev.weir.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.host.Match.Kind;
import dev.weir.service.Forwarding;
import dev.weir.service.Forwarding.Tunnel;
import dev.weir.service.Forwarding.TunnelChecksum;
import dev.weir.service.Forwarding.TunnelType;
import dev.weir.service.Protocol;
import dev.weir.service.RealServer;
import dev.weir.service.ServiceException;
import dev.weir.service.ServiceKey;
import dev.weir.service.Services;
import dev.weir.service.VirtualService;
import dev.weir.wire.IpAddress;
import dev.weir.wire.IpPrefix;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MatchesTest {
    private static final IpAddress VIP = IpAddress.parse("192.0.2.80");
    private static final IpAddress VIP6 = IpAddress.parse("2001:db8::80");
    private static final IpAddress SERVER = IpAddress.parse("10.0.0.10");
    private static final IpAddress HOST = IpAddress.parse("192.0.2.1");
    private final Services services = new Services();

    @Test
    void a_masqueraded_service_takes_its_packets_and_its_servers() throws Exception {
        add(new ServiceKey.Address(Protocol.TCP, VIP, 80), SERVER, 8080, Forwarding.MASQUERADE);
        assertThat(Matches.of(services.current(), List.of(IpPrefix.host(HOST), IpPrefix.host(VIP))))
                .containsExactlyInAnyOrder(
                        new Match(Kind.SERVICE, 6, VIP, 80), new Match(Kind.VIRTUAL_ADDRESS, 0, VIP, 0),
                        new Match(Kind.SERVER, 6, SERVER, 8080), new Match(Kind.HOST_ADDRESS, 0, HOST, 0),
                        new Match(Kind.HOST_ADDRESS, 0, VIP, 0));
    }

    @Test
    void a_service_of_every_port_takes_every_port_of_its_servers() throws Exception {
        add(new ServiceKey.Address(Protocol.UDP, VIP, 0), SERVER, 53, Forwarding.MASQUERADE);
        assertThat(servers()).containsExactly(new Match(Kind.SERVER, 17, SERVER, 0));
    }

    @Test
    void a_server_that_answers_by_itself_is_not_taken() throws Exception {
        add(new ServiceKey.Address(Protocol.TCP, VIP, 80), SERVER, 80, Forwarding.DIRECT_ROUTING);
        assertThat(servers()).isEmpty();
    }

    @Test
    void a_tunnelled_server_is_known_by_its_outer_protocol() throws Exception {
        add(new ServiceKey.Address(Protocol.TCP, VIP, 80), SERVER, 80, Forwarding.IPIP);
        add(new ServiceKey.Address(Protocol.TCP, VIP6, 80), SERVER, 80, Forwarding.IPIP);
        add(new ServiceKey.Address(Protocol.TCP, VIP, 81), SERVER, 80,
                new Tunnel(TunnelType.GUE, 5555, TunnelChecksum.NONE));
        add(new ServiceKey.Address(Protocol.TCP, VIP, 82), SERVER, 80,
                new Tunnel(TunnelType.GRE, 0, TunnelChecksum.NONE));
        assertThat(servers()).containsExactlyInAnyOrder(new Match(Kind.SERVER, 4, SERVER, 0),
                new Match(Kind.SERVER, 41, SERVER, 0), new Match(Kind.SERVER, 17, SERVER, 5555),
                new Match(Kind.SERVER, 47, SERVER, 0));
    }

    @Test
    void a_firewall_mark_matches_nothing() throws Exception {
        add(new ServiceKey.Mark(1, true), SERVER, 80, Forwarding.MASQUERADE);
        assertThat(Matches.of(services.current(), List.of())).isEmpty();
    }

    private List<Match> servers() {
        return Matches.of(services.current(), List.of()).stream().filter(match -> match.kind() == Kind.SERVER).toList();
    }

    private void add(ServiceKey key, IpAddress server, int port, Forwarding forwarding) throws ServiceException {
        services.addService(key, new VirtualService.Settings("rr", Set.of(), 0, key.v4() ? 32 : 128, false, null));
        services.addServer(key, server, port, new RealServer.Settings(forwarding, 1, 0, 0));
    }
}
