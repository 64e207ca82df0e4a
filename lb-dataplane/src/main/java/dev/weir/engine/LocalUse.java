package dev.weir.engine;

import dev.weir.wire.IpAddress;

/**
 * How much of a local address is in use towards one server, of one worker's ports.
 *
 * @param protocol IP protocol number
 * @param used     connections that have a port of it now
 * @param ports    how many it has
 * @param refused  connections that found none free, of any address that they might have had; counted with the last asked
 */
public record LocalUse(IpAddress local, int protocol, IpAddress server, int serverPort, int used, int ports,
        long refused) {
    /** How many ports a local address has towards each server, of all workers together. */
    public static final int PORTS = LocalPorts.LAST_PORT - LocalPorts.FIRST_PORT + 1;

    /** How many of a hundred are in use, rounded down. */
    public int percent() {
        return ports == 0 ? 0 : (int) (100L * used / ports);
    }
}
