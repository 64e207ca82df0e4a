package dev.weir.check;

import java.time.Duration;
import java.time.Instant;

/**
 * A run of a check, with what follows from it.
 *
 * @param up       whether the server counts as up by this check now: failures count only after the retries
 * @param outcome  of this run
 * @param failures in a row, this one included
 * @param at       when it ended
 * @param took     how long it ran
 */
public record Checked(CheckKey key, boolean up, Outcome outcome, int failures, Instant at, Duration took) {
}
