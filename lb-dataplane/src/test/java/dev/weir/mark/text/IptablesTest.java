package dev.weir.mark.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.sys.NetworkNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What iptables itself makes of random rules, in every spelling that it knows. */
@Tag("root")
class IptablesTest {
    private static final int RULES = 150;

    @TempDir
    private Path folder;

    @ParameterizedTest(name = "{0}, seed {1}")
    @CsvSource({"iptables-legacy, 1", "iptables-nft, 2", "ip6tables-legacy, 3", "ip6tables-nft, 4"})
    void rulesAreSavedAsIptablesSavesThem(String iptables, long seed) throws IOException {
        boolean v4 = iptables.startsWith("iptables");
        List<String> lines = lines(new Random(seed), v4);
        SaveFile.Contents read = SaveFile.read(String.join("\n", lines), v4, PortNames.NONE);
        assertThat(read.problems()).as("seed %d", seed).isEmpty();
        MarkTable table = v4 ? read.v4() : read.v6();
        try (NetworkNamespace namespace = NetworkNamespace.create("save")) {
            Path file = Files.write(folder.resolve("rules"), lines);
            namespace.run(iptables + "-restore < " + file);
            String saved = namespace.run(iptables + "-save -t mangle 2>/dev/null");
            assertThat(saved.lines().filter(line -> line.startsWith("-A"))).as("seed %d", seed)
                    .containsExactlyElementsOf(
                            SaveFile.rules(table, "PREROUTING").replace("-6 -A", "-A").lines().toList());
            SaveFile.Contents back = SaveFile.read(saved, v4, PortNames.NONE);
            assertThat(back.problems()).as("seed %d", seed).isEmpty();
            assertThat(v4 ? back.v4() : back.v6()).as("seed %d", seed).isEqualTo(table);
        }
    }

    private static List<String> lines(Random random, boolean v4) {
        List<String> lines = new ArrayList<>(List.of("*mangle", ":PREROUTING ACCEPT [0:0]"));
        for (int i = 0; i < RULES; i++) {
            lines.add("-A PREROUTING" + rule(random, v4));
        }
        lines.add("COMMIT");
        return lines;
    }

    private static String rule(Random random, boolean v4) {
        StringBuilder rule = new StringBuilder();
        for (String option : List.of("-s", "-d")) {
            if (random.nextBoolean()) {
                rule.append(not(random)).append(' ').append(one(random, option, option.equals("-s")
                        ? "--source"
                        : "--destination")).append(' ').append(v4 ? addressV4(random) : addressV6(random));
            }
        }
        if (random.nextInt(3) == 0) {
            rule.append(not(random)).append(" -i ").append(one(random, "eth0", "eth+", "v.l-an7"));
        }
        String protocol = one(random, "tcp", "17", "sctp", "UDP");
        switch (random.nextInt(4)) {
            case 0 -> rule.append(" ! -p ").append(protocol);
            case 1, 2 -> {
                rule.append(" -p ").append(protocol);
                ports(random, rule);
            }
            default -> rule.append(one(random, "", " -p all", v4 ? " -p icmp" : " -p icmpv6", " -p 201"));
        }
        if (random.nextInt(4) == 0) {
            rule.append(" -m comment --comment ").append(Words.quoted(one(random, "plain", "two words",
                    "\"quoted\"", "back\\slash", "it's", "-A", "a;b")));
        }
        return rule.append(target(random)).toString();
    }

    private static void ports(Random random, StringBuilder rule) {
        if (random.nextBoolean()) {
            rule.append(not(random)).append(one(random, " --dport ", " --destination-port ")).append(one(random, "80",
                    "8080", "81", "1:80", "1000:", "53"));
        }
        if (random.nextInt(3) == 0) {
            rule.append(not(random)).append(" --sport ").append(one(random, "1024:65535", "1:1023", "0"));
        }
        if (random.nextInt(3) == 0) {
            rule.append(" -m multiport").append(not(random))
                    .append(one(random, " --dports ", " --sports ", " --ports "))
                    .append(one(random, "80,443", "8080,1000:2000,53", "1:2,3:4,5:6,7:8,9:10,11:12,13:14,15", "9"));
        }
    }

    private static String target(Random random) {
        String number = one(random, "1", "0x42", "010", "0", "4294967295", "0xFF00");
        String mask = one(random, "", "/0xff", "/3");
        return switch (random.nextInt(7)) {
            case 0 -> " -j MARK --set-mark " + number + mask;
            case 1 -> " -j MARK --set-xmark " + number + mask;
            case 2 -> " -j MARK --and-mark " + number;
            case 3 -> " -j MARK --or-mark " + number;
            case 4 -> " -j MARK --xor-mark " + number;
            case 5 -> one(random, " -j ACCEPT", " -j RETURN");
            default -> "";
        };
    }

    private static String addressV4(Random random) {
        return "10.1." + random.nextInt(256) + "." + random.nextInt(256)
                + one(random, "", "/32", "/31", "/24", "/7", "/255.255.0.0", "/0.0.0.3", "/255.0.255.0");
    }

    private static String addressV6(Random random) {
        return "fd00:" + Integer.toHexString(random.nextInt(65536)) + "::" + Integer.toHexString(random.nextInt(65536))
                + one(random, "", "/128", "/127", "/64", "/7", "/ffff::ffff", "/ffff::");
    }

    private static String not(Random random) {
        return random.nextInt(4) == 0 ? " !" : "";
    }

    private static String one(Random random, String... choices) {
        return choices[random.nextInt(choices.length)];
    }
}
