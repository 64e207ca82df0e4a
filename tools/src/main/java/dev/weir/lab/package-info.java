/** Small programs of the labs' own, which stand in for what a kernel may lack: tunnel devices and VLANs. */
@NullMarked
package dev.weir.lab;

import org.jspecify.annotations.NullMarked;
