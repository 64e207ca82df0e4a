/**
 * Bidirectional Forwarding Detection (RFC 5880, 5881): whether a neighbour's packets arrive here, and ours there. Asynchronous
 * mode without authentication and echo, as keepalived has it. What follows is for who tracks a session.
 */
@NullMarked
package dev.weir.bfd;

import org.jspecify.annotations.NullMarked;
