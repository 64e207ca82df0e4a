/**
 * The schedulers of IPVS, pure: weights and counts of the servers in, a choice out. Nothing here does I/O, reads a clock
 * or knows of packets.
 */
@NullMarked
package dev.weir.scheduler;

import org.jspecify.annotations.NullMarked;
