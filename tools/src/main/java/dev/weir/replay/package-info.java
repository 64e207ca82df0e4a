/** Recordings of the kernel's IPVS, and captures, played through the engine by their own clock; the tool lb-replay. */
@NullMarked
package dev.weir.replay;

import org.jspecify.annotations.NullMarked;
