/** What instances and the file put onto the host: addresses, routes, rules and interfaces, through rtnetlink. */
@NullMarked
package dev.weir.vrrp.address;

import org.jspecify.annotations.NullMarked;
