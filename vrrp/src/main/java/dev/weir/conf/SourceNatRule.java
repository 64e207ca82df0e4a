package dev.weir.conf;

import dev.weir.wire.IpAddress;
import dev.weir.wire.IpPrefix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * From which addresses of the director leaves what hosts behind it begin; a directive of Weir's own, and of lb-ctl.
 *
 * @param source      whose packets
 * @param destination to whom; of the same family
 * @param addresses   of the same family; of a rule that is only named there may be none
 */
public record SourceNatRule(IpPrefix source, IpPrefix destination, List<IpAddress> addresses) {
    public static final String TEXT = "SOURCE[/LENGTH] [to DESTINATION[/LENGTH]] via ADDRESS[,ADDRESS]...";

    public SourceNatRule {
        addresses = List.copyOf(addresses);
        if (source.isV4() != destination.isV4()
                || addresses.stream().anyMatch(address -> address.isV4() != source.isV4())) {
            throw new IllegalArgumentException("source, destination and addresses are of one family");
        }
    }

    /**
     * Reads what {@link #TEXT} says; "via" may be missing.
     *
     * @throws IllegalArgumentException with what is wrong
     */
    public static SourceNatRule parse(List<String> words) {
        if (words.isEmpty() || words.size() % 2 == 0) {
            throw new IllegalArgumentException("a source is needed, and a word behind each 'to' and 'via'");
        }
        IpPrefix source = IpPrefix.parse(words.getFirst());
        @Nullable
        IpPrefix destination = null;
        List<IpAddress> addresses = new ArrayList<>();
        for (int i = 1; i < words.size(); i += 2) {
            switch (words.get(i)) {
                case "to" -> destination = IpPrefix.parse(words.get(i + 1));
                case "via" -> Arrays.stream(words.get(i + 1).split(",", -1)).map(IpAddress::parse)
                        .forEach(addresses::add);
                default -> throw new IllegalArgumentException("not 'to' or 'via': " + words.get(i));
            }
        }
        return new SourceNatRule(source, destination == null ? everywhere(source) : destination, addresses);
    }

    private static IpPrefix everywhere(IpPrefix family) {
        return family.isV4() ? IpPrefix.ALL_V4 : IpPrefix.ALL_V6;
    }

    /** Whether both are for the same packets, wherever these leave from. */
    public boolean isFor(IpPrefix otherSource, IpPrefix otherDestination) {
        return source.equals(otherSource) && destination.equals(otherDestination);
    }

    /** In the form of {@link #TEXT}. */
    @Override
    public String toString() {
        return source + (destination.equals(everywhere(source)) ? "" : " to " + destination) + " via "
                + addresses.stream().map(IpAddress::toString).collect(Collectors.joining(","));
    }
}
