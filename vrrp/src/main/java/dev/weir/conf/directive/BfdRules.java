package dev.weir.conf.directive;

import dev.weir.conf.text.Problems;
import dev.weir.conf.text.Statement;
import dev.weir.wire.IpAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What fits together in BFD. Directives by themselves are right already. */
final class BfdRules {
    private BfdRules() {
    }

    static void check(List<Statement> tree, Problems problems) {
        Set<String> neighbours = new HashSet<>();
        Set<String> names = new HashSet<>();
        tree.stream().filter(statement -> statement.name().equals("bfd_instance")).forEach(bfd -> {
            Statement neighbour = bfd.lastOf("neighbor_ip", "neighbour_ip");
            if (!names.add(bfd.argument(0))) {
                problems.mistake(bfd.at(), "bfd_instance '" + bfd.argument(0) + "' is defined a second time");
            } else if (neighbour == null) {
                problems.mistake(bfd.at(), "bfd_instance '" + bfd.argument(0) + "' has no neighbor_ip");
            } else if (!neighbours.add(neighbour.argument(0))) {
                problems.mistake(neighbour.at(), "another bfd_instance has neighbor_ip " + neighbour.argument(0));
            } else {
                way(bfd, neighbour, problems);
            }
        });
    }

    private static void way(Statement bfd, Statement neighbour, Problems problems) {
        Statement source = bfd.last("source_ip");
        IpAddress one = Arguments.ip(neighbour.argument(0));
        IpAddress other = source == null ? null : Arguments.ip(source.argument(0));
        if (source != null && one != null && other != null && one.isV4() != other.isV4()) {
            problems.mistake(source.at(), "source_ip and neighbor_ip are of different families");
        }
        if (one != null && one.isLinkLocal() && !bfd.has("interface")) {
            problems.warning(neighbour.at(), "each link may have a " + neighbour.argument(0)
                    + ", and nothing says which is meant", "add @weir interface INTERFACE");
        }
    }
}
