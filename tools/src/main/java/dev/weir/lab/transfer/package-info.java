/**
 * Many TCP connections that carry data both ways, slowly and for as long as they are let: what tools/lab failover sends
 * through a pair of directors. {@link dev.weir.lab.transfer.Transfers} runs on the client and on each server, and
 * {@link dev.weir.lab.transfer.TransferReport} compares what they saw.
 */
@NullMarked
package dev.weir.lab.transfer;

import org.jspecify.annotations.NullMarked;
