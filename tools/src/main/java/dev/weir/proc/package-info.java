/** What IPVS shows under /proc, as text, for those who read it there. */
@NullMarked
package dev.weir.proc;

import org.jspecify.annotations.NullMarked;
