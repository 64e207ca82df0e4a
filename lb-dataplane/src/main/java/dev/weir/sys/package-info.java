/** Linux through java.lang.foreign: sockets, rings, netlink, BPF. The only package with a Linker. */
@NullMarked
package dev.weir.sys;

import org.jspecify.annotations.NullMarked;
