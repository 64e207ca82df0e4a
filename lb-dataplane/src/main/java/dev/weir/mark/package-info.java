/** Firewall marks: what iptables' mangle table does to a packet's mark in PREROUTING, as IPVS sees it afterwards. */
@NullMarked
package dev.weir.mark;

import org.jspecify.annotations.NullMarked;
