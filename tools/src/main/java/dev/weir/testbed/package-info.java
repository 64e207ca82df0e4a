/** A director's host to try things on: a network namespace with lbd in it, and raw sockets at the other ends of its wires. */
@NullMarked
package dev.weir.testbed;

import org.jspecify.annotations.NullMarked;
