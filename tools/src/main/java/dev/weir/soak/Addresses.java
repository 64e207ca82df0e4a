package dev.weir.soak;

import dev.weir.wire.IpAddress;

/** Addresses of the soak: 10.1/16 and fd01::/64 lead to clients, 10.2 to servers, 10.3 are services, 10.9 are clients. */
final class Addresses {
    private Addresses() {
    }

    static IpAddress v4(int a, int b, int c, int d) {
        return IpAddress.of(new byte[]{(byte) a, (byte) b, (byte) c, (byte) d});
    }

    /** fd0N::HOST, the host's number in the last four bytes. */
    static IpAddress v6(int network, int host) {
        byte[] address = new byte[16];
        address[0] = (byte) 0xfd;
        address[1] = (byte) network;
        for (int i = 0; i < 4; i++) {
            address[12 + i] = (byte) (host >>> 24 - 8 * i);
        }
        return IpAddress.of(address);
    }
}
