/** genhash: the digest of a page, for HTTP_GET and SSL_GET. */
@NullMarked
package dev.weir.genhash;

import org.jspecify.annotations.NullMarked;
