/**
 * Health checks of keepalived.conf: one file for each checker, all on virtual threads; when they run and how often they
 * must fail is a machine without threads or clock. Knows no virtual server: who wants a check is told of its outcomes.
 */
@NullMarked
package dev.weir.check;

import org.jspecify.annotations.NullMarked;
