/** Routes, neighbours, links and addresses of the host: mirrored from netlink, or given in tests. */
@NullMarked
package dev.weir.route;

import org.jspecify.annotations.NullMarked;
