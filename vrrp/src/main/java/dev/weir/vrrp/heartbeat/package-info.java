/** The second path of an instance: what its nodes tell each other by datagrams, beside adverts. */
@NullMarked
package dev.weir.vrrp.heartbeat;

import org.jspecify.annotations.NullMarked;
