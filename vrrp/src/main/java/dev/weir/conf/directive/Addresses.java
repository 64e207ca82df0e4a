package dev.weir.conf.directive;

import dev.weir.conf.text.Problem.Gravity;
import dev.weir.conf.text.Statement;
import dev.weir.wire.IpAddress;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Addresses that are added to interfaces, in the words of ip(8): virtual_ipaddress, static_ipaddress. */
final class Addresses {
    static final String TEXT = "ADDRESS[/LENGTH] [brd ADDRESS|+|-] [dev INTERFACE] [scope SCOPE] [label LABEL] "
            + "[peer ADDRESS] [home] [mngtmpaddr] [-nodad] [no_track] [preferred_lft SECONDS|forever] [use_vmac]";
    static final String STATIC_TEXT = TEXT.replace("[use_vmac]", "[track_group NAME]");
    private static final Set<String> VALUED = Set.of("brd", "broadcast", "dev", "scope", "label", "peer",
            "preferred_lft", "track_group");
    private static final Set<String> SCOPES = Set.of("host", "link", "global", "site", "nowhere");
    private static final int LABEL_LENGTH = 15;

    private Addresses() {
    }

    static void virtual(Statement entry, @Nullable Statement owner, Checker checker) {
        check(entry, false, checker);
    }

    static void fixed(Statement entry, @Nullable Statement owner, Checker checker) {
        check(entry, true, checker);
    }

    private static void check(Statement entry, boolean isFixed, Checker checker) {
        String text = entry.name();
        IpAddress address = Arguments.prefixed(text);
        if (address == null) {
            checker.wrong(entry, text.startsWith("//")
                    ? Arguments.comment(text)
                    : "'" + text + "' is no IP address, or its prefix length is wrong");
            return;
        }
        List<String> words = entry.arguments();
        if (isFixed && !words.contains("dev") && !checker.exists(checker.defaultInterface())) {
            checker.problems().add(Gravity.NO_LINK, entry.at(), "'" + text + "' has no dev, and the interface '"
                    + checker.defaultInterface() + "' is not here", "name one with dev, or with default_interface");
        }
        if (words.contains("track_group") && words.contains("no_track")) {
            checker.problems().warning(entry.at(), "track_group does nothing beside no_track", "leave one out");
        }
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i);
            if (!VALUED.contains(word)) {
                checker.wrong(entry, flag(word, isFixed));
            } else if (i + 1 == words.size()) {
                checker.wrong(entry, word + " needs a value");
            } else {
                i++;
                checker.wrong(entry, value(entry, word, words.get(i), address, isFixed, checker));
            }
        }
    }

    private static @Nullable String flag(String word, boolean isFixed) {
        return switch (word) {
            case "home", "mngtmpaddr", "no_track", "-nodad" -> null;
            case "use_vmac" -> isFixed ? "use_vmac is for virtual addresses" : null;
            case "nat_mask", "netmask" -> "keepalived has no '" + word + "': the mask is written behind the address, "
                    + "for example 10.0.0.1/24";
            default -> {
                List<String> known = List.of("brd", "broadcast", "dev", "scope", "label", "peer", "home", "mngtmpaddr",
                        "no_track", "preferred_lft", "use_vmac");
                String nearest = Nearest.to(word, known);
                yield word.startsWith("//")
                        ? Arguments.comment(word)
                        : Arguments.ip(word) != null
                                ? "'" + word + "' is a second address: each has a line of its own"
                                : "'" + word + "' is nothing an address has"
                                        + (nearest == null ? "" : "; did you mean '" + nearest + "'?");
            }
        };
    }

    private static @Nullable String value(Statement entry, String option, String value, IpAddress address,
            boolean isFixed, Checker checker) {
        return switch (option) {
            case "dev" -> {
                checker.mustExist(value, entry.at());
                yield null;
            }
            case "scope" -> SCOPES.contains(value) || Arguments.outside(value, 0, 255) == null
                    ? null
                    : "'" + value + "' is no scope";
            case "label" -> value.length() <= LABEL_LENGTH
                    ? null
                    : "the label '" + value + "' has more than " + LABEL_LENGTH + " characters";
            case "preferred_lft" ->
                value.equals("forever") ? null : Arguments.outside(value, 0, Arguments.MAX_UNSIGNED);
            case "peer" -> entry.name().contains("/")
                    ? "the prefix length belongs to the peer, not to '" + entry.name()
                            + "'"
                    : Arguments.prefixed(value) == null ? "'" + value + "' is no peer's address" : null;
            case "track_group" -> !isFixed
                    ? "track_group is for static addresses"
                    : checker.isDefined(Set.of("track_group"), value)
                            ? null
                            : "there is no track_group '" + value + "'";
            default -> broadcast(entry, value, address);
        };
    }

    private static @Nullable String broadcast(Statement entry, String value, IpAddress address) {
        if (value.equals("+") || value.equals("-")) {
            int slash = entry.name().indexOf('/');
            int length = slash < 0 ? 32 : Integer.parseInt(entry.name().substring(slash + 1));
            return address.isV4() && length > 30 ? "a prefix of length " + length + " has no broadcast address" : null;
        }
        IpAddress broadcast = Arguments.ip(value);
        return broadcast != null && broadcast.isV4() ? null : "'" + value + "' is no broadcast address";
    }
}
