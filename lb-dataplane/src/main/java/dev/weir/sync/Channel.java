package dev.weir.sync;

import dev.weir.wire.IpAddress;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import org.jspecify.annotations.Nullable;

/**
 * Where datagrams of synchronisation go, or come from.
 *
 * @param network the interface's name
 * @param group   a multicast address
 * @param port    UDP, of the first of several
 * @param ttl     of what is sent, 1 to 255
 * @param buffer  bytes of each socket's buffer; 0: the system's (sync_sock_size)
 */
public record Channel(String network, IpAddress group, int port, int ttl, int buffer) {
    ProtocolFamily family() {
        return group.isV4() ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6;
    }

    /** @throws IOException where there is no such interface now */
    NetworkInterface networkInterface() throws IOException {
        NetworkInterface found = NetworkInterface.getByName(network);
        if (found == null) {
            throw new IOException("No such device");
        }
        return found;
    }

    /** The index of the interface now; 0 where there is none. */
    int index() {
        try {
            NetworkInterface found = NetworkInterface.getByName(network);
            return found == null ? 0 : found.getIndex();
        } catch (IOException e) {
            // It went while it was looked at.
            return 0;
        }
    }

    /** The group on the interface, which counts where the group's address alone does not say it. */
    InetAddress groupOn(NetworkInterface on) throws IOException {
        return group.isV4()
                ? group.toInetAddress()
                : Inet6Address.getByAddress(null, group.bytes(), on.getIndex());
    }

    InetSocketAddress groupOn(NetworkInterface on, int number) throws IOException {
        return new InetSocketAddress(groupOn(on), port + number);
    }

    /** The interface's first IPv4 address, which its datagrams bear; null where it has none, and for IPv6. */
    @Nullable
    InetAddress source(NetworkInterface on) {
        return group.isV4()
                ? on.inetAddresses().filter(address -> address.getAddress().length == 4).findFirst().orElse(null)
                : null;
    }

    @Override
    public String toString() {
        return group + " port " + port + " on " + network;
    }
}
