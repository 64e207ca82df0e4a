package dev.weir.check;

import dev.weir.conf.HealthCheck.Connection;
import dev.weir.wire.IpAddress;
import org.jspecify.annotations.Nullable;

/**
 * Where a socket's packets go, and from where.
 *
 * @param source     null: as routing has it
 * @param sourcePort 0: any
 * @param device     the interface that they leave by, or null
 * @param mark       firewall mark; 0: none
 */
record Route(IpAddress host, int port, @Nullable IpAddress source, int sourcePort, @Nullable String device, long mark) {
    /** To the server's own address. */
    static Route direct(Connection connection) {
        return new Route(connection.host(), connection.port(), connection.bindTo(), connection.bindPort(),
                connection.bindInterface(), connection.mark());
    }

    /** What a socket is bound to: of no address in particular where none is said. */
    IpAddress from() {
        return source != null ? source : host.isV4() ? IpAddress.ANY_V4 : IpAddress.ANY_V6;
    }
}
