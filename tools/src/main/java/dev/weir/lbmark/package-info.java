/** lb-mark: the director's own rules of firewall marks, in iptables' words. */
@NullMarked
package dev.weir.lbmark;

import org.jspecify.annotations.NullMarked;
