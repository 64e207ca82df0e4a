/** The command-line tools' side of the control socket. JDK only and little of it, so that it starts fast. */
@NullMarked
package dev.weir.client;

import org.jspecify.annotations.NullMarked;
