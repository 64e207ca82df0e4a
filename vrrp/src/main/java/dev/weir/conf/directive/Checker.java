package dev.weir.conf.directive;

import dev.weir.conf.directive.Directive.Block;
import dev.weir.conf.directive.Directive.Entries;
import dev.weir.conf.directive.Directive.Nothing;
import dev.weir.conf.text.Position;
import dev.weir.conf.text.Problem.Gravity;
import dev.weir.conf.text.Problems;
import dev.weir.conf.text.Statement;
import dev.weir.conf.text.Surroundings.Host;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Holds a tree against the table, in the order of the file, as keepalived does: what is defined below does not count
 * above. One thread's, for one tree.
 */
public final class Checker {
    /** Blocks that are defined by name and used by others. */
    private static final Set<String> DEFINING = Set.of("vrrp_script", "vrrp_track_process", "track_file",
            "vrrp_track_file", "bfd_instance", "track_group", "vrrp_instance", "vrrp_sync_group",
            "virtual_server_group");

    private final Table table = Table.KEEPALIVED;
    private final Host host;
    private final Problems problems;
    private final Map<String, Set<String>> defined = new HashMap<>();
    private final boolean dynamicInterfaces;
    private final boolean scriptSecurity;
    private final @Nullable String scriptUser;
    private final String defaultInterface;
    private List<Statement> block = List.of();

    private Checker(List<Statement> tree, Host host, Problems problems) {
        this.host = host;
        this.problems = problems;
        List<Statement> global = tree.stream().filter(statement -> statement.name().equals("global_defs"))
                .flatMap(statement -> statement.body().stream()).toList();
        dynamicInterfaces = global.stream().anyMatch(statement -> statement.name().equals("dynamic_interfaces"));
        scriptSecurity = global.stream().anyMatch(statement -> statement.name().equals("enable_script_security"));
        defaultInterface = global.stream().filter(statement -> statement.name().equals("default_interface"))
                .map(statement -> statement.argument(0)).reduce((earlier, later) -> later).orElse("eth0");
        scriptUser = global.stream().filter(statement -> statement.name().equals("script_user"))
                .map(statement -> statement.argument(0)).reduce((earlier, later) -> later).orElse(null);
    }

    /** Tells the problems what keepalived would say of the tree, and more. */
    public static void check(List<Statement> tree, Host host, Problems problems) {
        Checker checker = new Checker(tree, host, problems);
        checker.block(tree, Place.TOP);
        new InstanceRules(tree, checker).check();
        new TrackRules(tree, problems).check();
        BfdRules.check(tree, problems);
        new ServerRules(tree, checker).check();
        FullNatDirectives.check(tree, host, problems);
        ConnectionSyncDirectives.check(tree, host, problems);
    }

    private void block(List<Statement> body, Place place) {
        List<Statement> around = block;
        block = body;
        for (Statement statement : body) {
            Directive directive = table.find(place, statement.name());
            if (directive == null) {
                unknown(statement, place);
            } else {
                directive(statement, directive, place == Place.TOP && isLast(statement, body));
            }
        }
        block = around;
    }

    private void directive(Statement statement, Directive directive, boolean last) {
        arguments(statement, directive);
        switch (directive.content()) {
            case Nothing nothing -> {
                if (statement.block() != null) {
                    problems.mistake(statement.at(), statement.name() + " takes no block", "a '}' before it, or a "
                            + "newline after its arguments, may be missing");
                }
            }
            case Block inside -> {
                if (statement.block() == null && !last) {
                    problems.mistake(statement.at(), statement.name() + " needs a block", "a '{' is missing");
                }
                block(statement.body(), inside.place());
            }
            case Entries entries -> entries(statement, entries);
        }
        if (DEFINING.contains(statement.name()) && !statement.arguments().isEmpty()) {
            defined.computeIfAbsent(statement.name(), any -> new HashSet<>()).add(statement.argument(0));
        }
    }

    private void arguments(Statement statement, Directive directive) {
        Syntax syntax = directive.syntax();
        List<String> words = statement.arguments();
        if (words.size() < syntax.needed()) {
            problems.add(syntax.missing(), statement.at(), statement.name() + " needs "
                    + (syntax.needed() == 1 ? "an argument" : "arguments"),
                    "it is " + statement.name() + " "
                            + syntax.text());
            return;
        }
        String wrong = syntax.check().wrong(statement, this);
        if (wrong != null) {
            problems.mistake(statement.at(), statement.name() + ": " + wrong);
        } else if (directive.content() instanceof Entries && syntax.most() == 0 && !words.isEmpty()) {
            problems.mistake(statement.at(), statement.name() + " takes its entries in a block, not behind its name");
        } else if (words.size() > syntax.most()) {
            String extra = words.get(syntax.most());
            if (!Arrays.asList("{", "}").contains(extra)) {
                problems.warning(statement.at(),
                        statement.name() + ": '" + extra + "' and what follows is not looked at",
                        extra.startsWith("//")
                                ? Arguments.comment(extra)
                                : "write one directive a line, and what is no part of it after # or !");
            }
        }
    }

    private void entries(Statement statement, Entries entries) {
        if (entries.required() && statement.body().isEmpty()) {
            problems.mistake(statement.at(), statement.name() + " is empty");
        }
        for (Statement entry : statement.body()) {
            if (entry.block() != null) {
                problems.mistake(entry.at(), "'" + entry.name() + "' opens a block inside " + statement.name(),
                        "the '}' of " + statement.name() + " may be missing before it");
            } else {
                entries.check().check(entry, statement, this);
            }
        }
    }

    private void unknown(Statement statement, Place place) {
        String name = statement.name();
        String help;
        String nearest = Nearest.to(name, table.names(place));
        List<String> elsewhere = Arrays.stream(Place.values()).filter(other -> table.find(other, name) != null)
                .map(Place::title).toList();
        if (name.startsWith("//")) {
            help = Arguments.comment(name);
        } else if (!elsewhere.isEmpty() && table.find(Place.TOP, name) != null) {
            help = "it stands " + Place.TOP.title() + ": a '}' is missing above this line";
        } else if (!elsewhere.isEmpty()) {
            help = "it belongs to " + String.join(", or ", elsewhere);
        } else if (nearest != null) {
            help = "did you mean '" + nearest + "'?";
        } else if (name.equals("nat_mask")) {
            help = "keepalived has no nat_mask: a mask is written behind the address, for example 10.0.0.1/24";
        } else {
            help = "keepalived 2.2.7 does not know it either";
        }
        problems.mistake(statement.at(), "'" + name + "' is unknown "
                + (place == Place.TOP ? place.title() : "in " + place.title()), help);
        Directive meant = table.find(Place.TOP, name);
        if (meant != null) {
            directive(statement, meant, false);
        }
    }

    Host host() {
        return host;
    }

    Problems problems() {
        return problems;
    }

    @Nullable
    String scriptUser() {
        return scriptUser;
    }

    boolean scriptSecurity() {
        return scriptSecurity;
    }

    /** A mistake in an entry, if there is one. */
    void wrong(Statement entry, @Nullable String what) {
        if (what != null) {
            problems.mistake(entry.at(), what);
        }
    }

    String defaultInterface() {
        return defaultInterface;
    }

    /** Whether that interface is there, or need not be. */
    boolean exists(String name) {
        return dynamicInterfaces || host.hasInterface(name);
    }

    void mustExist(String name, @Nullable Position at) {
        mustExist(name, at, Gravity.NO_INTERFACE);
    }

    void mustExist(String name, @Nullable Position at, Gravity gravity) {
        if (name.startsWith("//")) {
            problems.mistake(at, Arguments.comment(name));
        } else if (!exists(name)) {
            problems.add(gravity, at, "there is no interface '" + name + "' here",
                    "dynamic_interfaces in global_defs lets it come later");
        }
    }

    boolean isDefined(Set<String> kinds, String name) {
        return kinds.stream().anyMatch(kind -> defined.getOrDefault(kind, Set.of()).contains(name));
    }

    String definedHelp(Set<String> kinds, String name) {
        Set<String> names = new HashSet<>();
        kinds.forEach(kind -> names.addAll(defined.getOrDefault(kind, Set.of())));
        String nearest = Nearest.to(name, names);
        return nearest != null
                ? "did you mean '" + nearest + "'?"
                : names.isEmpty() ? "none is" : "defined are " + String.join(", ", names.stream().sorted().toList());
    }

    /** Whether a block of that kind and name was there before. */
    boolean isTaken(Statement statement) {
        return isDefined(Set.of(statement.name()), statement.argument(0));
    }

    /** Whether the block that is checked had such a statement before this one. */
    boolean isSecond(Statement statement) {
        return block.stream().filter(other -> other.name().equals(statement.name()))
                .anyMatch(other -> other.place() < statement.place());
    }

    private static boolean isLast(Statement statement, List<Statement> body) {
        return statement.place() == body.getLast().place();
    }
}
