/** How adverts leave the host and come in: raw sockets on the instances' interfaces. */
@NullMarked
package dev.weir.vrrp.transport;

import org.jspecify.annotations.NullMarked;
