package dev.weir.vrrp.address;

import dev.weir.sys.Netlink;
import dev.weir.sys.NetlinkAttributes;
import dev.weir.sys.NetlinkMessage;
import dev.weir.sys.NetlinkRequest;
import dev.weir.wire.IpAddress;
import java.io.IOException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The host's interfaces and addresses as the kernel has them, followed message by message. Belongs to one thread. */
public final class Interfaces implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Interfaces.class);
    /** Links, IPv4 addresses, routes and rules, IPv6 addresses, routes and rules. */
    private static final int[] GROUPS = {1, 5, 7, 8, 9, 11, 19};
    private static final int RTM_NEWLINK = 16;
    private static final int RTM_DELLINK = 17;
    private static final int RTM_GETLINK = 18;
    private static final int RTM_NEWADDR = 20;
    private static final int RTM_DELADDR = 21;
    private static final int RTM_GETADDR = 22;
    private static final int RTM_DELROUTE = 25;
    private static final int RTM_DELRULE = 33;
    private static final int IFF_UP = 0x1;
    private static final int IFF_RUNNING = 0x40;
    private static final int IFF_NOARP = 0x80;
    private static final int IFLA_ADDRESS = 1;
    private static final int IFLA_IFNAME = 3;
    private static final int IFLA_LINK = 5;
    private static final int IFLA_LINKINFO = 18;
    private static final int IFLA_INFO_KIND = 1;
    private static final int IFA_ADDRESS = 1;
    private static final int IFA_LOCAL = 2;
    private static final int LINK_FIXED = 16;
    private static final int ADDRESS_FIXED = 8;
    private static final int MAC_LENGTH = 6;

    private final Map<Integer, Device> devices = new LinkedHashMap<>();
    private final Map<Integer, Set<IpAddress>> addresses = new LinkedHashMap<>();
    private final Netlink requests = Netlink.forRequests();
    private final Netlink following;

    /** What notifications meant. */
    enum Change {
        NOTHING,
        /** Something came, or changed. */
        SOMETHING,
        /** Something went: perhaps what must not go. */
        LOSS
    }

    private Interfaces() throws IOException {
        try {
            following = Netlink.following(GROUPS);
        } catch (IOException e) {
            requests.close();
            throw e;
        }
    }

    /** Reads all, in the network namespace of the calling thread; {@link #follow} keeps it true from then on. */
    public static Interfaces open() throws IOException {
        Interfaces interfaces = new Interfaces();
        try {
            interfaces.read();
            return interfaces;
        } catch (IOException e) {
            interfaces.close();
            throw e;
        }
    }

    /** Readable where {@link #follow} has something to do. */
    public int descriptor() {
        return following.descriptor();
    }

    Change follow() throws IOException {
        Change[] change = {Change.NOTHING};
        boolean whole = following.notifications(message -> {
            Change one = take(message);
            change[0] = one.compareTo(change[0]) > 0 ? one : change[0];
        });
        if (!whole) {
            LOG.info("interfaces, addresses and routes changed faster than they were read; reading all of them anew");
            read();
            return Change.LOSS;
        }
        return change[0];
    }

    private void read() throws IOException {
        devices.clear();
        addresses.clear();
        requests.dump(new NetlinkRequest(RTM_GETLINK, 0).u32(0).u32(0).u32(0).u32(0), this::take);
        requests.dump(new NetlinkRequest(RTM_GETADDR, 0).u32(0).u32(0), this::take);
    }

    private Change take(NetlinkMessage message) throws IOException {
        return switch (message.type()) {
            // Ports of bridges are told of in the bridge's family (AF_BRIDGE), too: that they leave it is no loss.
            case RTM_NEWLINK -> message.u8(0) == 0 ? link(message) : Change.NOTHING;
            case RTM_DELLINK -> {
                if (message.u8(0) != 0) {
                    yield Change.NOTHING;
                }
                devices.remove(message.u32(4));
                addresses.remove(message.u32(4));
                yield Change.LOSS;
            }
            case RTM_NEWADDR -> {
                addresses.computeIfAbsent(message.u32(4), _ -> new LinkedHashSet<>()).add(address(message));
                yield Change.SOMETHING;
            }
            case RTM_DELADDR -> {
                addresses.getOrDefault(message.u32(4), new LinkedHashSet<>()).remove(address(message));
                yield Change.LOSS;
            }
            case RTM_DELROUTE, RTM_DELRULE -> Change.LOSS;
            default -> Change.NOTHING;
        };
    }

    private Change link(NetlinkMessage message) throws IOException {
        NetlinkAttributes attributes = message.attributes(LINK_FIXED);
        int flags = message.u32(8);
        byte[] mac = attributes.bytes(IFLA_ADDRESS);
        Device device = new Device(message.u32(4), attributes.text(IFLA_IFNAME), mac(mac),
                (flags & (IFF_UP | IFF_RUNNING)) == (IFF_UP | IFF_RUNNING), (flags & IFF_NOARP) == 0,
                attributes.u32(IFLA_LINK, 0), attributes.nested(IFLA_LINKINFO).text(IFLA_INFO_KIND));
        Device before = devices.put(device.index(), device);
        if (device.equals(before)) {
            return Change.NOTHING;
        }
        // Routes of a link that goes down are gone without a word, and one that comes up may have lost its own.
        return Change.LOSS;
    }

    private static long mac(byte @Nullable [] bytes) {
        long mac = 0;
        for (int i = 0; bytes != null && bytes.length == MAC_LENGTH && i < MAC_LENGTH; i++) {
            mac = mac << 8 | bytes[i] & 0xff;
        }
        return mac;
    }

    private static IpAddress address(NetlinkMessage message) throws IOException {
        NetlinkAttributes attributes = message.attributes(ADDRESS_FIXED);
        byte[] local = attributes.bytes(IFA_LOCAL);
        byte[] bytes = local != null ? local : attributes.bytes(IFA_ADDRESS);
        if (bytes == null) {
            throw new IOException("the kernel tells of an address without saying which");
        }
        return IpAddress.of(bytes);
    }

    public Collection<Device> all() {
        return List.copyOf(devices.values());
    }

    /** Null where there is none of that name now. */
    public @Nullable Device named(@Nullable String name) {
        for (Device device : devices.values()) {
            if (device.name().equals(name)) {
                return device;
            }
        }
        return null;
    }

    /** In the order in which the kernel told of them. */
    public List<IpAddress> addresses(Device device) {
        return List.copyOf(addresses.getOrDefault(device.index(), Set.of()));
    }

    public boolean has(IpAddress address) {
        return addresses.values().stream().anyMatch(each -> each.contains(address));
    }

    @Override
    public void close() {
        following.close();
        requests.close();
    }
}
