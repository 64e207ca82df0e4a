package dev.weir.ipvsadm;

import dev.weir.wire.IpAddress;

/**
 * How a synchronisation daemon was started.
 *
 * @param syncId    0 to 255
 * @param maxLength bytes of one message; 0: what the interface's MTU allows
 */
public record SyncDaemon(String network, int syncId, int maxLength, IpAddress group, int port, int ttl) {
    static final SyncDaemon DEFAULT = new SyncDaemon("eth0", 0, 0, IpAddress.v4(0xe0000051), 8848, 1);

    SyncDaemon withNetwork(String name) {
        return new SyncDaemon(name, syncId, maxLength, group, port, ttl);
    }

    SyncDaemon withSyncId(int id) {
        return new SyncDaemon(network, id, maxLength, group, port, ttl);
    }

    SyncDaemon withMaxLength(int length) {
        return new SyncDaemon(network, syncId, length, group, port, ttl);
    }

    SyncDaemon withGroup(IpAddress address) {
        return new SyncDaemon(network, syncId, maxLength, address, port, ttl);
    }

    SyncDaemon withPort(int number) {
        return new SyncDaemon(network, syncId, maxLength, group, number, ttl);
    }

    SyncDaemon withTtl(int hops) {
        return new SyncDaemon(network, syncId, maxLength, group, port, hops);
    }

    @Override
    public String toString() {
        return "mcast=" + network + ", syncid=" + syncId + ", maxlen=" + maxLength + ", group=" + group + ", port="
                + port + ", ttl=" + ttl;
    }
}
