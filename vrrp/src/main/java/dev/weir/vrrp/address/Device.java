package dev.weir.vrrp.address;

/**
 * An interface of the host.
 *
 * @param mac   48 bits, first byte highest; 0: none
 * @param up    IFF_UP and IFF_RUNNING: what VRRP calls up
 * @param arp   whether neighbours are asked for there
 * @param lower index of the interface below, 0: none
 * @param kind  as {@code ip link add type} has it, or ""
 */
public record Device(int index, String name, long mac, boolean up, boolean arp, int lower, String kind) {
}
