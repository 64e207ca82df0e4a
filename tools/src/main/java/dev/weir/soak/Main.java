package dev.weir.soak;

import dev.weir.testbed.DirectorHost;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** tools/lab soak. */
public final class Main {
    private static final int FAILED = 1;
    private static final int REFUSED = 2;
    private static final int MOST_WORKERS = 64;
    private static final int MOST_MINUTES = 24 * 60;
    private static final String USAGE = """
            usage: tools/lab soak [--minutes N | --seconds N] [--seed N] [--port KIND] [--workers N] [--steering BY]
                                  [--connections N]

            Sends through lbd, on a network namespace of its own, as much as one thread can: TCP, UDP, fragments, ICMP and
            damaged frames of thousands of flows, IPv4 and IPv6, NAT, direct routing and tunnels, while ipvsadm changes
            services and servers every second, drawn from the seed. At the end every frame is accounted for, no
            connection has changed its server without its server having been removed, all connections end by their
            time-outs, and memory is steady; else the exit status is 1. By default 10 minutes and some 3 to end; with
            --seconds connections are ended with their services.
            """;

    private Main() {
    }

    public static void main(String[] arguments) throws IOException {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        List<String> options = new ArrayList<>(List.of("--port", "af-packet"));
        Duration time = Duration.ofMinutes(10);
        boolean brief = false;
        int workers = 1;
        long seed = 1;
        for (int i = 0; i < arguments.length; i++) {
            String name = arguments[i];
            if (name.equals("-h") || name.equals("--help")) {
                out.print(USAGE);
                return;
            }
            if (i + 1 == arguments.length) {
                refuse(name + ": no such option, or its value is missing");
            }
            String value = arguments[++i];
            switch (name) {
                case "--minutes" -> time = Duration.ofMinutes(number(name, value, MOST_MINUTES));
                case "--seconds" -> {
                    time = Duration.ofSeconds(number(name, value, MOST_MINUTES * 60));
                    brief = true;
                }
                case "--seed" -> seed = number(name, value, Integer.MAX_VALUE);
                case "--workers" -> {
                    workers = number(name, value, MOST_WORKERS);
                    options.addAll(List.of(name, value));
                }
                case "--port", "--steering", "--connections" -> options.addAll(List.of(name, value));
                default -> refuse("no such option: " + name);
            }
        }
        DirectorHost.removeLeftOvers();
        out.println("soak of " + time.toSeconds() + " s, seed " + seed + ", lbd " + String.join(" ", options));
        List<String> faults = new Soak(new Soak.Settings(time, seed, options, workers, brief), out).run();
        faults.forEach(fault -> out.println("FAIL " + fault));
        out.println(faults.isEmpty() ? "PASS" : "FAIL (seed " + seed + ")");
        System.exit(faults.isEmpty() ? 0 : FAILED);
    }

    private static int number(String name, String value, int most) {
        if (!value.matches("\\d{1,10}") || Long.parseLong(value) < 1 || Long.parseLong(value) > most) {
            refuse(name + " is a number from 1 to " + most + ", not '" + value + "'");
        }
        return (int) Long.parseLong(value);
    }

    private static void refuse(String problem) {
        System.err.println("lab soak: " + problem + "; tools/lab soak --help lists the options");
        System.exit(REFUSED);
    }
}
