/** lbd, the daemon: it puts the parts of a director together and answers the tools through its control socket. */
@NullMarked
package dev.weir.lbd;

import org.jspecify.annotations.NullMarked;
