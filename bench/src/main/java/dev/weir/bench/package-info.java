/** Measurements: JMH for the stages of a packet's way. Speed claims come from here and never from a test. */
@NullMarked
package dev.weir.bench;

import org.jspecify.annotations.NullMarked;
