/** tools/lab soak: mixed traffic at saturation while services and servers change, and what must hold of it. */
@NullMarked
package dev.weir.soak;

import org.jspecify.annotations.NullMarked;
