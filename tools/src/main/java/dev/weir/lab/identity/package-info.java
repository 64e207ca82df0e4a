/**
 * Very many short connections, each of which says at both ends who it is, so that none is taken for another: what
 * {@code tools/lab fullnat} runs in its client and its servers.
 */
@NullMarked
package dev.weir.lab.identity;

import org.jspecify.annotations.NullMarked;
