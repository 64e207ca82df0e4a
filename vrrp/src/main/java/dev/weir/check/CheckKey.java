package dev.weir.check;

import dev.weir.conf.HealthCheck;

/**
 * Which check of which server. Checks with equal keys are the same before and after a reload, and go on with what they
 * know; how often it is asked may have changed.
 *
 * @param service    the virtual server, as keepalived names it
 * @param server     the real server, as keepalived names it
 * @param occurrence 0 unless the server has several that are alike
 */
public record CheckKey(String service, String server, HealthCheck.Connection connection, HealthCheck.Probe probe,
        int occurrence) {
}
