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
            usage: lb-replay [--port af-packet|af-xdp|pcap] [-v | -q] FILE.jsonl...
                   lb-replay [--port af-packet|af-xdp|pcap] -o DIR FILE.jsonl...
                   lb-replay --pcap IN.pcap --rules FILE [--topology FILE] -o OUT.pcap

            Plays recordings of the kernel's IPVS (their format: tools/oracle/README.md) through Weir's engine, each on a
            director of its own, by the recording's clock. Without --port nothing of this machine's network is used.

            Without -o, holds what Weir did against what the kernel did and prints where they part: the first three
            steps of each file. The last line is 'N of M steps agree in K files'; exit status 0 if all do, else 1.
              -v  prints every difference
              -q  prints the last line only
              -o DIR  writes instead what Weir did, as files of the same names in DIR, which tools/oracle/compare.py reads
              --port KIND  plays in real time over real interfaces: starts lbd --port KIND for each file in a network
                  namespace of its own, wired with veth, sends the frames from the other ends and catches there what
                  leaves; four files at once. Needs root, and ip, ethtool, sysctl and unshare

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
        private @Nullable String port;
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
            if (port != null && !List.of("af-packet", "af-xdp", "pcap").contains(port)) {
                throw new UsageException("--port is af-packet, af-xdp or pcap, not " + port);
            }
            if (capture != null && (!files.isEmpty() || port != null)) {
                throw new UsageException("--pcap goes neither with recordings nor with --port");
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
            return options.output != null ? write(options, options.output) : compare(options);
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
                case "--port" -> options.port = after(arguments, i++);
                case "-o", "--pcap", "--rules", "--topology" -> options.set(argument, Path.of(after(arguments, i++)));
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

    private static String after(List<String> arguments, int place) throws UsageException {
        if (place + 1 == arguments.size()) {
            throw new UsageException(arguments.get(place) + " needs a name after it");
        }
        return arguments.get(place + 1);
    }

    private static int write(Options options, Path folder) throws IOException {
        Files.createDirectories(folder);
        List<Path> targets = new ArrayList<>();
        for (Path file : options.files) {
            Recording recording = RecordingReader.read(file);
            Path target = folder.resolve(recording.name() + ".jsonl");
            if (Files.exists(target) && Files.isSameFile(file, target)) {
                throw new BadFileException(target,
                        "would be overwritten with Weir's outcomes: -o must name another folder");
            }
            targets.add(target);
        }
        try (Players players = new Players(options.files, options.port)) {
            for (Path target : targets) {
                RecordingWriter.write(players.next().actual(), target);
            }
        }
        return AGREE;
    }

    private int compare(Options options) throws IOException {
        int agreed = 0;
        int steps = 0;
        try (Players players = new Players(options.files, options.port)) {
            for (int i = 0; i < options.files.size(); i++) {
                Players.Played played = players.next();
                Comparison.Result result = Comparison.compare(played.golden(), played.actual());
                agreed += result.agreed();
                steps += result.steps();
                if (!options.quiet) {
                    print(result, options.verbose ? Integer.MAX_VALUE : SHOWN);
                }
            }
        }
        out.println(agreed + " of " + steps + " steps agree in " + options.files.size() + " files"
                + (options.port == null ? "" : " over " + options.port));
        return agreed == steps && steps > 0 ? AGREE : DIFFER;
    }

    private void print(Comparison.Result result, int limit) {
        result.differences().stream().limit(limit).forEach(out::println);
        if (!result.agrees()) {
            out.println(result.name() + ": " + result.agreed() + " of " + result.steps() + " steps agree");
        }
    }
}
