@NullMarked
package dev.weir.lbd;

import org.jspecify.annotations.NullMarked;
