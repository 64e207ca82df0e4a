package dev.weir.conf;

import dev.weir.wire.IpAddress;
import org.jspecify.annotations.Nullable;

/**
 * An address that an instance owns while it is master.
 *
 * @param length    of its prefix: 0 to 32, or 128
 * @param device    null: the instance's interface
 * @param label     null: none
 * @param scope     as ip(8) has it, or null: global
 * @param broadcast an address, "+" or "-" as ip(8) has them, or null
 */
public record VirtualAddress(IpAddress address, int length, @Nullable String device, @Nullable String label,
        @Nullable String scope, @Nullable String broadcast) {
}
