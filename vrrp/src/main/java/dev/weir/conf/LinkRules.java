package dev.weir.conf;

import dev.weir.conf.Network.LinkDelay;
import dev.weir.conf.text.Problems;
import dev.weir.conf.text.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What is not as somebody meant it who wrote delays of links, or track_groups; keepalived says so in its log, at most. */
final class LinkRules {
    private LinkRules() {
    }

    static void check(List<Statement> tree, Configuration configuration, Problems problems) {
        tree.stream().filter(statement -> statement.name().equals("interface_up_down_delays"))
                .flatMap(statement -> statement.body().stream())
                .forEach(entry -> delay(entry, configuration, problems));
        Set<String> instances = configuration.instances().stream().map(VrrpInstance::name).collect(Collectors.toSet());
        tree.stream().filter(statement -> statement.name().equals("track_group"))
                .flatMap(group -> group.all("group")).flatMap(list -> list.body().stream())
                .forEach(entry -> entry.words().stream().filter(name -> !instances.contains(name))
                        .forEach(name -> problems.warning(entry.at(), "track_group names " + name
                                + ", which is no vrrp_instance", "it is passed over")));
    }

    private static void delay(Statement entry, Configuration configuration, Problems problems) {
        LinkDelay delay = configuration.linkDelays().get(entry.name());
        for (VrrpInstance instance : configuration.instances()) {
            Duration longest = instance.longestLinkDelay(instance.advertInterval());
            if (entry.name().equals(instance.device()) && exceeds(delay, longest)) {
                problems.warning(entry.at(), "the delay of " + entry.name() + " is cut to " + seconds(longest)
                        + ": vrrp_instance " + instance.name() + " would become master before",
                        "it has to be shorter than one advert_int less than down_timer_adverts of them");
            }
        }
    }

    private static boolean exceeds(@Nullable LinkDelay delay, Duration longest) {
        return delay != null && (delay.down().compareTo(longest) > 0 || delay.up().compareTo(longest) > 0);
    }

    private static String seconds(Duration time) {
        return String.format(Locale.ROOT, "%.3f s", time.toNanos() / 1e9);
    }
}
