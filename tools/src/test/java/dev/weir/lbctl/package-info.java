@NullMarked
package dev.weir.lbctl;

import org.jspecify.annotations.NullMarked;
