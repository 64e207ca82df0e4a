/** Whom virtual routers and their groups tell of their states: scripts, FIFOs and mail. */
@NullMarked
package dev.weir.vrrp.tell;

import org.jspecify.annotations.NullMarked;
