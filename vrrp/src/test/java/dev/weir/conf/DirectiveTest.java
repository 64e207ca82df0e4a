package dev.weir.conf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.conf.directive.Directive;
import dev.weir.conf.directive.Place;
import dev.weir.conf.directive.Table;
import dev.weir.conf.text.Problem.Gravity;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each directive of the table: its right examples are taken, its wrong ones refused. */
class DirectiveTest {
    static Stream<Directive> directives() {
        return Table.KEEPALIVED.all().stream().filter(directive -> directive.content() instanceof Directive.Nothing);
    }

    @ParameterizedTest
    @MethodSource("directives")
    void rightExamplesAreTakenAndReadBackTheSame(Directive directive) {
        for (String arguments : directive.syntax().good()) {
            KeepalivedConf conf = TestHost.read(Corpus.example(directive, arguments).text());
            assertThat(conf.problems().stream().filter(problem -> problem.gravity() != Gravity.WARNING))
                    .as("%s %s", directive.name(), arguments).isEmpty();
            assertThat(TestHost.read(conf.canonical()).canonical()).isEqualTo(conf.canonical());
        }
    }

    @ParameterizedTest
    @MethodSource("directives")
    void wrongExamplesAreRefusedByName(Directive directive) {
        for (String arguments : directive.syntax().bad()) {
            KeepalivedConf conf = TestHost.read(Corpus.example(directive, arguments).text());
            assertThat(conf.exit()).as("%s %s", directive.name(), arguments).isNotZero();
            assertThat(conf.problems()).as("%s %s", directive.name(), arguments)
                    .anySatisfy(problem -> assertThat(problem.toString()).contains("keepalived.conf"));
        }
    }

    @ParameterizedTest
    @MethodSource("directives")
    void aDirectiveElsewhereIsNotAtHome(Directive directive) {
        if (Table.KEEPALIVED.find(Place.SSL, directive.name()) == null) {
            assertThat(TestHost.read("SSL {\n" + directive.name() + "\n}\n").problems().getFirst().toString())
                    .startsWith("keepalived.conf:2: '" + directive.name() + "' is unknown in SSL; ");
        }
    }
}
