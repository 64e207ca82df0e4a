/**
 * Whom Weir tells: scripts, FIFOs and mail, as keepalived.conf(5) sets them. It knows neither VRRP nor health checks, which
 * say what is to be told.
 */
@NullMarked
package dev.weir.notify;

import org.jspecify.annotations.NullMarked;
