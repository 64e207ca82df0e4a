package dev.weir.mark.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What iptables 1.8.9 prints after the same arguments; {@code IptablesTest} asks it. */
class RuleParserTest {
    private static final PortNames NAMES = (name, _) -> switch (name) {
        case "http" -> 80;
        case "https" -> 443;
        default -> -1;
    };

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            -j MARK --set-mark 1                                       | -j MARK --set-xmark 0x1/0xffffffff
            -j MARK --set-mark 0x1/3                                   | -j MARK --set-xmark 0x1/0x3
            -j MARK --set-mark 4/3                                     | -j MARK --set-xmark 0x4/0x7
            -j MARK --set-xmark 4/3                                    | -j MARK --set-xmark 0x4/0x3
            -j MARK --set-mark 010                                     | -j MARK --set-xmark 0x8/0xffffffff
            -j MARK --or-mark 3                                        | -j MARK --set-xmark 0x3/0x3
            -j MARK --and-mark 0xff                                    | -j MARK --set-xmark 0x0/0xffffff00
            -j MARK --xor-mark 3                                       | -j MARK --set-xmark 0x3/0x0
            -s 10.0.0.1/8 -d 1.2.3.4 -j ACCEPT                         | -s 10.0.0.0/8 -d 1.2.3.4/32 -j ACCEPT
            -s 10/8 --dst 10.1/16 -j ACCEPT                            | -s 10.0.0.0/8 -d 10.1.0.0/16 -j ACCEPT
            ! --source 10.0.0.1/255.0.0.1 -j RETURN                    | ! -s 10.0.0.1/255.0.0.1 -j RETURN
            -s 10.0.0.1/255.255.0.0 -d 0/0 -i + -p all                 | -s 10.0.0.0/16
            -p tcp --dport http -j foo                                 | -p tcp -m tcp --dport 80 -j foo
            -ptcp --dport=80 -g foo                                    | -p tcp -m tcp --dport 80 -g foo
            -p tcp --destination-port :80 --source-port 5:5            | -p tcp -m tcp --sport 5 --dport 0:80
            -p sctp ! --dport 80 --sport 1000:                         | -p sctp -m sctp --sport 1000:65535 ! --dport 80
            -p tcp --dport 80 --sport 0:65535                          | -p tcp -m tcp --dport 80
            -p 6 -m multiport --dports http,443,1000:2000              | -p tcp -m multiport --dports 80,443,1000:2000
            -p udp -m multiport ! --ports 80,https -i eth+             | -i eth+ -p udp -m multiport ! --ports 80,443
            ! -p udp ! -i eth0                                         | ! -i eth0 ! -p udp
            -m tcp -p tcp --dport 7                                    | -p tcp -m tcp --dport 7
            -p tcp -m comment --comment foo --dport 7                  | -p tcp -m comment --comment foo -m tcp --dport 7
            -m comment --comment `a b "c" \\ d'e`                      | -m comment --comment `"a b \\"c\\" \\\\ d\\'e"`
            -p tcp -m multiport --dports 1 -m multiport --sports 2     | -p tcp -m multiport --dports 1 -m multiport --sports 2
            -p 200                                                     | -p 200
            """)
    void aRuleIsPrintedAsIptablesPrintsIt(String arguments, String printed) throws RuleException {
        List<String> words = arguments.indexOf('`') < 0
                ? List.of(arguments.split(" +"))
                : List.of("-m", "comment", "--comment", arguments.substring(arguments.indexOf('`') + 1,
                        arguments.length() - 1));
        String text = text(words, true);
        assertThat(text).isEqualTo(" " + printed.replace("`", ""));
        assertThat(text(Words.of(text), true)).as("read back").isEqualTo(text);
    }

    @Test
    void severalAddressesAreARuleForEachPair() throws RuleException {
        assertThat(text(List.of("-s", "1.1.1.1,2.2.2.2", "-d", "3.3.3.3,4.0.0.0/8"), true))
                .isEqualTo(" -s 1.1.1.1/32 -d 3.3.3.3/32;" + " -s 1.1.1.1/32 -d 4.0.0.0/8;"
                        + " -s 2.2.2.2/32 -d 3.3.3.3/32;" + " -s 2.2.2.2/32 -d 4.0.0.0/8");
    }

    @Test
    void ipv6AddressesMayHaveAMaskOfAnyBits() throws RuleException {
        assertThat(text(List.of("-s", "fd00::1/64", "!", "-d", "fd00::1/ffff::1", "-p", "icmpv6"), false))
                .isEqualTo(" -s fd00::/64 ! -d fd00::1/ffff::1 -p ipv6-icmp");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            -s ! 10.1.2.3                    | '!' stands before the option: write "! -s 10.1.2.3"
            -p tcp --dport ! 80              | '!' stands before the option: write "! --dport 80"
            --dport 80                       | -p tcp, -p udp or -p sctp must stand before --dport
            ! -p tcp --dport 80              | -p tcp, -p udp or -p sctp must stand before --dport
            -p udp -m tcp --dport 80         | -m tcp needs -p tcp
            -p tcp --dports 80               | -m multiport must stand before --dports, once for each of them
            -p tcp -m multiport --dports 1:2,3:4,5:6,7:8,9:10,11:12,13:14,15,16 | --dports takes 15 ports, a range counting twice, not 16; write two rules
            -p tcp --dport 5:3               | the port range 5:3 runs downwards; write 3:5
            -p tcp --dport 70000             | '70000' is no port: a number to 65535, a name of /etc/services, or FROM:TO
            -p tcp --dport nowhere           | 'nowhere' is no port: a number to 65535, a name of /etc/services, or FROM:TO
            -p foo                           | unknown protocol 'foo'; give a name such as tcp, or a number up to 255
            -p tcp -p udp                    | -p stands twice in one rule; write two rules
            -j MARK                          | -j MARK needs --set-mark, --set-xmark, --and-mark, --or-mark or --xor-mark
            --set-mark 1                     | -j MARK must stand before --set-mark
            -j MARK --set-mark 0x100000000   | '0x100000000' behind --set-mark is no mark: a decimal number, or 0x and hexadecimal digits, of 32 bits
            -j MARK --set-mark -1            | '-1' behind --set-mark is no mark: a decimal number, or 0x and hexadecimal digits, of 32 bits
            -j MARK --set-mark               | --set-mark needs a value behind it
            -m mark --mark 1                 | -m mark is a match that Weir does not have; it has tcp, udp, sctp, multiport and comment
            -s 999.1.1.1                     | '999.1.1.1' is no IPv4 address; names of hosts are not looked up, give ADDRESS or ADDRESS/MASK
            -s 1.1.1.1/33                    | the mask of '1.1.1.1/33' must be a number of bits, 0 to 32, or written as an address
            -s fd00::1                       | 'fd00::1' in a rule for IPv4; say -6 for IPv6
            -i eth0123456789012345           | 'eth0123456789012345' is no interface's name: 1 to 15 characters, without blank and slash
            ! -p all                         | '! -p all' would never match
            -p tcp !                         | nothing stands behind the last '!'
            80                               | '80' stands where an option must; quote what belongs together
            """)
    void aRefusalSaysWhatAndWhatToDo(String arguments, String message) {
        assertThatThrownBy(() -> text(List.of(arguments.split(" ")), true)).isInstanceOf(RuleException.class)
                .hasMessage(message);
    }

    @Test
    void anOptionThatWeirDoesNotHaveIsNamedWithThoseThatItHas() {
        assertThatThrownBy(() -> text(List.of("-p", "tcp", "--syn"), true))
                .hasMessageStartingWith("the option --syn is not among those that Weir knows: -s -d -i -p");
    }

    private static String text(List<String> words, boolean v4) throws RuleException {
        return RuleParser.parse(words, v4, NAMES).stream().map(TextRule::text).collect(Collectors.joining(";"));
    }
}
