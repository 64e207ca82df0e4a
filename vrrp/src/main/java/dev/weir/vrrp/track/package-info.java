/**
 * What virtual routers watch: scripts, files and processes. Each tells when it changes; what follows from that is the state
 * machine's to say.
 */
@NullMarked
package dev.weir.vrrp.track;

import org.jspecify.annotations.NullMarked;
