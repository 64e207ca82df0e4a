package dev.weir.lbd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.client.ControlMessage.Answer;
import dev.weir.conf.SourceNatRule;
import dev.weir.service.Services;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SourceNatToolTest {
    private final Services services = new Services();
    private final SourceNatTool tool = new SourceNatTool(services);

    private Answer run(String line) {
        return tool.run(line.isEmpty() ? List.of() : List.of(line.split(" ")), "");
    }

    @Test
    void listsRulesInTheOrderAndFormInWhichTheyWereAdded() {
        assertThat(run("add 192.168.0.0/24 to 198.51.100.0/24 via 172.25.254.50")).isEqualTo(new Answer(0, "", ""));
        assertThat(run("add 192.168.0.0/24 via 172.25.254.51,172.25.254.52")).isEqualTo(new Answer(0, "", ""));
        assertThat(run("add fd00:168::/64 via 2001:db8:254::50")).isEqualTo(new Answer(0, "", ""));
        assertThat(run("").stdout()).isEqualTo("""
                192.168.0.0/24 to 198.51.100.0/24 via 172.25.254.50
                192.168.0.0/24 via 172.25.254.51,172.25.254.52
                fd00:168::/64 via 2001:db8:254::50
                """);
        assertThat(services.current().isLocalAddress(0, 0xffff_ac19_fe32L)).isTrue();
        assertThat(run("delete 192.168.0.0/24")).isEqualTo(new Answer(0, "", ""));
        assertThat(run("").stdout()).startsWith("192.168.0.0/24 to").hasLineCount(2);
    }

    @ParameterizedTest
    @CsvSource({"add 192.168.0.0/24,via", "add 192.168.0.0/24 via,a word behind",
            "add 192.168.0.0/33 via 1.2.3.4,length",
            "add 192.168.0.0/24 via fd00::1,one family", "add 192.168.0.0/24 over 1.2.3.4,over",
            "delete 192.168.0.0/24,no rule", "move 192.168.0.0/24,no move", "add,a source is needed",
            "add 192.168.0.0/x via 1.2.3.4,length", "delete 10.0.0.0/8 via 1.2.3.4,takes no 'via'"})
    void saysWhatIsWrongAndChangesNothing(String line, String why) {
        Answer answer = run(line);
        assertThat(answer.exit()).isEqualTo(2);
        assertThat(answer.stderr()).startsWith("lb-ctl: ").contains(why).contains("usage: lb-ctl snat");
        assertThat(services.current().sourceNats()).isEmpty();
    }

    @Test
    void aRuleIsAddedOnce() {
        run("add 192.168.0.0/24 via 172.25.254.50");
        assertThat(run("add 192.168.0.0/24 via 172.25.254.51").stderr()).contains("delete it first");
        assertThat(run("add 192.168.1.0/24 via 224.0.0.1").exit()).isEqualTo(1);
        assertThat(run("").stdout()).hasLineCount(1);
    }

    @Test
    void aFileThatSaysTheSameLeavesWhatWasChangedByHand() {
        List<SourceNatRule> file = List.of(rule("192.168.0.0/24 via 172.25.254.50"));
        tool.become(file);
        run("add 192.168.1.0/24 via 172.25.254.51");
        tool.become(file);
        assertThat(run("").stdout()).hasLineCount(2);
        tool.become(List.of(rule("192.168.2.0/24 via 172.25.254.52")));
        assertThat(run("").stdout()).isEqualTo("192.168.2.0/24 via 172.25.254.52\n");
        tool.become(List.of());
        assertThat(run("").stdout()).isEmpty();
    }

    private static SourceNatRule rule(String text) {
        return SourceNatRule.parse(List.of(text.split(" ")));
    }
}
