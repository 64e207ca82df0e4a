/** ipvsadm 1.31 as the daemon answers it: arguments and standard input in, exit status and text out. */
@NullMarked
package dev.weir.ipvsadm;

import org.jspecify.annotations.NullMarked;
