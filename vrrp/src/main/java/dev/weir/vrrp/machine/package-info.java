/**
 * What a VRRP router does, as a pure function: event and time in, actions out. No socket, no clock, no thread; who runs it
 * hands it what happened, in order, and carries out what it answers.
 */
@NullMarked
package dev.weir.vrrp.machine;

import org.jspecify.annotations.NullMarked;
