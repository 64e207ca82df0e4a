/** What happens to a packet of a connection: masquerading, direct routing, tunnels, ICMP errors, fragments. */
@NullMarked
package dev.weir.forward;

import org.jspecify.annotations.NullMarked;
