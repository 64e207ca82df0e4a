package dev.weir.conf;

import dev.weir.wire.IpAddress;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An address that an instance owns while it is master, or that the host is given at the start.
 *
 * @param length    of its prefix, or of its peer's: 0 to 32, or 128
 * @param device    null: the instance's interface
 * @param label     null: none
 * @param scope     as ip(8) has it, or null: global, or link for an address of a link
 * @param broadcast an address, "+" or "-" as ip(8) has them, or null
 * @param peer      the other end's, or null
 * @param preferred seconds for which it is preferred as a source; -1: for ever
 */
public record VirtualAddress(IpAddress address, int length, @Nullable String device, @Nullable String label,
        @Nullable String scope, @Nullable String broadcast, @Nullable IpAddress peer, long preferred,
        Set<Option> options) implements Network.Possession {
    public VirtualAddress {
        options = Set.copyOf(options);
    }

    /** One with no peer and no options, preferred as ever such an address is. */
    public VirtualAddress(IpAddress address, int length, @Nullable String device, @Nullable String label,
            @Nullable String scope, @Nullable String broadcast) {
        this(address, length, device, label, scope, broadcast, null, !address.isV4() && length == 128 ? 0 : -1,
                Set.of());
    }

    /** In the words of ip-address(8) and keepalived.conf(5). */
    public enum Option {
        HOME("home"), MNGTMPADDR("mngtmpaddr"), NOPREFIXROUTE("noprefixroute"), AUTOJOIN("autojoin"),
        /** Duplicate address detection is done, which it is not else. */
        DAD("-nodad"),
        /** Whoever takes it away is let. */
        NO_TRACK("no_track"),
        /** It gets a VMAC on its own interface. */
        USE_VMAC("use_vmac");

        private final String word;

        Option(String word) {
            this.word = word;
        }

        String word() {
            return word;
        }
    }

    /** The same; on that interface where it names none. */
    VirtualAddress on(String standard) {
        return device != null
                ? this
                : new VirtualAddress(address, length, standard, label, scope, broadcast, peer, preferred, options);
    }

    @Override
    public boolean tracked() {
        return !has(Option.NO_TRACK);
    }

    public boolean has(Option option) {
        return options.contains(option);
    }
}
