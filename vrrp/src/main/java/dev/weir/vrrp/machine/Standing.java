package dev.weir.vrrp.machine;

import dev.weir.wire.IpAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where an instance stands, for status and state dumps.
 *
 * @param age      how long it has been in its state, in nanoseconds
 * @param priority the effective one
 * @param master   that a backup hears, or null
 * @param faults   what it needs and has not
 * @param rivals   other masters that it knows of, and what is probably wrong
 */
public record Standing(String instance, State state, long age, int configuredPriority, int priority,
        @Nullable IpAddress master, int masterPriority, List<String> faults, List<String> rivals) {
}
