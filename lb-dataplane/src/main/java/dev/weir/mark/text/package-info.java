/** The rules of iptables' mangle table as text: arguments of iptables(8), and what iptables-save(8) prints. */
@NullMarked
package dev.weir.mark.text;

import org.jspecify.annotations.NullMarked;
