package dev.weir.conf;

import dev.weir.conf.text.Statement;
import dev.weir.wire.IpAddress;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Makes records of bfd_instance blocks. One that is no session (its neighbour is missing, or another's) was told of. */
final class BfdInstances {
    private static final int MOST_MILLISECONDS = 4_294_967;
    private static final int STANDARD_INTERVAL = 10;
    private static final int STANDARD_IDLE = 1000;
    private static final int TTL_V4 = 255;
    /** keepalived's, though RFC 5881 asks for 255 over IPv6, too. */
    private static final int HOP_LIMIT_V6 = 64;

    private BfdInstances() {
    }

    static List<BfdInstance> of(Stream<Settings> blocks) {
        List<BfdInstance> all = new ArrayList<>();
        blocks.forEach(block -> of(block)
                .filter(one -> all.stream().noneMatch(
                        other -> other.name().equals(one.name()) || other.neighbour().equals(one.neighbour())))
                .ifPresent(all::add));
        return List.copyOf(all);
    }

    private static Optional<BfdInstance> of(Settings block) {
        IpAddress neighbour = last(block, "neighbor_ip", "neighbour_ip").map(Instances::ip).orElse(null);
        IpAddress source = block.text("source_ip").map(Instances::ip).orElse(null);
        if (neighbour == null || source != null && source.isV4() != neighbour.isV4()) {
            return Optional.empty();
        }
        int ttl = last(block, "ttl", "hoplimit").flatMap(text -> Settings.whole(text, 1, 255))
                .orElse(neighbour.isV4() ? TTL_V4 : HOP_LIMIT_V6);
        int hops = block.number("max_hops", -1, 255, 0);
        boolean all = !block.has("vrrp") && !block.has("checker");
        return Optional.of(new BfdInstance(block.block().argument(0), neighbour, source,
                block.text("interface").orElse(null),
                milliseconds(block, "min_rx", 1, STANDARD_INTERVAL),
                milliseconds(block, "min_tx", 1, STANDARD_INTERVAL),
                milliseconds(block, "idle_tx", STANDARD_IDLE, STANDARD_IDLE), block.number("multiplier", 1, 255, 5),
                block.has("passive"), ttl, hops < 0 ? BfdInstance.ANY_HOPS : hops,
                block.number("weight", -253, 253, 0), block.words("weight").contains("reverse"),
                all || block.has("vrrp"), all || block.has("checker")));
    }

    /** Of two names for one directive the last that is there. */
    private static Optional<String> last(Settings block, String one, String other) {
        return block.block().body().stream()
                .filter(statement -> statement.name().equals(one) || statement.name().equals(other))
                .filter(statement -> !statement.arguments().isEmpty()).reduce((earlier, later) -> later)
                .map(statement -> statement.argument(0));
    }

    /** With a fraction, to the microsecond. */
    private static Duration milliseconds(Settings block, String name, int least, int standard) {
        return block.block().all(name).map(statement -> microseconds(statement, least)).flatMap(Optional::stream)
                .reduce((earlier, later) -> later)
                .map(microseconds -> Duration.of(microseconds, ChronoUnit.MICROS))
                .orElse(Duration.ofMillis(standard));
    }

    private static Optional<Long> microseconds(Statement statement, int least) {
        BigDecimal milliseconds = number(statement.argument(0));
        return milliseconds == null || milliseconds.compareTo(BigDecimal.valueOf(least)) < 0
                || milliseconds.compareTo(BigDecimal.valueOf(MOST_MILLISECONDS)) > 0
                        ? Optional.empty()
                        : Optional.of(milliseconds.movePointRight(3).longValue());
    }

    private static @Nullable BigDecimal number(String text) {
        try {
            return new BigDecimal(text);
        } catch (NumberFormatException e) {
            return null;
        }
    }
}
