package dev.weir.engine;

import dev.weir.service.ClientAddress;
import dev.weir.service.Forwarding;
import dev.weir.service.Protocol;
import dev.weir.service.RealServer;
import dev.weir.service.ServiceException;
import dev.weir.service.ServiceKey;
import dev.weir.service.VirtualService;
import dev.weir.wire.IpAddress;
import java.util.Set;

/** Services under FULLNAT whose clients and servers are of different families, as tests of them need. */
final class TwoFamilies {
    /** Who talks to whom. */
    enum Way {
        V6_TO_V4(Lab.CLIENT6, Lab.VIP6, "192.168.0.101", Lab.SERVER), V4_TO_V6(Lab.CLIENT, Lab.VIP, "2001:db8:5::65",
                Lab.SERVER6);

        final String client;
        final String vip;
        final String local;
        final String server;

        Way(String client, String vip, String local, String server) {
            this.client = client;
            this.vip = vip;
            this.local = local;
            this.server = server;
        }

        int clientHeader() {
            return this == V4_TO_V6 ? 20 : 40;
        }

        int serverHeader() {
            return this == V4_TO_V6 ? 40 : 20;
        }
    }

    private TwoFamilies() {
    }

    static void service(Lab lab, Protocol protocol, Way way) {
        service(lab, protocol, way.vip, way.server, way.local);
    }

    /** A service on port 80 with one server, who is not told its client, and one local address, which is the director's. */
    static void service(Lab lab, Protocol protocol, String vip, String server, String local) {
        lab.routes.address("eth1", IpAddress.parse(local), IpAddress.parse(local).isV4() ? 32 : 128);
        ServiceKey key = Lab.key(protocol, vip, 80);
        try {
            lab.services.addService(key,
                    new VirtualService.Settings("rr", Set.of(), 0, -1, false, null, ClientAddress.NONE));
            lab.services.addServer(key, IpAddress.parse(server), 80,
                    new RealServer.Settings(Forwarding.FULL_NAT, 1, 0, 0));
            lab.services.addLocalAddress(key, IpAddress.parse(local));
        } catch (ServiceException e) {
            throw new AssertionError(e);
        }
    }
}
