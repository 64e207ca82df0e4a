package dev.weir.sync;

import dev.weir.sys.Link;
import dev.weir.sys.SystemException;
import dev.weir.wire.IpAddress;

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
    /** There is no such interface. */
    static final int GONE = 0;

    /** The index of the interface now, or {@link #GONE}. */
    int index() throws SystemException {
        try {
            return Link.byName(network).index();
        } catch (SystemException e) {
            if (e.errno() == SystemException.ENODEV) {
                return GONE;
            }
            throw e;
        }
    }

    @Override
    public String toString() {
        return group + " port " + port + " on " + network;
    }
}
