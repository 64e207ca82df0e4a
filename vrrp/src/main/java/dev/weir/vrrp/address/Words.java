package dev.weir.vrrp.address;

import dev.weir.wire.IpAddress;
import dev.weir.wire.IpPrefix;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** The words of a route or a rule, read one by one; names of tables, scopes and protocols are iproute2's own. */
final class Words {
    private static final Map<String, Integer> TABLES = Map.of("main", 254, "local", 255, "default", 253);
    private static final Map<String, Integer> PROTOCOLS = Map.of("redirect", 1, "kernel", 2, "boot", 3, "static", 4,
            "ra", 9, "dhcp", 16, "keepalived", AddressRequest.RTPROT_KEEPALIVED, "bird", 12, "zebra", 11, "bgp", 186);

    private final List<String> words;
    private final boolean six;
    private int next;

    Words(List<String> words) {
        this.words = words;
        this.six = words.contains("inet6") || !words.contains("inet") && words.stream().anyMatch(Words::isSix);
    }

    /** Whether it is IPv6's: an address says so, or the word inet6. */
    boolean six() {
        return six;
    }

    private static boolean isSix(String word) {
        return word.indexOf(':') >= 0 && word.chars().allMatch(each -> Character.digit(each, 16) >= 0
                || each == ':' || each == '/' || each == '.');
    }

    boolean more() {
        return next < words.size();
    }

    String take() throws IOException {
        if (!more()) {
            throw new IOException("'" + String.join(" ", words) + "' ends too early");
        }
        return words.get(next++);
    }

    boolean takeIf(String word) {
        if (more() && words.get(next).equals(word)) {
            next++;
            return true;
        }
        return false;
    }

    /** Decimal, hexadecimal or octal as C has it, up to 32 bits. */
    int number() throws IOException {
        return number(take());
    }

    int number(String text) throws IOException {
        try {
            return (int) (long) Long.decode(text);
        } catch (NumberFormatException e) {
            throw new IOException("'" + text + "' is no number in '" + String.join(" ", words) + "'", e);
        }
    }

    IpAddress address() throws IOException {
        return address(familyOver(take()));
    }

    private String familyOver(String word) throws IOException {
        return word.equals("inet") || word.equals("inet6") ? take() : word;
    }

    private IpAddress address(String text) throws IOException {
        try {
            return IpAddress.parse(text);
        } catch (IllegalArgumentException e) {
            throw new IOException("'" + text + "' is no address in '" + String.join(" ", words) + "'", e);
        }
    }

    IpPrefix prefix() throws IOException {
        return prefix(take());
    }

    IpPrefix prefix(String word) throws IOException {
        String text = familyOver(word);
        if (text.equals("default") || text.equals("all") || text.equals("any")) {
            return six ? IpPrefix.ALL_V6 : IpPrefix.ALL_V4;
        }
        int slash = text.indexOf('/');
        if (slash < 0) {
            return IpPrefix.host(address(text));
        }
        return new IpPrefix(address(text.substring(0, slash)), number(text.substring(slash + 1)));
    }

    int table() throws IOException {
        String text = take();
        return TABLES.containsKey(text) ? TABLES.get(text) : number(text);
    }

    int scope() throws IOException {
        return AddressRequest.scope(take(), 0);
    }

    int protocol() throws IOException {
        String text = take();
        return PROTOCOLS.containsKey(text) ? PROTOCOLS.get(text) : number(text);
    }
}
