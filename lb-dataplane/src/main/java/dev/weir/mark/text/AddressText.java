package dev.weir.mark.text;

import dev.weir.mark.Match;
import dev.weir.mark.Match.Side;
import dev.weir.wire.IpAddress;

/** Addresses with masks, as iptables(8) and ip6tables(8) read them. */
final class AddressText {
    private AddressText() {
    }

    static Match.Address parse(String text, boolean v4, Side side, boolean negated) throws RuleException {
        int slash = text.indexOf('/');
        IpAddress address = address(slash < 0 ? text : text.substring(0, slash), v4, text);
        return new Match.Address(side, address, mask(slash < 0 ? "" : text.substring(slash + 1), v4, text), negated);
    }

    /** IPv4's may leave off parts at its end: 10 is 10.0.0.0. */
    private static IpAddress address(String text, boolean v4, String whole) throws RuleException {
        String full = text;
        if (v4 && text.matches("[0-9]+(\\.[0-9]+){0,2}")) {
            full = text + ".0".repeat(3 - (int) text.chars().filter(c -> c == '.').count());
        }
        try {
            IpAddress address = IpAddress.parse(full);
            if (address.isV4() == v4 && (text.indexOf(':') < 0) == v4) {
                return address;
            }
        } catch (IllegalArgumentException e) {
            throw new RuleException("'" + whole + "' is no IPv" + (v4 ? 4 : 6) + " address; names of hosts are not"
                    + " looked up, give ADDRESS or ADDRESS/MASK");
        }
        throw new RuleException(
                "'" + whole + "' in a rule for IPv" + (v4 ? "4; say -6 for IPv6" : "6; say -4 for IPv4"));
    }

    private static IpAddress mask(String text, boolean v4, String whole) throws RuleException {
        int bits = v4 ? 32 : 128;
        if (text.isEmpty() && whole.indexOf('/') < 0) {
            return Match.Address.mask(v4, bits);
        }
        if (text.matches("[0-9]{1,3}") && Integer.parseInt(text) <= bits) {
            return Match.Address.mask(v4, Integer.parseInt(text));
        }
        if (v4 ? text.matches("[0-9]+(\\.[0-9]+){3}") : text.indexOf(':') >= 0) {
            return address(text, v4, whole);
        }
        throw new RuleException("the mask of '" + whole + "' must be a number of bits, 0 to " + bits
                + ", or written as an address");
    }
}
