/**
 * Weir's own synchronisation: two directors tell each other of their connections over TCP, encrypted and authenticated by a
 * key that both have. docs/sync.md says what goes over the wire.
 *
 * <p>{@link Channel} makes records of bytes; {@link Teller} says what there is to tell, {@link Receiver} what becomes of what
 * is told; {@link Peer} is both for one other director. None of these has a socket, a clock or a thread:
 * {@link StreamThread} has.
 */
@NullMarked
package dev.weir.sync.stream;

import org.jspecify.annotations.NullMarked;
