package dev.weir.conf.directive;

import dev.weir.conf.directive.Directive.Block;
import dev.weir.conf.directive.Directive.Content;
import dev.weir.conf.directive.Directive.Entries;
import dev.weir.conf.directive.Directive.Entry;
import dev.weir.conf.directive.Directive.Nothing;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All directives, by place. */
public final class Table {
    public static final Table KEEPALIVED = make();

    private final Map<Place, Map<String, Directive>> places = new EnumMap<>(Place.class);

    private Table() {
    }

    private static Table make() {
        Table table = new Table();
        GlobalDirectives.add(table);
        VrrpDirectives.add(table);
        ServerDirectives.add(table);
        CheckerDirectives.add(table);
        return table;
    }

    In in(Place place) {
        return new In(place);
    }

    /** Fills one place. */
    final class In {
        private final Place place;

        In(Place place) {
            this.place = place;
        }

        In put(String name, Syntax syntax, Effect effect) {
            return put(name, syntax, effect, "");
        }

        In put(String name, Syntax syntax, Effect effect, String standard) {
            return add(name, syntax, new Nothing(), effect, standard);
        }

        In block(String name, Syntax syntax, Place inside, Effect effect) {
            return add(name, syntax, new Block(inside), effect, "");
        }

        In list(String name, String text, Entry entry, boolean required, Effect effect) {
            return add(name, Arguments.flag(), new Entries(text, entry, required, false), effect, "");
        }

        /** A list of which each word is an entry. */
        In names(String name, String text, Entry entry, boolean required, Effect effect) {
            return add(name, Arguments.flag(), new Entries(text, entry, required, true), effect, "");
        }

        In add(String name, Syntax syntax, Content content, Effect effect, String standard) {
            Directive directive = new Directive(name, place, syntax, content, effect, standard);
            if (places.computeIfAbsent(place, any -> new LinkedHashMap<>()).put(name, directive) != null) {
                throw new IllegalStateException(place + " has two " + name);
            }
            return this;
        }
    }

    public @Nullable Directive find(Place place, String name) {
        return places.getOrDefault(place, Map.of()).get(name);
    }

    public Collection<String> names(Place place) {
        return places.getOrDefault(place, Map.of()).keySet();
    }

    public List<Directive> all() {
        return places.values().stream().flatMap(names -> names.values().stream()).toList();
    }
}
