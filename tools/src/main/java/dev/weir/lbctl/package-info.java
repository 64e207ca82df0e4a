/** lb-ctl: what the daemon knows of itself, its servers and their checks, and what an operator changes of them. */
@NullMarked
package dev.weir.lbctl;

import org.jspecify.annotations.NullMarked;
