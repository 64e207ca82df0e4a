package dev.weir.mark.text;

import dev.weir.mark.Match;
import dev.weir.mark.Match.PortSide;
import dev.weir.mark.Match.Side;
import dev.weir.mark.PortRange;
import dev.weir.mark.Target;
import dev.weir.wire.Transport;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the arguments of one rule, as iptables(8) has them behind "-A CHAIN". One object reads one rule. */
public final class RuleParser {
    private static final int LONGEST_INTERFACE = 15;
    private static final int LONGEST_CHAIN = 28;

    private final List<String> words;
    private final boolean v4;
    private final PortNames names;
    private int next;
    private boolean negated;
    /** What stood in the same word as its option. */
    private @Nullable String value;
    private final Set<String> seen = new HashSet<>();
    private List<Match.@Nullable Address> sources = nothing();
    private List<Match.@Nullable Address> destinations = nothing();
    private Match.@Nullable Input input;
    private Match.@Nullable Protocol protocol;
    private final List<Extension> extensions = new ArrayList<>();
    /** A -m multiport or -m comment whose option has not come yet. */
    private @Nullable String awaited;
    private @Nullable String target;
    private boolean forGood;
    private Target.@Nullable SetMark mark;

    private RuleParser(List<String> words, boolean v4, PortNames names) {
        this.words = words;
        this.v4 = v4;
        this.names = names;
    }

    /**
     * @param v4 whether the rule is iptables' and not ip6tables'
     * @return several where -s or -d names several addresses, in iptables' order
     */
    public static List<TextRule> parse(List<String> words, boolean v4, PortNames names) throws RuleException {
        RuleParser parser = new RuleParser(words, v4, names);
        while (parser.next < words.size()) {
            parser.option();
        }
        return parser.rules();
    }

    private static List<Match.@Nullable Address> nothing() {
        List<Match.@Nullable Address> list = new ArrayList<>();
        list.add(null);
        return list;
    }

    private void option() throws RuleException {
        String word = words.get(next++);
        if (word.equals("!")) {
            if (negated) {
                throw new RuleException("'!' stands twice before one option");
            }
            negated = true;
            return;
        }
        String option = word;
        if (word.startsWith("--") && word.indexOf('=') > 0) {
            option = word.substring(0, word.indexOf('='));
            value = word.substring(word.indexOf('=') + 1);
        } else if (word.length() > 2 && word.charAt(0) == '-' && word.charAt(1) != '-') {
            option = word.substring(0, 2);
            value = word.substring(2);
        }
        switch (option) {
            case "-s", "--source", "--src" -> sources = addresses(once("-s"), Side.SOURCE);
            case "-d", "--destination", "--dst" -> destinations = addresses(once("-d"), Side.DESTINATION);
            case "-i", "--in-interface" -> input = input(once("-i"));
            case "-p", "--protocol", "--proto" -> protocol = protocol(once("-p"));
            case "--sport", "--source-port" -> port(option, PortSide.SOURCE);
            case "--dport", "--destination-port" -> port(option, PortSide.DESTINATION);
            case "--sports", "--source-ports" -> multiport(option, PortSide.SOURCE);
            case "--dports", "--destination-ports" -> multiport(option, PortSide.DESTINATION);
            case "--ports" -> multiport(option, PortSide.EITHER);
            case "-m", "--match" -> module(plain(option));
            case "--comment" -> comment(plain(option));
            case "-j", "--jump" -> target = plain(once("-j"));
            case "-g", "--goto" -> {
                target = plain(once("-j"));
                forGood = true;
            }
            case "--set-mark" -> mark = setMark(option, true);
            case "--set-xmark" -> mark = setMark(option, false);
            case "--and-mark" -> mark = Target.SetMark.and(number(option, markOption(option)));
            case "--or-mark" -> mark = Target.SetMark.or(number(option, markOption(option)));
            case "--xor-mark" -> mark = Target.SetMark.xor(number(option, markOption(option)));
            default -> throw new RuleException(option.startsWith("-")
                    ? "the option " + option + " is not among those that Weir knows: -s -d -i -p --sport --dport"
                            + " -m tcp|udp|sctp|multiport|comment --sports --dports --ports --comment -j MARK|ACCEPT|RETURN"
                            + " -g --set-mark --set-xmark --and-mark --or-mark --xor-mark"
                    : "'" + option + "' stands where an option must; quote what belongs together");
        }
        value = null;
        negated = false;
    }

    private String value(String option) throws RuleException {
        if (value != null) {
            return value;
        }
        if (next == words.size()) {
            throw new RuleException(option + " needs a value behind it");
        }
        String word = words.get(next++);
        if (word.equals("!")) {
            throw new RuleException("'!' stands before the option: write \"! " + option + " "
                    + (next < words.size() ? words.get(next) : "...") + "\"");
        }
        return word;
    }

    /** The value of an option that knows no "!". */
    private String plain(String option) throws RuleException {
        if (negated) {
            throw new RuleException("'!' cannot stand before " + option);
        }
        return value(option);
    }

    private String once(String option) throws RuleException {
        if (!seen.add(option)) {
            throw new RuleException(option + " stands twice in one rule; write two rules");
        }
        return option;
    }

    private List<Match.@Nullable Address> addresses(String option, Side side) throws RuleException {
        String text = value(option);
        List<Match.@Nullable Address> list = new ArrayList<>();
        for (String one : text.split(",", -1)) {
            Match.Address match = AddressText.parse(one, v4, side, negated);
            list.add(match.prefixLength() == 0 && !negated ? null : match);
        }
        if (negated && list.size() > 1) {
            throw new RuleException("'!' before several addresses would mean \"not all of " + text
                    + "\", which is always so; write rules that skip each with -j RETURN or -j ACCEPT");
        }
        return list;
    }

    private Match.@Nullable Input input(String option) throws RuleException {
        String name = value(option);
        if (name.isEmpty() || name.length() > LONGEST_INTERFACE || name.indexOf(' ') >= 0 || name.indexOf('/') >= 0) {
            throw new RuleException("'" + name + "' is no interface's name: 1 to " + LONGEST_INTERFACE
                    + " characters, without blank and slash");
        }
        boolean wildcard = name.endsWith("+");
        if (name.equals("+") && !negated) {
            return null;
        }
        return new Match.Input(wildcard ? name.substring(0, name.length() - 1) : name, wildcard, negated);
    }

    private Match.@Nullable Protocol protocol(String option) throws RuleException {
        int number = Protocols.number(value(option));
        if (number == 0) {
            if (negated) {
                throw new RuleException("'! -p all' would never match");
            }
            return null;
        }
        return new Match.Protocol(number, negated);
    }

    /** --sport and --dport belong to -m tcp, -m udp or -m sctp, which their -p brings. */
    private void port(String option, PortSide side) throws RuleException {
        int number = portsOf(option);
        PortRange range = range(value(option), number, "0", "65535");
        int at = 0;
        while (at < extensions.size() && !(extensions.get(at) instanceof Extension.Transport)) {
            at++;
        }
        if (at == extensions.size()) {
            extensions.add(new Extension.Transport(number, null, null));
        }
        Extension.Transport had = (Extension.Transport) extensions.get(at);
        once(side == PortSide.SOURCE ? "--sport" : "--dport");
        boolean every = !negated && range.first() == 0 && range.last() == PortRange.HIGHEST;
        Match.Ports ports = every ? null : new Match.Ports(side, List.of(range), negated);
        extensions.set(at, side == PortSide.SOURCE
                ? new Extension.Transport(had.protocol(), ports, had.destination())
                : new Extension.Transport(had.protocol(), had.source(), ports));
    }

    private void multiport(String option, PortSide side) throws RuleException {
        if (!"multiport".equals(awaited)) {
            throw new RuleException("-m multiport must stand before " + option + ", once for each of them");
        }
        awaited = null;
        int number = portsOf(option);
        List<PortRange> ranges = new ArrayList<>();
        int places = 0;
        for (String one : value(option).split(",", -1)) {
            places += one.indexOf(':') >= 0 ? 2 : 1;
            ranges.add(range(one, number, "", ""));
        }
        if (places > Extension.Multiport.MOST) {
            throw new RuleException(
                    option + " takes " + Extension.Multiport.MOST + " ports, a range counting twice, not "
                            + places + "; write two rules");
        }
        extensions.add(new Extension.Multiport(new Match.Ports(side, ranges, negated)));
    }

    /** The number of a protocol that has ports. */
    private int portsOf(String option) throws RuleException {
        int number = protocol == null || protocol.negated() ? 0 : protocol.number();
        if (number != Transport.TCP && number != Transport.UDP && number != Transport.SCTP) {
            throw new RuleException("-p tcp, -p udp or -p sctp must stand before " + option);
        }
        return number;
    }

    private PortRange range(String text, int protocol, String lowest, String highest) throws RuleException {
        int colon = text.indexOf(':');
        String first = colon < 0 ? text : colon == 0 ? lowest : text.substring(0, colon);
        String last = colon < 0 ? text : colon == text.length() - 1 ? highest : text.substring(colon + 1);
        int from = port(first, protocol, text);
        int to = port(last, protocol, text);
        if (from > to) {
            throw new RuleException("the port range " + text + " runs downwards; write " + last + ":" + first);
        }
        return new PortRange(from, to);
    }

    private int port(String text, int protocol, String whole) throws RuleException {
        long number = Words.number(text);
        if (number < 0 && !text.isEmpty()) {
            number = names.port(text, protocol);
        }
        if (number < 0 || number > PortRange.HIGHEST) {
            throw new RuleException(
                    "'" + whole + "' is no port: a number to 65535, a name of /etc/services, or FROM:TO");
        }
        return (int) number;
    }

    private void module(String name) throws RuleException {
        complete();
        switch (name) {
            case "tcp", "udp", "sctp" -> {
                once("-m " + name);
                extensions.add(new Extension.Transport(Protocols.number(name), null, null));
            }
            case "multiport", "comment" -> awaited = name;
            default -> throw new RuleException("-m " + name
                    + " is a match that Weir does not have; it has tcp, udp, sctp, multiport and comment");
        }
    }

    private void comment(String text) throws RuleException {
        if (!"comment".equals(awaited)) {
            throw new RuleException("-m comment must stand before --comment");
        }
        awaited = null;
        if (text.length() > Extension.Comment.MOST || text.indexOf('\n') >= 0) {
            throw new RuleException("a comment is one line of at most " + Extension.Comment.MOST + " characters");
        }
        extensions.add(new Extension.Comment(text));
    }

    private void complete() throws RuleException {
        if (awaited != null) {
            throw new RuleException("-m " + awaited + (awaited.equals("comment")
                    ? " needs --comment behind it"
                    : " needs --sports, --dports or --ports behind it"));
        }
    }

    private String markOption(String option) throws RuleException {
        if (!"MARK".equals(target)) {
            throw new RuleException("-j MARK must stand before " + option);
        }
        if (mark != null) {
            throw new RuleException("one -j MARK takes one of --set-mark, --set-xmark, --and-mark, --or-mark and"
                    + " --xor-mark; write two rules");
        }
        return plain(option);
    }

    private Target.SetMark setMark(String option, boolean clearsItsOwn) throws RuleException {
        String text = markOption(option);
        int slash = text.indexOf('/');
        int bits = number(option, slash < 0 ? text : text.substring(0, slash));
        int mask = slash < 0 ? -1 : number(option, text.substring(slash + 1));
        return clearsItsOwn ? Target.SetMark.set(bits, mask) : new Target.SetMark(bits, mask);
    }

    private static int number(String option, String text) throws RuleException {
        long number = Words.number(text);
        if (number < 0) {
            throw new RuleException("'" + text + "' behind " + option + " is no mark: a decimal number, or 0x and"
                    + " hexadecimal digits, of 32 bits");
        }
        return (int) number;
    }

    private List<TextRule> rules() throws RuleException {
        if (negated) {
            throw new RuleException("nothing stands behind the last '!'");
        }
        complete();
        for (Extension extension : extensions) {
            if (extension instanceof Extension.Transport transport && (protocol == null || protocol.negated()
                    || protocol.number() != transport.protocol())) {
                String name = Protocols.name(transport.protocol());
                throw new RuleException("-m " + name + " needs -p " + name);
            }
        }
        Jump jump = jump();
        List<TextRule> rules = new ArrayList<>();
        for (Match.@Nullable Address source : sources) {
            for (Match.@Nullable Address destination : destinations) {
                rules.add(new TextRule(source, destination, input, protocol, extensions, jump));
            }
        }
        return rules;
    }

    private Jump jump() throws RuleException {
        String name = target;
        if (name == null) {
            return new Jump.Nowhere();
        }
        if (name.equals("MARK")) {
            if (mark == null || forGood) {
                throw new RuleException("-j MARK needs --set-mark, --set-xmark, --and-mark, --or-mark or --xor-mark");
            }
            return new Jump.Mark(mark);
        }
        return switch (name) {
            case "ACCEPT" -> Jump.Verdict.ACCEPT;
            case "RETURN" -> Jump.Verdict.RETURN;
            default -> chain(name);
        };
    }

    private Jump chain(String name) throws RuleException {
        if (name.isEmpty() || name.length() > LONGEST_CHAIN || name.startsWith("-") || name.startsWith("!")
                || name.chars().anyMatch(Character::isWhitespace)) {
            throw new RuleException("'" + name + "' is no chain's name");
        }
        return new Jump.Chain(name, forGood);
    }
}
