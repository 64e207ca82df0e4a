package dev.weir.route;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which interfaces a director opens. Each frame must reach it once, so of interfaces that are stacked only one level is
 * opened: the one that the host's IP stack uses.
 */
public final class Interfaces {
    /** How the names of Weir's own devices begin, see dev.weir.host. */
    public static final String OWN_PREFIX = "weir";
    /** What takes the frames of the interfaces enslaved to it; a VRF does not. */
    private static final Set<String> TAKES_OVER = Set.of("bridge", "bond", "team", "openvswitch", "hsr");
    private static final Set<String> LIES_ON_LOWER = Set.of("vlan", "macvlan", "macvtap", "ipvlan", "ipvtap");
    /** Never bring a frame in, or bring only what another interface has brought. */
    private static final Set<String> NO_WIRE = Set.of("dummy", "ifb", "vrf", "nlmon");

    private Interfaces() {
    }

    /** An interface that was named and cannot be opened; the message says what there is. */
    public static final class RefusedException extends Exception {
        private static final long serialVersionUID = 1;

        RefusedException(String message) {
            super(message);
        }
    }

    /** All Ethernet interfaces that are up, in the order of their indexes. May be empty. */
    public static List<Link> byDefault(Collection<Link> links) {
        Map<Integer, Link> byIndex = byIndex(links);
        List<Link> candidates = links.stream().filter(Interfaces::brings).sorted(Comparator.comparingInt(Link::index))
                .toList();
        Set<Integer> below = candidates.stream().filter(link -> LIES_ON_LOWER.contains(link.kind()))
                .map(Link::lower).collect(Collectors.toSet());
        return candidates.stream().filter(link -> !below.contains(link.index()) && !enslaved(link, byIndex)).toList();
    }

    /**
     * Those with the given names, in that order.
     *
     * @throws RefusedException where one is not there, is down, is no Ethernet interface, or lies under another of them
     */
    public static List<Link> named(Collection<Link> links, List<String> names) throws RefusedException {
        List<Link> chosen = new ArrayList<>();
        for (String name : new LinkedHashSet<>(names)) {
            Link link = links.stream().filter(candidate -> candidate.name().equals(name)).findFirst()
                    .orElseThrow(() -> new RefusedException("no interface is called " + name + "; there are "
                            + usable(links)));
            if (link.type() != Link.ETHERNET || own(link)) {
                throw new RefusedException("interface " + name + " carries no Ethernet frames from a wire; there are "
                        + usable(links));
            }
            if (!link.up()) {
                throw new RefusedException(
                        "interface " + name + " is down; \"ip link set " + name + " up\" brings it up");
            }
            chosen.add(link);
        }
        refuseStacked(chosen, byIndex(links));
        return chosen;
    }

    private static void refuseStacked(List<Link> chosen, Map<Integer, Link> byIndex) throws RefusedException {
        for (Link upper : chosen) {
            for (Link lower : chosen) {
                boolean carries = LIES_ON_LOWER.contains(upper.kind()) && upper.lower() == lower.index();
                boolean enslaved = enslaved(lower, byIndex) && lower.master() == upper.index();
                if (carries || enslaved) {
                    throw new RefusedException("interface " + lower.name() + " lies under " + upper.name()
                            + ", so that frames would come twice; name only one of them");
                }
            }
        }
    }

    private static boolean brings(Link link) {
        return link.up() && link.type() == Link.ETHERNET && !NO_WIRE.contains(link.kind()) && !own(link);
    }

    private static boolean own(Link link) {
        return link.kind().equals("tun") && link.name().matches(OWN_PREFIX + "(chk)?\\d+");
    }

    private static boolean enslaved(Link link, Map<Integer, Link> byIndex) {
        Link master = byIndex.get(link.master());
        return master != null && TAKES_OVER.contains(master.kind());
    }

    private static Map<Integer, Link> byIndex(Collection<Link> links) {
        Map<Integer, Link> byIndex = new HashMap<>();
        links.forEach(link -> byIndex.put(link.index(), link));
        return byIndex;
    }

    private static String usable(Collection<Link> links) {
        String names = links.stream().filter(link -> link.type() == Link.ETHERNET && !own(link))
                .sorted(Comparator.comparingInt(Link::index)).map(link -> link.name() + (link.up() ? "" : " (down)"))
                .collect(Collectors.joining(", "));
        return names.isEmpty() ? "none that could be opened" : names;
    }
}
