/** Frames in and out in bursts: AF_PACKET rings, pcap (live and files), memory. */
@NullMarked
package dev.weir.port;

import org.jspecify.annotations.NullMarked;
