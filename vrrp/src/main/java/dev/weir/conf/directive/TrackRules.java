package dev.weir.conf.directive;

import dev.weir.conf.text.Problems;
import dev.weir.conf.text.Statement;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an instance may watch. Weights would set the members of a group apart, and the owner of an address (priority
 * 255) has no other priority, so neither may have any.
 */
final class TrackRules {
    private static final List<String> LISTS = List.of("track_interface", "track_script", "track_file", "track_process",
            "track_bfd");
    /** The block that defines what a list watches. */
    private static final Map<String, List<String>> DEFINED = Map.of("track_script", List.of("vrrp_script"),
            "track_file", List.of("track_file", "vrrp_track_file"), "track_bfd", List.of("bfd_instance"));

    private final List<Statement> tree;
    private final Problems problems;
    private final Map<String, String> groups = new HashMap<>();

    TrackRules(List<Statement> tree, Problems problems) {
        this.tree = tree;
        this.problems = problems;
    }

    void check() {
        for (Statement block : tree) {
            if (block.name().equals("vrrp_sync_group") && !block.has("sync_group_tracking_weight")
                    && !block.has("global_tracking")) {
                block.all("group").flatMap(group -> group.body().stream()).flatMap(entry -> entry.words().stream())
                        .forEach(member -> groups.put(member, block.argument(0)));
            }
        }
        for (Statement block : tree) {
            if (block.name().equals("vrrp_instance") || block.name().equals("vrrp_sync_group")) {
                LISTS.forEach(list -> twice(block, list));
            }
            if (block.name().equals("vrrp_instance")) {
                ownInterface(block);
                weights(block);
            }
        }
    }

    private void twice(Statement block, String list) {
        Set<String> seen = new HashSet<>();
        block.all(list).flatMap(statement -> statement.body().stream()).filter(entry -> !seen.add(entry.name()))
                .forEach(entry -> problems.mistake(entry.at(), list + " has '" + entry.name() + "' twice"));
    }

    private void ownInterface(Statement instance) {
        Statement device = instance.last("interface");
        if (device != null) {
            instance.all("track_interface").flatMap(list -> list.body().stream())
                    .filter(entry -> entry.name().equals(device.argument(0)))
                    .forEach(entry -> problems.mistake(entry.at(), "track_interface " + entry.name()
                            + ": the instance's own interface is watched anyway"));
        }
    }

    private void weights(Statement instance) {
        String group = groups.get(instance.argument(0));
        Statement priority = instance.last("priority");
        boolean owner = priority != null && priority.argument(0).equals("255");
        if (group == null && !owner) {
            return;
        }
        String why = owner ? "priority 255 cannot change" : "its group " + group + " has one priority";
        for (String list : List.of("track_interface", "track_script", "track_file", "track_bfd")) {
            for (Statement entry : instance.all(list).flatMap(statement -> statement.body().stream()).toList()) {
                if (isWeighted(list, entry) || owner && list.equals("track_interface")) {
                    problems.mistake(entry.at(), list + " " + entry.name() + " has a weight, and " + why,
                            owner ? "give it weight 0" : "let the group watch it, or give it weight 0");
                }
            }
        }
    }

    private boolean isWeighted(String list, Statement entry) {
        if (entry.words().size() > 2) {
            return !entry.argument(1).equals("0");
        }
        Statement definition = definition(list, entry.name());
        Statement weight = definition == null ? null : definition.last("weight");
        if (weight == null) {
            return definition != null && list.equals("track_file"); // whose weight is 1 by itself
        }
        return !weight.argument(0).equals("0");
    }

    private @Nullable Statement definition(String list, String name) {
        return tree.stream().filter(block -> DEFINED.getOrDefault(list, List.of()).contains(block.name())
                && block.argument(0).equals(name)).findFirst().orElse(null);
    }
}
