package dev.weir.vrrp.packet;

import dev.weir.wire.IpAddress;
import java.time.Duration;
import java.util.List;

/**
 * An advertisement (RFC 9568 section 5.2; version 2: RFC 3768 section 5.3).
 *
 * @param version         2 or 3
 * @param virtualRouterId 1 to 255
 * @param priority        0 to 255; 0: the sender ceases to be master
 * @param interval        between the sender's adverts: whole seconds in version 2, hundredths of a second in version 3
 * @param addresses       that the sender has or would have as master, in the order sent; all of one family
 */
public record Advert(int version, int virtualRouterId, int priority, Duration interval, List<IpAddress> addresses) {
    public Advert {
        addresses = List.copyOf(addresses);
    }
}
