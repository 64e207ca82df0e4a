package dev.weir.ipvsadm;

import dev.weir.engine.Director;
import dev.weir.service.Services;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.StringTokenizer;

/**
 * The command line of ipvsadm 1.31 over a {@link Director}: the same words, the same checks in the same order, the same
 * output and exit status. Only the control thread calls it. Without {@link Names} that look things up, the same state
 * and the same arguments give the same result.
 */
public final class Ipvsadm {
    private static final String VERSION = "ipvsadm v1.31 2019/12/24 (compiled with popt and IPVS v1.2.1)\n";

    /** What --restore --atomic takes: what has no effect but on the table of services. */
    private static final Set<Command> RULES = EnumSet.of(Command.ADD_SERVICE, Command.EDIT_SERVICE,
            Command.DELETE_SERVICE, Command.CLEAR, Command.ADD_SERVER, Command.EDIT_SERVER, Command.DELETE_SERVER,
            Command.ADD_LOCAL, Command.DELETE_LOCAL);

    private final Names names;
    private final Executor executor;

    public Ipvsadm(Director director, Names names, SyncDaemons daemons) {
        this.names = names;
        this.executor = new Executor(director, names, daemons);
    }

    /**
     * Carries out one call.
     *
     * @param arguments what stands after the program's name
     * @param stdin     standard input, which only --restore reads
     */
    public Result run(List<String> arguments, String stdin) {
        List<String> effective = arguments.isEmpty() ? List.of("-L") : arguments;
        try {
            Request request = CommandLine.read(effective, names, false);
            if (request.command == Command.RESTORE) {
                Legality.check(request.command, request.given);
                return request.has(Option.ATOMIC) ? restoreAtomically(stdin) : restore(stdin);
            }
            return answer(request);
        } catch (Refusal refusal) {
            return new Result(refusal.exit(), "", refusal.text());
        }
    }

    /**
     * One call a line, words parted by blanks. A call that the kernel refuses does not stop it; wrong use does. The
     * status is the last line's.
     */
    private Result restore(String stdin) {
        StringBuilder out = new StringBuilder();
        StringBuilder err = new StringBuilder();
        int exit = 0;
        for (String line : stdin.lines().toList()) {
            List<String> words = words(line);
            if (words.isEmpty()) {
                continue;
            }
            exit = 0;
            try {
                Request request = CommandLine.read(words, names, true);
                Result result = answer(request);
                out.append(result.stdout());
                err.append(result.stderr());
                if (request.command == Command.HELP || request.command == Command.VERSION) {
                    break;
                }
            } catch (Refusal refusal) {
                err.append(refusal.text());
                exit = refusal.exit();
                if (refusal.ends()) {
                    break;
                }
            }
        }
        return new Result(exit, out.toString(), err.toString());
    }

    /** All lines, or none. What a line says is carried out with those before it, and becomes visible after the last. */
    private Result restoreAtomically(String stdin) {
        Restoration restoration = new Restoration(stdin.lines().toList());
        try {
            executor.atomically(restoration);
            return Result.done("", restoration.warnings.toString());
        } catch (Refusal refusal) {
            return new Result(2, "", "line " + restoration.number + " (" + restoration.line + "): "
                    + refusal.getMessage().strip() + "; nothing was changed\n");
        }
    }

    /** Lines being restored, and how far it has come. */
    private final class Restoration implements Services.Work<Refusal> {
        private final List<String> lines;
        private int number;
        private String line = "";
        private final StringBuilder warnings = new StringBuilder();

        Restoration(List<String> lines) {
            this.lines = lines;
        }

        @Override
        public void run() throws Refusal {
            for (String next : lines) {
                number++;
                line = next.strip();
                List<String> words = words(next);
                if (!words.isEmpty()) {
                    Request request = CommandLine.read(words, names, true);
                    if (!RULES.contains(request.command)) {
                        throw Refusal.usage("only -A, -E, -D, -C, -a, -e, -d, -P and -Q can be restored with --atomic");
                    }
                    warnings.append(executor.execute(request).stderr());
                }
            }
        }
    }

    private static List<String> words(String line) {
        List<String> words = new ArrayList<>();
        StringTokenizer tokens = new StringTokenizer(line, " \t\r\f");
        while (tokens.hasMoreTokens()) {
            words.add(tokens.nextToken());
        }
        while (!words.isEmpty() && words.getFirst().equals("ipvsadm")) {
            words.removeFirst();
        }
        return words;
    }

    private Result answer(Request request) throws Refusal {
        return switch (request.command) {
            case HELP -> Result.done(VERSION + usage(), "");
            case VERSION -> Result.done(VERSION, "");
            default -> executor.execute(request);
        };
    }

    private static String usage() {
        try (InputStream text = Ipvsadm.class.getResourceAsStream("usage.txt")) {
            if (text == null) {
                throw new IllegalStateException("usage.txt is missing beside " + Ipvsadm.class);
            }
            return new String(text.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
