package dev.weir.conf;

import dev.weir.wire.IpAddress;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/** Several addresses in one word, {@code 10.0.0.1-5}. */
public final class AddressRange {
    private AddressRange() {
    }

    /**
     * The last number, decimal or after the last colon hexadecimal, runs up to what follows the dash.
     *
     * @return none where the first is no address; the first where no number follows the dash
     */
    public static List<IpAddress> of(String text) {
        String[] ends = text.split("-", 2);
        IpAddress first = Instances.ip(ends[0]);
        if (first == null) {
            return List.of();
        }
        if (ends.length == 1) {
            return List.of(first);
        }
        int radix = first.isV4() ? 10 : 16;
        int cut = ends[0].lastIndexOf(first.isV4() ? "." : ":") + 1;
        try {
            int from = Integer.parseInt(ends[0].substring(cut), radix);
            int to = Integer.parseInt(ends[1], radix);
            return IntStream.rangeClosed(from, to)
                    .mapToObj(last -> Instances.ip(ends[0].substring(0, cut) + Integer.toString(last, radix)))
                    .filter(Objects::nonNull).map(Objects::requireNonNull).toList();
        } catch (NumberFormatException e) {
            return List.of(first);
        }
    }
}
