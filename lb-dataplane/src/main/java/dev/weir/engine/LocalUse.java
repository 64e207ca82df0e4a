package dev.weir.engine;

import dev.weir.wire.IpAddress;

/**
 * How much of a local address is in use towards one server.
 *
 * @param protocol IP protocol number
 * @param used     connections that have a port of it now
 * @param ports    how many it has
 * @param refused  connections that found none free, of any address that they might have had; counted with the last asked
 */
public record LocalUse(IpAddress local, int protocol, IpAddress server, int serverPort, int used, int ports,
        long refused) {
}
