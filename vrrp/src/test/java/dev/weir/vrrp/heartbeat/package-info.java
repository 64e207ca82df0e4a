/** Heartbeats as bytes, and over wires. */
@NullMarked
package dev.weir.vrrp.heartbeat;

import org.jspecify.annotations.NullMarked;
