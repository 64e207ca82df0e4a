package dev.weir.conf;

import dev.weir.conf.directive.Directive;
import dev.weir.conf.directive.Effect;
import dev.weir.conf.directive.Place;
import dev.weir.conf.directive.Table;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

/** Configurations to judge: samples, one for each example of each directive, and mutations of them. */
final class Corpus {
    private static final String INSTANCE = """
            vrrp_instance V {
                interface eth0
                virtual_router_id 51
                priority 100
                virtual_ipaddress {
                    10.0.0.1
                }
            @}
            """;
    private static final String SERVER = """
            virtual_server 10.0.0.1 80 {
                protocol TCP
                lb_algo rr
                lb_kind NAT
            @}
            """;
    private static final String REAL = SERVER.replace("@", "    real_server 10.0.0.2 80 {\n        weight 1\n@    }\n");
    private static final String WATCHED_FILE = "track_file F {\n    file /tmp/weir-conf-none\n}\n";
    /** The least that is right around one directive, which takes the place of @. */
    private static final Map<Place, String> AROUND = Map.ofEntries(Map.entry(Place.TOP, "@"),
            Map.entry(Place.GLOBAL_DEFS, "global_defs {\n@}\n"), Map.entry(Place.VRRP_INSTANCE, INSTANCE),
            Map.entry(Place.CONNECTION_SYNC,
                    "global_defs {\nconnection_sync {\npeer 10.1.0.2\nkey 0123456789abcdef\n@}\n}\n"),
            Map.entry(Place.SYNC_GROUP,
                    with(INSTANCE, "") + with(INSTANCE, "").replace("V {", "W {").replace("51", "52")
                            + "vrrp_sync_group G {\n    group {\n        V\n        W\n    }\n@}\n"),
            Map.entry(Place.AUTHENTICATION,
                    with(INSTANCE, "    authentication {\n        auth_type PASS\n        auth_pass x\n@    }\n")),
            Map.entry(Place.HEARTBEAT, with(INSTANCE, "heartbeat {\npeer 10.1.0.2\nsecret k\n@}\n")),
            Map.entry(Place.VRRP_SCRIPT, "vrrp_script S {\n    script /tmp/weir-conf-none\n@}\n"),
            Map.entry(Place.TRACK_PROCESS, "vrrp_track_process P {\n    process nginx\n@}\n"),
            Map.entry(Place.TRACK_FILE, WATCHED_FILE.replace("}", "@}")),
            Map.entry(Place.TRACK_GROUP, "track_group T {\n@}\n"),
            Map.entry(Place.GARP_GROUP, "garp_group {\n    garp_interval 1\n@}\n"),
            Map.entry(Place.BFD_INSTANCE, "bfd_instance B {\n    neighbor_ip 10.0.0.9\n    source_ip 10.0.0.8\n@}\n"),
            Map.entry(Place.SSL, "SSL {\n@}\n"),
            Map.entry(Place.VIRTUAL_SERVER, SERVER.replace("@", "    real_server 10.0.0.2 80 {\n    }\n@")),
            Map.entry(Place.REAL_SERVER, REAL),
            Map.entry(Place.HTTP_GET, check("HTTP_GET", "url {\npath /\n}\n@")),
            Map.entry(Place.URL, check("HTTP_GET", "url {\npath /\n@}\n")),
            Map.entry(Place.TCP_CHECK, check("TCP_CHECK", "@")), Map.entry(Place.SMTP_CHECK, check("SMTP_CHECK", "@")),
            Map.entry(Place.SMTP_HOST, check("SMTP_CHECK", "host {\nconnect_ip 10.0.0.3\n@}\n")),
            Map.entry(Place.DNS_CHECK, check("DNS_CHECK", "@")), Map.entry(Place.UDP_CHECK, check("UDP_CHECK", "@")),
            Map.entry(Place.PING_CHECK, check("PING_CHECK", "@")),
            Map.entry(Place.MISC_CHECK, check("MISC_CHECK", "misc_path weir-conf-none\n@")),
            Map.entry(Place.BFD_CHECK, "bfd_instance B {\n    neighbor_ip 10.0.0.9\n}\n"
                    + check("BFD_CHECK", "name B\n@")),
            Map.entry(Place.FILE_CHECK, WATCHED_FILE + check("FILE_CHECK", "track_file F\n@")));

    private Corpus() {
    }

    /** @param name says where it comes from, with the seed of what was drawn */
    record Case(String name, String text) {
    }

    private static String with(String around, String inside) {
        return around.replace("@", inside);
    }

    private static String check(String kind, String inside) {
        return with(REAL, "        " + kind + " {\n" + inside + "        }\n");
    }

    /** Each example of each directive's arguments, right and wrong; what many blocks share only in two of them. */
    static List<Case> directives() {
        List<Case> cases = new ArrayList<>();
        Map<String, Integer> seen = new HashMap<>();
        for (Directive directive : Table.KEEPALIVED.all()) {
            List<String> all = new ArrayList<>(directive.syntax().good());
            all.addAll(directive.syntax().bad());
            if (directive.content() instanceof Directive.Nothing && directive.effect().kind() != Effect.Kind.OWN) {
                all.stream().filter(arguments -> seen.merge(directive.name() + arguments, 1, Integer::sum) <= 2)
                        .forEach(arguments -> cases.add(example(directive, arguments)));
            }
        }
        return cases;
    }

    static Case example(Directive directive, String arguments) {
        return new Case(directive.place().title() + ": " + directive.name() + " " + arguments,
                with(AROUND.getOrDefault(directive.place(), "@"), directive.name() + " " + arguments + "\n"));
    }

    /** Whole configurations, each with something that fits together or does not. */
    static List<Case> combinations() throws IOException {
        List<Case> cases = new ArrayList<>();
        for (String text : Files.readString(Path.of("src/test/resources/keepalived/cases.txt")).split("%%\n", -1)) {
            cases.add(new Case("cases.txt: " + text.replace("\n", "; "), text));
        }
        return cases;
    }

    /** Debian's samples, and those of the tests. */
    static List<Case> samples() throws IOException {
        List<Case> cases = new ArrayList<>(files(Path.of("/usr/share/doc/keepalived/samples")));
        cases.addAll(files(Path.of("src/test/resources/keepalived")));
        return cases;
    }

    /** The files of a folder, where there is one. */
    static List<Case> files(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        List<Case> cases = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(name -> name.getFileName().toString().contains(".conf")).sorted().toList()) {
                cases.add(new Case(file.getFileName().toString(), Files.readString(file, StandardCharsets.UTF_8)));
            }
        }
        return cases;
    }

    /** What people do to a configuration by mistake, once or twice. */
    static Case mutation(Case original, long seed) {
        Random random = new Random(seed);
        List<String> lines = new ArrayList<>(Arrays.asList(original.text().split("\n")));
        int times = 1 + random.nextInt(2);
        StringBuilder done = new StringBuilder();
        for (int i = 0; i < times && !lines.isEmpty(); i++) {
            int at = random.nextInt(lines.size());
            String line = lines.get(at);
            int kind = random.nextInt(10);
            done.append(' ').append(kind).append('@').append(at + 1);
            switch (kind) {
                case 0 -> lines.remove(at);
                case 1 -> lines.add(at, line);
                case 2 -> lines.set(at, line + " // remark");
                case 3 -> lines.set(at, line.replaceFirst("(\\w)(\\w)(\\w)", "$1$3$2"));
                case 4 -> lines.set(at, line.replace("}", ""));
                case 5 -> lines.set(at, line.replace("{", ""));
                case 6 -> lines.set(at, line.replaceAll("\\s\\S+\\s*$", ""));
                case 7 -> lines.set(at, line.replaceFirst("\\d+", String.valueOf(random.nextInt(100_000))));
                case 8 -> lines.set(at, line + " " + lines.get(random.nextInt(lines.size())).strip());
                default -> lines.set(at, line.replace(" {", "\n{"));
            }
        }
        return new Case(original.name() + ", mutation of seed " + seed + ":" + done, String.join("\n", lines) + "\n");
    }
}
