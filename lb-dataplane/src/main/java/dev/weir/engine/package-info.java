/** The way of a packet: classifying, looking up, scheduling, forwarding; drop reasons and counters. */
@NullMarked
package dev.weir.engine;

import org.jspecify.annotations.NullMarked;
