/** VRRP on the wire: adverts of versions 2 and 3, over IPv4 and IPv6, with the authentication of RFC 2338. Pure. */
@NullMarked
package dev.weir.vrrp.packet;

import org.jspecify.annotations.NullMarked;
