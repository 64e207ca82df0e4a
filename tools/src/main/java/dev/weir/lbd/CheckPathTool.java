package dev.weir.lbd;

import dev.weir.check.VipPath;
import dev.weir.client.ControlMessage.Answer;
import dev.weir.service.Protocol;
import dev.weir.service.RealServer;
import dev.weir.service.ServiceKey;
import dev.weir.service.Services;
import dev.weir.service.VirtualService;
import dev.weir.wire.IpAddress;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;

/**
 * {@code lb-ctl check-path VIP:PORT SERVER}: makes one connection to a virtual service as its clients do, to that server, and
 * says what became of it. Blocks; not for the control thread.
 */
final class CheckPathTool {
    /** Long enough for a SYN, and one more where it or its answer was lost. */
    private static final int TIMEOUT_MILLIS = 2500;
    private static final String USAGE = "usage: lb-ctl check-path VIP:PORT SERVER\n";

    private final Services services;
    private final VipPaths paths;

    CheckPathTool(Services services, VipPaths paths) {
        this.services = services;
        this.paths = paths;
    }

    /** @param stdin nothing */
    Answer run(List<String> arguments, String stdin) {
        if (arguments.size() != 2) {
            return new Answer(2, "", USAGE);
        }
        String vip = arguments.getFirst();
        int colon = vip.lastIndexOf(':');
        try {
            IpAddress address = IpAddress.parse(bare(vip.substring(0, Math.max(colon, 0))));
            int port = Integer.parseInt(vip.substring(colon + 1));
            return ask(address, port, IpAddress.parse(bare(arguments.getLast())));
        } catch (IllegalArgumentException e) {
            return new Answer(2, "", "lb-ctl: " + e.getMessage() + "\n" + USAGE);
        }
    }

    private static String bare(String address) {
        return address.startsWith("[") && address.endsWith("]") ? address.substring(1, address.length() - 1) : address;
    }

    private Answer ask(IpAddress address, int port, IpAddress wanted) {
        VirtualService service = services.current().find(new ServiceKey.Address(Protocol.TCP, address, port));
        if (service == null) {
            return new Answer(1, "",
                    "lb-ctl: no TCP service at " + address + " port " + port + "; ipvsadm -Ln lists them\n");
        }
        for (RealServer server : service.servers()) {
            if (server.address().equals(wanted)) {
                return ask(address, port, server);
            }
        }
        return new Answer(1, "", "lb-ctl: " + wanted + " is no server of that service; ipvsadm -Ln lists them\n");
    }

    private Answer ask(IpAddress address, int port, RealServer server) {
        try (VipPath.Way way = paths.open(address, port, server.address(), server.port(),
                server.settings().forwarding())) {
            try (Socket socket = new Socket()) {
                socket.bind(new InetSocketAddress(way.source().toInetAddress(), 0));
                socket.connect(new InetSocketAddress(way.destination().toInetAddress(), way.port()), TIMEOUT_MILLIS);
                return new Answer(0, "connected: " + way.seen() + "\n", "");
            } catch (IOException e) {
                return new Answer(1, "not connected (" + e.getMessage() + "): " + way.seen() + "\n", "");
            }
        } catch (IOException e) {
            return new Answer(1, "", "lb-ctl: " + e.getMessage() + "\n");
        }
    }
}
