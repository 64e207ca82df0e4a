package dev.weir.lbd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.firewall.Followed;
import dev.weir.ipvsadm.StillDirector;
import dev.weir.mark.MarkRule;
import dev.weir.mark.MarkRules;
import dev.weir.mark.Target;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class MarkSourcesTest {
    private static final MarkRule HOSTS = new MarkRule(true, List.of(), Target.SetMark.set(1, -1));
    private static final MarkRule OWN = new MarkRule(true, List.of(), Target.SetMark.set(2, -1));
    private final StillDirector director = new StillDirector();
    private final AtomicInteger changes = new AtomicInteger();
    private final MarkSources marks = new MarkSources(director, changes::incrementAndGet);

    @Test
    void weirs_own_rules_come_after_the_hosts() {
        marks.own(new MarkRules(List.of(OWN)));
        marks.followed(new Followed(new MarkRules(List.of(HOSTS)), List.of("iptables -A PREROUTING"), List.of()));
        assertThat(director.markRules().rules()).containsExactly(HOSTS, OWN);
        marks.followed(Followed.NOTHING);
        assertThat(director.markRules().rules()).containsExactly(OWN);
        marks.own(MarkRules.NONE);
        assertThat(director.markRules().rules()).isEmpty();
        assertThat(changes).hasValue(4);
    }

    @Test
    void the_listing_has_what_is_followed_and_what_is_not() {
        marks.followed(new Followed(new MarkRules(List.of(HOSTS)), List.of("iptables -A PREROUTING -j MARK"),
                List.of(new Followed.NotFollowed("iptables -A PREROUTING -j CONNMARK", "no such target"))));
        assertThat(marks.listing()).isEqualTo("""
                iptables -A PREROUTING -j MARK
                # not followed: iptables -A PREROUTING -j CONNMARK: no such target
                """);
    }
}
