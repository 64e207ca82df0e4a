/** keepalived.conf(5): read, judged as keepalived judges it, and printed in canonical form. */
@NullMarked
package dev.weir.conf;

import org.jspecify.annotations.NullMarked;
