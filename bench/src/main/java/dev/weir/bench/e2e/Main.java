package dev.weir.bench.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.stream.Collectors;

/** bench/e2e: measures, or writes what was measured into the documents. */
public final class Main {
    private static final int FAILED = 1;
    private static final int USAGE = 2;
    private static final String LOAD = "load before";
    private static final double RESTING_LOAD = 0.5;

    private Main() {
    }

    public static void main(String[] arguments) {
        try {
            Options options = Options.parse(List.of(arguments));
            if (options == null) {
                System.out.print(Options.HELP);
            } else if (options.report() != null) {
                Report.write(options.report(), Path.of(System.getProperty("weir.root", "."), "docs"));
            } else {
                measure(options, List.of(arguments));
            }
        } catch (IllegalArgumentException e) {
            System.err.println("bench/e2e: " + e.getMessage());
            System.exit(USAGE);
        } catch (IOException e) {
            System.err.println("bench/e2e: " + e.getMessage());
            System.exit(FAILED);
        }
    }

    private static void measure(Options options, List<String> arguments) throws IOException {
        List<Case> cases = Case.all().stream().filter(options::wants).toList();
        if (options.brief()) {
            cases = Case.withoutRepetition(cases);
        }
        if (cases.isEmpty()) {
            throw new IllegalArgumentException("no case has such a name; bench/e2e --list says which there are");
        }
        if (options.list()) {
            cases.forEach(one -> System.out.println(one.name()));
            return;
        }
        requireTools(cases);
        Lab.sweep();
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(Main::cleanUp));
        Results results = new Results(about(arguments), new ArrayList<>());
        double load = Double.parseDouble(results.about().getOrDefault(LOAD, "0"));
        if (load > RESTING_LOAD && !options.brief()) {
            System.err.println("bench/e2e: the machine is not at rest (load " + load
                    + "): its two cores are the generator's and the director's, so figures will be too low, and ratios wrong");
        }
        if (!options.brief() && cases.stream().anyMatch(one -> one.contender() instanceof WeirDirector)) {
            WeirDirector.awaitCaches();
        }
        Measure.Effort effort = options.brief() ? Measure.Effort.BRIEF : Measure.Effort.full(options.seconds());
        for (int round = 1; round <= options.rounds(); round++) {
            for (Case one : cases) {
                System.out.printf("%d/%d %s%n", round, options.rounds(), one.name());
                for (Sample sample : one.run(round, effort)) {
                    results.samples().add(sample);
                    System.out.printf("      %-16s %s%n", sample.measure(), sample.values().entrySet().stream()
                            .map(value -> value.getKey() + " " + Numbers.shortened(value.getValue()))
                            .collect(Collectors.joining(", ")));
                }
            }
            if (options.out() != null) {
                results.write(options.out());
            }
        }
    }

    private static void requireTools(List<Case> cases) throws IOException {
        if (!System.getProperty("user.name").equals("root")) {
            throw new IOException("needs root, for network namespaces: run it with sudo");
        }
        List<Tool> missing = cases.stream().flatMap(Case::tools).distinct().filter(tool -> !tool.isThere()).toList();
        if (!missing.isEmpty()) {
            throw new IOException(missing.stream().map(Tool::name).collect(Collectors.joining(", "))
                    + " missing; apt-get install "
                    + missing.stream().map(Tool::debianPackage).distinct().collect(Collectors.joining(" "))
                    + ", or leave cases out with --only");
        }
        if (Runtime.getRuntime().availableProcessors() < 2) {
            throw new IOException("needs two cores: the generator has one for itself");
        }
    }

    private static SequencedMap<String, String> about(List<String> arguments) throws IOException {
        SequencedMap<String, String> about = new LinkedHashMap<>();
        about.put("command", "bench/e2e " + String.join(" ", arguments));
        about.put("date", Instant.now().truncatedTo(ChronoUnit.MINUTES).toString());
        about.put("processor", Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
                .filter(line -> line.startsWith("model name")).findFirst().orElse("?").replaceFirst(".*: ", ""));
        about.put("cores", String.valueOf(Runtime.getRuntime().availableProcessors()));
        about.put("kernel", Shell.run("uname", "-sr").strip());
        about.put("java", System.getProperty("java.vm.name") + " " + System.getProperty("java.version"));
        about.put(LOAD, Files.readString(Path.of("/proc/loadavg")).replaceFirst(" .*\\s*", ""));
        return about;
    }

    private static void cleanUp() {
        try {
            Lab.removeOwn();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
