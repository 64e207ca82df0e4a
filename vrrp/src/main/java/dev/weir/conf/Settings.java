package dev.weir.conf;

import dev.weir.conf.text.Statement;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a block sets. Of several directives of one name the last counts; one whose value is wrong was told of, and is as
 * if it were not there.
 */
record Settings(Statement block) {
    boolean has(String name) {
        return block.has(name);
    }

    Optional<String> text(String name) {
        return block.all(name).filter(statement -> !statement.arguments().isEmpty())
                .reduce((earlier, later) -> later).map(statement -> statement.argument(0));
    }

    /** All words of the last directive of that name. */
    List<String> words(String name) {
        return block.all(name).reduce((earlier, later) -> later).map(Statement::arguments).orElse(List.of());
    }

    int number(String name, int least, int most, int standard) {
        return block.all(name).map(statement -> whole(statement.argument(0), least, most)).flatMap(Optional::stream)
                .reduce((earlier, later) -> later).orElse(standard);
    }

    static Optional<Integer> whole(String text, int least, int most) {
        try {
            int value = Integer.parseInt(text);
            return value >= least && value <= most ? Optional.of(value) : Optional.empty();
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** Seconds with a fraction, to the microsecond. */
    Duration seconds(String name, Duration standard) {
        return block.all(name).map(statement -> duration(statement.argument(0))).flatMap(Optional::stream)
                .reduce((earlier, later) -> later).orElse(standard);
    }

    static Optional<Duration> duration(String text) {
        try {
            BigDecimal seconds = new BigDecimal(text);
            boolean fits = seconds.signum() >= 0 && seconds.precision() - seconds.scale() <= 12;
            return fits ? Optional.of(Duration.ofNanos(seconds.movePointRight(9).longValue())) : Optional.empty();
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** A directive that may have a truth value, and means yes without. */
    boolean isOn(String name, boolean standard) {
        return block.all(name).reduce((earlier, later) -> later)
                .map(statement -> !List.of("off", "false", "no")
                        .contains(statement.argument(0).toLowerCase(Locale.ROOT)))
                .orElse(standard);
    }

    /** The lines of all lists of that name. */
    Stream<Statement> entries(String name) {
        return block.all(name).flatMap(list -> list.body().stream());
    }

    /** The words of all lists of that name. */
    List<String> names(String name) {
        return entries(name).flatMap(entry -> entry.words().stream()).toList();
    }

    Stream<Settings> blocks(String name) {
        return block.all(name).filter(statement -> statement.block() != null).map(Settings::new);
    }
}
