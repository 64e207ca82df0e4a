/** Virtual services and real servers: changed by the control thread, read by workers as immutable snapshots. */
@NullMarked
package dev.weir.service;

import org.jspecify.annotations.NullMarked;
