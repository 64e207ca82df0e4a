package dev.weir.ipvsadm;

import dev.weir.service.Protocol;
import dev.weir.wire.IpAddress;
import org.jspecify.annotations.Nullable;

/** Writes address and port, by name where names are wanted and known. */
final class Endpoints {
    private final Names names;
    private final boolean numeric;

    Endpoints(Names names, boolean numeric) {
        this.names = names;
        this.numeric = numeric;
    }

    /** @param protocol of the port; null: any */
    String text(IpAddress address, int port, @Nullable Protocol protocol) {
        String host = numeric ? null : names.host(address);
        String service = numeric ? null : names.service(port, protocol);
        String shownHost = host == null ? address.toString() : host;
        String shownPort = service == null ? Integer.toString(port) : service;
        return (address.isV4() ? shownHost : "[" + shownHost + "]") + ":" + shownPort;
    }
}
