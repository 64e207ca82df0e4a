package dev.weir.check;

import dev.weir.conf.HealthCheck;
import dev.weir.conf.VirtualServer;

/**
 * A check as it is wanted.
 *
 * @param service of the virtual server, one of them where it is a group: what check_path vip asks for
 * @param server  that is asked
 */
public record Wanted(CheckKey key, HealthCheck check, VirtualServer.Service service, VirtualServer.RealServer server) {
}
