package dev.weir.service;

import dev.weir.wire.IpAddress;

/** By what a packet is found to belong to a service. */
public sealed interface ServiceKey {
    /** Whether its clients and virtual address are IPv4. */
    boolean v4();

    /** @param port 1 to 65535, or 0 for every port that has no service of its own */
    record Address(Protocol protocol, IpAddress address, int port) implements ServiceKey {
        @Override
        public boolean v4() {
            return address.isV4();
        }
    }

    /** @param mark a firewall mark, not 0, unsigned */
    record Mark(int mark, boolean v4) implements ServiceKey {
    }
}
