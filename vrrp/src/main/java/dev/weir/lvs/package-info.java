/**
 * Virtual servers of keepalived.conf: which real servers are in service by their checks, quorum and sorry server, what
 * follows for the dataplane, and who is told. The machine is pure; a thread of its own runs it. The dataplane is reached
 * through {@link dev.weir.lvs.Balancer} alone.
 */
@NullMarked
package dev.weir.lvs;

import org.jspecify.annotations.NullMarked;
