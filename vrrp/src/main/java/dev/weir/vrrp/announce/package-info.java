/** Gratuitous ARP and unsolicited neighbour advertisements: where virtual addresses are now. */
@NullMarked
package dev.weir.vrrp.announce;

import org.jspecify.annotations.NullMarked;
