package dev.weir.conf;

import dev.weir.conf.directive.Checker;
import dev.weir.conf.text.Problem;
import dev.weir.conf.text.Problem.Gravity;
import dev.weir.conf.text.Problems;
import dev.weir.conf.text.Reader;
import dev.weir.conf.text.Statement;
import dev.weir.conf.text.Surroundings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A keepalived.conf that was read.
 *
 * @param tree     all statements of all its files, conditions and parameters carried out
 * @param configuration what it asks for, as values
 * @param problems mistakes and warnings, in the order found
 * @param exit     the exit status of {@code keepalived -t}: 0 where it finds nothing wrong, 5 for mistakes, 6 for a
 *                 script that would run as root unguarded or a missing included file, 2 where it ends at once
 */
public record KeepalivedConf(List<Statement> tree, Configuration configuration, List<Problem> problems, int exit) {
    /** @throws IOException where the file itself cannot be read */
    public static KeepalivedConf read(Path file, Surroundings surroundings) throws IOException {
        Problems problems = new Problems();
        return judged(Reader.read(file, surroundings, problems), surroundings, problems);
    }

    /** A text that is no file; what it includes is looked for in the folder. */
    public static KeepalivedConf read(String text, String name, Path folder, Surroundings surroundings) {
        Problems problems = new Problems();
        return judged(Reader.read(text, name, folder, surroundings, problems), surroundings, problems);
    }

    private static KeepalivedConf judged(List<Statement> tree, Surroundings surroundings, Problems problems) {
        Checker.check(tree, surroundings.host(), problems);
        Configuration configuration = Configuration.of(tree);
        LinkRules.check(tree, configuration, problems);
        return new KeepalivedConf(tree, configuration, problems.all(), problems.exit());
    }

    /** Mistakes of writing that a configuration before this one did not have, wherever they stand. */
    public List<Problem> mistakesSince(KeepalivedConf before) {
        Set<String> known = before.problems.stream().map(Problem::what).collect(Collectors.toSet());
        return problems.stream().filter(problem -> problem.gravity() == Gravity.MISTAKE)
                .filter(problem -> !known.contains(problem.what())).toList();
    }

    /** In canonical form, which reads back as the same tree. */
    public String canonical() {
        return Canonical.print(tree);
    }
}
