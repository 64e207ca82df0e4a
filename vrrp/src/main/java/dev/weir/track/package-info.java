/** Files whose number virtual routers and real servers follow: track_file of keepalived.conf. */
@NullMarked
package dev.weir.track;

import org.jspecify.annotations.NullMarked;
