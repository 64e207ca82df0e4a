/** Headers as views over memory, and checksums. Byte order lives here and nowhere else. */
@NullMarked
package dev.weir.wire;

import org.jspecify.annotations.NullMarked;
