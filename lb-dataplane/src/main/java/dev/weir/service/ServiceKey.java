package dev.weir.service;

import dev.weir.wire.IpAddress;
import java.util.Locale;

/** By what a packet is found to belong to a service. */
public sealed interface ServiceKey {
    /** Whether its clients and virtual address are IPv4. */
    boolean v4();

    /** For people: {@code [10.0.0.1]:tcp:80} or {@code fwmark:5}. */
    String name();

    /** @param port 1 to 65535, or 0 for every port that has no service of its own */
    record Address(Protocol protocol, IpAddress address, int port) implements ServiceKey {
        @Override
        public boolean v4() {
            return address.isV4();
        }

        @Override
        public String name() {
            return "[" + address + "]:" + protocol.name().toLowerCase(Locale.ROOT) + ":" + port;
        }
    }

    /** @param mark a firewall mark, not 0, unsigned */
    record Mark(int mark, boolean v4) implements ServiceKey {
        @Override
        public String name() {
            return "fwmark:" + Integer.toUnsignedString(mark) + (v4 ? "" : " inet6");
        }
    }
}
