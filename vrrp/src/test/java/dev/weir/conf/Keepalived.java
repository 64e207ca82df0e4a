package dev.weir.conf;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Debian's keepalived, asked for its opinion: in a network and mount namespace of its own, with interfaces eth0 and
 * eth1, and by {@code -t} alone, which starts nothing.
 */
final class Keepalived {
    static final Path PROGRAM = Path.of("/usr/sbin/keepalived");
    private static final String SCRIPT = """
            cd "$1" || exit 1
            mount -t tmpfs none /tmp && mount -t tmpfs none /run || exit 1
            ip link set lo up && ip link add eth0 type veth peer name eth1 || exit 1
            hostname node1
            ls | grep '[.]conf$' | xargs -P 2 -n 40 sh -c 'for f; do
                timeout -s KILL 5 /usr/sbin/keepalived -t -f "$f" >"$f.out" 2>&1
                echo $? >"$f.exit"
            done' sh
            exit 0
            """;

    private Keepalived() {
    }

    /** @param exit 128 and more: a signal ended it */
    record Verdict(int exit, String said) {
    }

    static List<Verdict> of(List<Corpus.Case> cases, Path folder) throws IOException, InterruptedException {
        for (int i = 0; i < cases.size(); i++) {
            Files.writeString(folder.resolve(i + ".conf"), cases.get(i).text());
        }
        Process process = new ProcessBuilder("unshare", "-n", "-m", "-u", "sh", "-c", SCRIPT, "sh", folder.toString())
                .redirectErrorStream(true).redirectOutput(folder.resolve("log").toFile()).start();
        if (process.waitFor() != 0) {
            throw new IOException("keepalived could not be asked: " + Files.readString(folder.resolve("log")));
        }
        List<Verdict> verdicts = new ArrayList<>();
        for (int i = 0; i < cases.size(); i++) {
            verdicts.add(new Verdict(Integer.parseInt(Files.readString(folder.resolve(i + ".conf.exit")).strip()),
                    Files.readString(folder.resolve(i + ".conf.out"), StandardCharsets.ISO_8859_1).strip()));
        }
        return verdicts;
    }
}
