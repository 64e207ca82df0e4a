/** The host's own packet filter, followed: what its rules make of packets' marks, by iptables-legacy, iptables-nft or nft. */
@NullMarked
package dev.weir.firewall;

import org.jspecify.annotations.NullMarked;
