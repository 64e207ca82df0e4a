package dev.weir.route;

/**
 * An interface of the host.
 *
 * @param index           as in {@code ip link}, at least 1
 * @param hardwareAddress the MAC address in the low 48 bits, first byte highest; 0 where the link has none
 * @param mtu             bytes of IP packet
 * @param up              administratively up (IFF_UP); a cable may still be missing
 * @param type            ARPHRD_ value: {@link #ETHERNET}, {@link #LOOPBACK} or another
 * @param kind            what {@code ip link add type} calls it ("bridge", "vlan", "veth" ...); empty for hardware
 * @param master          index of the bridge, bond, team or VRF it is enslaved to; 0: none
 * @param lower           index of the interface it is stacked on (IFLA_LINK), in this namespace; 0: none
 */
public record Link(int index, String name, long hardwareAddress, int mtu, boolean up, int type, String kind, int master,
        int lower) {
    public static final int ETHERNET = 1;
    public static final int LOOPBACK = 772;

    /** An ordinary Ethernet interface that is up. */
    public static Link ethernet(int index, String name, long hardwareAddress, int mtu) {
        return new Link(index, name, hardwareAddress, mtu, true, ETHERNET, "", 0, 0);
    }
}
