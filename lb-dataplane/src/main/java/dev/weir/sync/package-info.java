/** What one director tells others of its connections: IPVS's synchronisation protocol, and its sockets. */
@NullMarked
package dev.weir.sync;

import org.jspecify.annotations.NullMarked;
