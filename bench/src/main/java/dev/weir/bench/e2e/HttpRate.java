package dev.weir.bench.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Requests of HTTP, each on a connection of its own: wrk with 64 connections at once to one nginx worker. */
record HttpRate() implements Measure {
    private static final int PORT = 80;
    private static final double FAILURES_ALLOWED = 0.01;
    private static final Pattern TOTAL = Pattern.compile("(\\d+) requests in");
    private static final Pattern RATE = Pattern.compile("Requests/sec:\\s+([0-9.]+)");
    private static final Pattern PERCENTILE = Pattern.compile("(50|99)%\\s+([0-9.]+)(us|ms|s)");
    private static final Pattern ERRORS = Pattern
            .compile("Socket errors: connect (\\d+), read (\\d+), write (\\d+), timeout (\\d+)");
    private static final Pattern REFUSED = Pattern.compile("Non-2xx or 3xx responses: (\\d+)");

    @Override
    public String name() {
        return "http";
    }

    @Override
    public List<Tool> tools() {
        return List.of(Tool.NGINX, Tool.WRK);
    }

    @Override
    public List<Reading> of(Lab lab, Contender contender, Effort effort) throws IOException {
        Path file = Files.writeString(lab.folder().resolve("nginx.conf"), configuration(lab.folder()));
        Process server = lab.start(Lab.Role.SERVER, "nginx", List.of("nginx", "-p", lab.folder().toString(), "-e",
                "stderr", "-c", file.toString()));
        try (Contender.Director _ = contender.start(lab)) {
            Listening.await(lab, server, "nginx", List.of(PORT));
            if (!effort.brief()) {
                request(lab, contender, Duration.ofSeconds(2));
            }
            return List.of(new Reading(name(), parse(contender, request(lab, contender, effort.bulk()))));
        } finally {
            Shell.stop(server, Duration.ofSeconds(1));
        }
    }

    private static String request(Lab lab, Contender contender, Duration time) throws IOException {
        return lab.in(Lab.Role.CLIENT, "wrk", "-t1", "-c64", "--latency", "-H", "Connection: close", "-d",
                Math.max(1, time.toSeconds()) + "s", "http://" + contender.target() + "/");
    }

    private static SequencedMap<String, Double> parse(Contender contender, String said) throws IOException {
        SequencedMap<String, Double> values = new LinkedHashMap<>();
        values.put("connections/s", first(RATE, said));
        Matcher percentile = PERCENTILE.matcher(said);
        while (percentile.find()) {
            double unit = switch (percentile.group(3)) {
                case "us" -> 1;
                case "ms" -> 1e3;
                default -> 1e6;
            };
            values.put("p" + percentile.group(1) + " us", Double.parseDouble(percentile.group(2)) * unit);
        }
        double failures = first(REFUSED, said);
        Matcher errors = ERRORS.matcher(said);
        if (errors.find()) {
            for (int i = 1; i <= errors.groupCount(); i++) {
                failures += Long.parseLong(errors.group(i));
            }
        }
        double total = first(TOTAL, said);
        if (total == 0 || failures > FAILURES_ALLOWED * total) {
            throw new IOException(contender.name() + ": of " + (long) total + " HTTP requests " + (long) failures
                    + " failed: " + said);
        }
        return values;
    }

    private static double first(Pattern pattern, String said) {
        Matcher matcher = pattern.matcher(said);
        return matcher.find() ? Double.parseDouble(matcher.group(1)) : 0;
    }

    private static String configuration(Path folder) {
        return """
                daemon off;
                user root;
                pid %1$s/nginx.pid;
                error_log stderr warn;
                worker_processes 1;
                worker_rlimit_nofile 16384;
                events { worker_connections 8000; }
                http {
                    access_log off;
                    client_body_temp_path %1$s/temp;
                    proxy_temp_path %1$s/temp;
                    fastcgi_temp_path %1$s/temp;
                    uwsgi_temp_path %1$s/temp;
                    scgi_temp_path %1$s/temp;
                    server {
                        listen %2$d backlog=4096;
                        location / { return 200 "here\\n"; }
                    }
                }
                """.formatted(folder, PORT);
    }
}
