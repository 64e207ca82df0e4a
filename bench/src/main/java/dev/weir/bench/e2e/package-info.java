/**
 * End-to-end measurements of Weir beside what a user would run instead: namespaces, generator, sink, contenders, measures
 * and the report. {@code bench/e2e --help} says how to use it.
 */
@NullMarked
package dev.weir.bench.e2e;

import org.jspecify.annotations.NullMarked;
