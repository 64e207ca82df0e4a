/**
 * What keepalived 2.2.7 knows: every directive with its place, its arguments and what Weir does with it, and the checks
 * that decide what {@code keepalived -t} would say.
 */
@NullMarked
package dev.weir.conf.directive;

import org.jspecify.annotations.NullMarked;
