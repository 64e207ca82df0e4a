/**
 * VRRP (RFC 9568): who owns the virtual addresses. It speaks to the dataplane through an interface of its own that the
 * daemon implements, and knows nothing of the engine.
 */
@NullMarked
package dev.weir.vrrp;

import org.jspecify.annotations.NullMarked;
