/**
 * The text of keepalived.conf(5): files, conditions, parameters and sequences become lines, lines become words, words
 * become a tree of statements. It knows no directive.
 */
@NullMarked
package dev.weir.conf.text;

import org.jspecify.annotations.NullMarked;
