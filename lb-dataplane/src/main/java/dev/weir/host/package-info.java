/** The host beside the director: its stack must not see what Weir balances, and gets back what is its own. */
@NullMarked
package dev.weir.host;

import org.jspecify.annotations.NullMarked;
