/** The connection table outside the heap, the states of TCP and UDP, and timeouts. */
@NullMarked
package dev.weir.connection;

import org.jspecify.annotations.NullMarked;
