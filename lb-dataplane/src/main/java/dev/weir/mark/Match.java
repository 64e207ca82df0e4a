package dev.weir.mark;

import dev.weir.wire.IpAddress;
import dev.weir.wire.Packet;
import dev.weir.wire.Transport;
import java.util.List;

/** One condition of a rule, as iptables(8) and iptables-extensions(8) have it. Immutable. */
public sealed interface Match {
    /** @param input the name of the interface on which the packet came */
    boolean matches(Packet packet, String input);

    /** Whether a "!" stood before it. */
    boolean negated();

    /** Which end of a packet. */
    enum Side {
        SOURCE, DESTINATION
    }

    /**
     * -s and -d: the address' bits under the mask.
     *
     * @param address bits outside the mask are cleared
     * @param mask    of the same family, such as 255.255.0.0; its ones need not stand together
     */
    record Address(Side side, IpAddress address, IpAddress mask, boolean negated) implements Match {
        public Address {
            if (address.isV4() != mask.isV4()) {
                throw new IllegalArgumentException(address + " and its mask " + mask + " are of two families");
            }
            address = new IpAddress(address.high() & mask.high(), address.low() & mask.low());
        }

        @Override
        public boolean matches(Packet packet, String input) {
            return side == Side.SOURCE
                    ? matches(packet.sourceHigh(), packet.sourceLow())
                    : matches(packet.destinationHigh(), packet.destinationLow());
        }

        boolean matches(long high, long low) {
            return ((high & mask.high()) == address.high() && (low & mask.low()) == address.low()) != negated;
        }

        /** 0 to 32, or 0 to 128; -1 where the mask's ones do not stand together at its head. */
        public int prefixLength() {
            int ones = Long.bitCount(mask.high()) + Long.bitCount(mask.low()) - (mask.isV4() ? 16 : 0);
            return mask.equals(mask(address.isV4(), ones)) ? ones : -1;
        }

        /** The mask of a prefix length. */
        public static IpAddress mask(boolean v4, int length) {
            int bits = v4 ? length + 96 : length;
            long high = bits >= 64 ? -1 : bits == 0 ? 0 : -1L << 64 - bits;
            long low = bits <= 64 ? 0 : -1L << 128 - bits;
            return v4 ? IpAddress.v4((int) low) : new IpAddress(high, low);
        }
    }

    /**
     * -p.
     *
     * @param number 1 to 255
     */
    record Protocol(int number, boolean negated) implements Match {
        @Override
        public boolean matches(Packet packet, String input) {
            return (packet.protocol() == number) != negated;
        }
    }

    /**
     * -i.
     *
     * @param name     the interface's, or how it begins
     * @param wildcard whether a "+" followed the name: any name that begins so
     */
    record Input(String name, boolean wildcard, boolean negated) implements Match {
        @Override
        public boolean matches(Packet packet, String input) {
            return matches(input);
        }

        boolean matches(String input) {
            return (wildcard ? input.startsWith(name) : input.equals(name)) != negated;
        }
    }

    /** The ports that {@link Ports} looks at: --sport and --sports, --dport and --dports, --ports. */
    enum PortSide {
        SOURCE, DESTINATION, EITHER
    }

    /**
     * --sport, --dport, and multiport's --sports, --dports and --ports. Stands beside a -p that is not negated; what is
     * neither TCP, UDP nor SCTP never matches, negated or not.
     *
     * @param ranges one of them is enough
     */
    record Ports(PortSide side, List<PortRange> ranges, boolean negated) implements Match {
        public Ports {
            ranges = List.copyOf(ranges);
        }

        @Override
        public boolean matches(Packet packet, String input) {
            int protocol = packet.protocol();
            return (protocol == Transport.TCP || protocol == Transport.UDP || protocol == Transport.SCTP)
                    && holds(packet.sourcePort(), packet.destinationPort()) != negated;
        }

        private boolean holds(int source, int destination) {
            return switch (side) {
                case SOURCE -> holds(source);
                case DESTINATION -> holds(destination);
                case EITHER -> holds(source) || holds(destination);
            };
        }

        boolean holds(int port) {
            for (PortRange range : ranges) {
                if (range.holds(port)) {
                    return true;
                }
            }
            return false;
        }
    }
}
