package dev.weir.service;

import dev.weir.wire.IpAddress;
import dev.weir.wire.IpPrefix;
import java.util.List;

/**
 * What hosts behind the director begin themselves leaves from an address of the director's: TCP, UDP and echo
 * requests.
 *
 * @param source      whose packets
 * @param destination to whom; of the same family
 * @param addresses   of the director, of the same family, at least one; connections take turns among them
 */
public record SourceNat(IpPrefix source, IpPrefix destination, List<IpAddress> addresses) {
    public SourceNat {
        addresses = List.copyOf(addresses);
        if (addresses.isEmpty() || source.isV4() != destination.isV4()
                || addresses.stream().anyMatch(address -> address.isV4() != source.isV4())) {
            throw new IllegalArgumentException(
                    "source, destination and addresses, of which there must be one, are of one"
                            + " family: " + source + ", " + destination + ", " + addresses);
        }
    }

    boolean concerns(long sourceHigh, long sourceLow, long destinationHigh, long destinationLow) {
        return source.contains(sourceHigh, sourceLow) && destination.contains(destinationHigh, destinationLow);
    }
}
