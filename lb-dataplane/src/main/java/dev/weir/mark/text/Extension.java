package dev.weir.mark.text;

import dev.weir.mark.Match;
import dev.weir.mark.PortRange;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a -m brings into a rule; the order in which they were given is kept. */
sealed interface Extension {
    List<Match> matches();

    /** As iptables-save prints it, from its -m on. */
    String text();

    /**
     * -m tcp, -m udp, -m sctp.
     *
     * @param source null for every port
     */
    record Transport(int protocol, Match.@Nullable Ports source,
            Match.@Nullable Ports destination) implements Extension {
        @Override
        public List<Match> matches() {
            return Stream.<Match>of(source, destination).filter(ports -> ports != null).toList();
        }

        @Override
        public String text() {
            return "-m " + Protocols.name(protocol) + option("--sport", source) + option("--dport", destination);
        }

        private static String option(String name, Match.@Nullable Ports ports) {
            return ports == null ? "" : not(ports) + " " + name + " " + range(ports.ranges().getFirst());
        }
    }

    /** -m multiport. */
    record Multiport(Match.Ports ports) implements Extension {
        /** A range counts twice. */
        static final int MOST = 15;

        @Override
        public List<Match> matches() {
            return List.of(ports);
        }

        @Override
        public String text() {
            String option = switch (ports.side()) {
                case SOURCE -> "--sports";
                case DESTINATION -> "--dports";
                case EITHER -> "--ports";
            };
            return "-m multiport" + not(ports) + " " + option + " "
                    + ports.ranges().stream().map(Extension::range).collect(Collectors.joining(","));
        }
    }

    /** -m comment. */
    record Comment(String comment) implements Extension {
        /** Characters at most. */
        static final int MOST = 255;

        @Override
        public List<Match> matches() {
            return List.of();
        }

        @Override
        public String text() {
            return "-m comment --comment " + Words.quoted(comment);
        }
    }

    private static String not(Match match) {
        return match.negated() ? " !" : "";
    }

    private static String range(PortRange range) {
        return range.first() == range.last() ? "" + range.first() : range.first() + ":" + range.last();
    }
}
