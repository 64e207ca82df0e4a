package dev.weir.lbd;

import dev.weir.engine.Director;
import dev.weir.firewall.Followed;
import dev.weir.mark.MarkRules;
import dev.weir.service.ServiceTable;
import java.util.HashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where firewall marks come from: the host's own rules, and after them Weir's own, which so have the last word. Belongs
 * to the control thread.
 */
final class MarkSources {
    private static final Logger LOG = LoggerFactory.getLogger(MarkSources.class);
    /** Rules not followed that are told of; the listing has them all. */
    private static final int LOGGED = 64;

    private final Director director;
    private final Runnable changed;
    private final Set<Followed.NotFollowed> logged = new HashSet<>();
    private Followed followed = Followed.NOTHING;
    private MarkRules own = MarkRules.NONE;

    /** @param changed run after each change of the rules in force */
    MarkSources(Director director, Runnable changed) {
        this.director = director;
        this.changed = changed;
        director.services().onChange(this::tell);
    }

    /** What the host's rules make of marks now. */
    void followed(Followed now) {
        followed = now;
        publish();
        tell(director.services().current());
    }

    /** Weir's own rules, of both families. */
    void own(MarkRules now) {
        own = now;
        publish();
    }

    private void publish() {
        director.markRules(followed.rules().then(own));
        changed.run();
    }

    /** The host's rules as they are followed, a line each, and those that are not. */
    String listing() {
        StringBuilder text = new StringBuilder();
        followed.text().forEach(rule -> text.append(rule).append('\n'));
        followed.notFollowed().forEach(not -> text.append("# not followed: ").append(not).append('\n'));
        return text.toString();
    }

    /** Each rule not followed is named once, and only where marks are somebody's. */
    private void tell(ServiceTable services) {
        if (!services.hasMarks(true) && !services.hasMarks(false)) {
            return;
        }
        for (Followed.NotFollowed not : followed.notFollowed()) {
            if (logged.size() < LOGGED && logged.add(not)) {
                LOG.warn("a rule of the host that marks packets is not followed: {}", not);
            }
        }
    }
}
