package dev.weir.conf.directive;

import static dev.weir.conf.directive.Arguments.address;
import static dev.weir.conf.directive.Arguments.decimal;
import static dev.weir.conf.directive.Arguments.flag;
import static dev.weir.conf.directive.Arguments.number;
import static dev.weir.conf.directive.Arguments.word;

import dev.weir.conf.text.Problems;
import dev.weir.conf.text.Statement;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What an instance does about a second master that it does not hear. */
final class SplitBrainDirectives {
    private SplitBrainDirectives() {
    }

    static void add(Table table) {
        table.in(Place.VRRP_INSTANCE).block("heartbeat", flag(), Place.HEARTBEAT, Effect.OWN)
                .put("split_brain", reaction(), Effect.OWN, "alert")
                .put("arbiter", address(), Effect.OWN);
        table.in(Place.HEARTBEAT).put("peer", address(), Effect.OWN)
                .put("interface", Rules.existingInterface(), Effect.OWN, "as routes say")
                .put("interval", decimal("0.01", "255", "SECONDS", 6), Effect.OWN, "that of advert_int")
                .put("port", number(1, 65535), Effect.OWN, "11200")
                .put("secret", word("SECRET", "s3cret"), Effect.OWN, "that of auth_pass");
    }

    private static Syntax reaction() {
        return Arguments.custom("alert|release|script COMMAND [USER [GROUP]]", 1, 4, SplitBrainDirectives::wrong,
                List.of("alert", "script /tmp/weir-conf-none", "script \"/tmp/weir-conf-none 'a b' c\" nobody"),
                List.of("", "perhaps", "script", "script \"/tmp/weir-conf-none 'a\""));
    }

    private static @Nullable String wrong(Statement statement, Checker checker) {
        String word = statement.argument(0);
        if (!word.equals("script")) {
            return Arguments.notOf(word, List.of("alert", "release", "script"));
        }
        return statement.arguments().size() < 2
                ? "script needs a command"
                : Scripts.wrong(statement, 2, checker);
    }

    /** What fits together in an instance. */
    static void check(Statement instance, Problems problems) {
        Statement heartbeat = instance.last("heartbeat");
        if (heartbeat != null) {
            heartbeat(heartbeat, instance, problems);
        }
        Statement reaction = instance.last("split_brain");
        boolean releases = reaction != null && reaction.argument(0).equals("release");
        if (reaction != null && releases && heartbeat == null) {
            problems.mistake(reaction.at(),
                    "split_brain release needs a heartbeat: without one a node does not know the"
                            + " other's priority, and both would release or none",
                    "add heartbeat { peer ADDRESS }");
        }
        Statement arbiter = instance.last("arbiter");
        if (arbiter != null && !releases) {
            problems.warning(arbiter.at(), "nobody asks the arbiter", "it decides together with split_brain release");
        }
    }

    private static void heartbeat(Statement heartbeat, Statement instance, Problems problems) {
        if (heartbeat.all("peer").noneMatch(peer -> Arguments.ip(peer.argument(0)) != null)) {
            problems.mistake(heartbeat.at(), "heartbeat has no peer", "it is an address of the other node, not the one"
                    + " that its adverts come from");
        }
        boolean password = instance.all("authentication").anyMatch(all -> all.has("auth_pass"));
        if (!heartbeat.has("secret") && !password) {
            problems.mistake(heartbeat.at(), "heartbeat has no secret, and there is no auth_pass to take for it",
                    "add secret SECRET, the same on all nodes");
        }
    }
}
