package dev.weir.ipvsadm;

import dev.weir.service.Protocol;
import dev.weir.wire.IpAddress;
import org.jspecify.annotations.Nullable;

/** Names of hosts and ports, as far as somebody knows them. */
public interface Names {
    /** The IPv4 address of a host, or null. */
    @Nullable
    IpAddress address(String host);

    /** The name of a host, or null. */
    @Nullable
    String host(IpAddress address);

    /**
     * The port of a service of /etc/services, or -1.
     *
     * @param protocol null: any
     */
    int port(String service, @Nullable Protocol protocol);

    /**
     * The name of a port, or null.
     *
     * @param protocol null: any
     */
    @Nullable
    String service(int port, @Nullable Protocol protocol);
}
