package dev.weir.replay;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The tool lb-replay: recordings and captures through the engine. */
public final class LbReplay {
    private static final int AGREE = 0;
    private static final int DIFFER = 1;
    private static final int REFUSED = 2;
    private static final int SHOWN = 3;
    private static final String USAGE = """
            usage: lb-replay [-v | -q] FILE.jsonl...
                   lb-replay -o DIR FILE.jsonl...
                   lb-replay --pcap IN.pcap --rules FILE [--topology FILE] -o OUT.pcap

            Plays recordings of the kernel's IPVS (their format: tools/oracle/README.md) through Weir's engine, each on a
            director of its own, by the recording's clock. Nothing of this machine's network is used or changed.

            Without -o, holds what Weir did against what the kernel did and prints where they part: the first three
            steps of each file. The last line is 'N of M steps agree in K files'; exit status 0 if all do, else 1.
              -v  prints every difference
              -q  prints the last line only
              -o DIR  writes instead what Weir did, as files of the same names in DIR, which tools/oracle/compare.py reads

            With --pcap, plays a capture of Ethernet frames by its own clock, and says what Weir would do with this traffic:
            how many frames it sends on, passes to the host, or drops for which reason. OUT.pcap gets the frames sent.
              --rules FILE  the services, as "ipvsadm -S -n" prints them
              --topology FILE  the director's interfaces, addresses, routes and neighbours, as a recording's first line has
                  them. Without it they are invented: one interface eth0, which has the MAC address that the first packet
                  for a service was sent to and the addresses 192.0.2.1 and 2001:db8::1; everybody else is a neighbour
                  on it, with a MAC address made from the IP address (02:04:... of IPv4, 02:06:... of IPv6).

            Exit status 2: a file cannot be used, or the command line is wrong.
            """;

    private final PrintStream out;
    private final PrintStream err;

    LbReplay(PrintStream out, PrintStream err) {
        this.out = out;
        this.err = err;
    }

    public static void main(String[] arguments) {
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        int exit = new LbReplay(out, System.err).run(List.of(arguments));
        out.flush();
        System.exit(exit);
    }

    /** What the command line asks for. */
    private static final class Options {
        private boolean verbose;
        private boolean quiet;
        private boolean help;
        private @Nullable Path output;
        private @Nullable Path capture;
        private @Nullable Path rules;
        private @Nullable Path topology;
        private final List<Path> files = new ArrayList<>();

        private void set(String option, Path path) {
            switch (option) {
                case "-o" -> output = path;
                case "--pcap" -> capture = path;
                case "--rules" -> rules = path;
                default -> topology = path;
            }
        }

        private void check() throws UsageException {
            if (capture == null && (rules != null || topology != null)) {
                throw new UsageException("--rules and --topology go with --pcap");
            }
            if (capture != null && !files.isEmpty()) {
                throw new UsageException("--pcap and recordings cannot be played in one call");
            }
            if (capture != null && (rules == null || output == null)) {
                throw new UsageException("--pcap needs --rules FILE and -o OUT.pcap");
            }
            if (capture == null && files.isEmpty()) {
                throw new UsageException("no recording is named");
            }
        }
    }

    /** A command line that is no use. */
    private static final class UsageException extends Exception {
        private static final long serialVersionUID = 1;

        UsageException(String message) {
            super(message);
        }
    }

    /** @return the exit status */
    int run(List<String> arguments) {
        try {
            Options options = options(arguments);
            if (options.help) {
                out.print(USAGE);
                return AGREE;
            }
            if (options.capture != null && options.rules != null && options.output != null) {
                new CaptureReplay(options.capture, options.rules, options.output, options.topology).run(out);
                return AGREE;
            }
            return options.output != null ? write(options.files, options.output) : compare(options);
        } catch (UsageException e) {
            err.println("lb-replay: " + e.getMessage() + " (lb-replay --help says more)");
        } catch (IOException e) {
            err.println("lb-replay: " + e.getMessage());
        }
        return REFUSED;
    }

    private static Options options(List<String> arguments) throws UsageException {
        Options options = new Options();
        for (int i = 0; i < arguments.size(); i++) {
            String argument = arguments.get(i);
            switch (argument) {
                case "-v" -> options.verbose = true;
                case "-q" -> options.quiet = true;
                case "-h", "--help" -> options.help = true;
                case "-o", "--pcap", "--rules", "--topology" -> {
                    if (++i == arguments.size()) {
                        throw new UsageException(argument + " needs a name after it");
                    }
                    options.set(argument, Path.of(arguments.get(i)));
                }
                default -> {
                    if (argument.startsWith("-")) {
                        throw new UsageException("unknown option " + argument);
                    }
                    options.files.add(Path.of(argument));
                }
            }
        }
        if (!options.help) {
            options.check();
        }
        if (options.verbose && options.quiet) {
            throw new UsageException("-v and -q contradict each other");
        }
        return options;
    }

    private int write(List<Path> files, Path folder) throws IOException {
        Files.createDirectories(folder);
        for (Path file : files) {
            Recording recording = RecordingReader.read(file);
            Path target = folder.resolve(recording.name() + ".jsonl");
            if (Files.exists(target) && Files.isSameFile(file, target)) {
                throw new BadFileException(target,
                        "would be overwritten with Weir's outcomes: -o must name another folder");
            }
            RecordingWriter.write(Replay.play(recording), target);
        }
        return AGREE;
    }

    private int compare(Options options) throws IOException {
        int agreed = 0;
        int steps = 0;
        for (Path file : options.files) {
            Recording recording = RecordingReader.read(file);
            Comparison.Result result = Comparison.compare(recording, Replay.play(recording));
            agreed += result.agreed();
            steps += result.steps();
            if (!options.quiet) {
                print(result, options.verbose ? Integer.MAX_VALUE : SHOWN);
            }
        }
        out.println(agreed + " of " + steps + " steps agree in " + options.files.size() + " files");
        return agreed == steps && steps > 0 ? AGREE : DIFFER;
    }

    private void print(Comparison.Result result, int limit) {
        result.differences().stream().limit(limit).forEach(out::println);
        if (!result.agrees()) {
            out.println(result.name() + ": " + result.agreed() + " of " + result.steps() + " steps agree");
        }
    }
}
