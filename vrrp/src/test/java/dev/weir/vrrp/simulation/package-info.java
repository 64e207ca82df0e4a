/** Histories of nodes and networks from seeds, and what must hold in each of them. */
@NullMarked
package dev.weir.vrrp.simulation;

import org.jspecify.annotations.NullMarked;
