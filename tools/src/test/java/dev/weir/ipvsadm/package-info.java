@NullMarked
package dev.weir.ipvsadm;

import org.jspecify.annotations.NullMarked;
