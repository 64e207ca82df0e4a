package dev.weir.ipvsadm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * What the real ipvsadm 1.31 answered over a kernel, call by call, in session.txt: "$ " and the arguments (one blank
 * between two; '' is an empty one), "-> " and the status, then lines of standard output after two blanks and of standard
 * error after "  E: ". Each heading "# " begins with an empty director.
 */
class IpvsadmTest {
    private record Call(int line, List<String> arguments, int exit, String stdout, String stderr) {
    }

    @TestFactory
    List<DynamicTest> answersAsTheRealOneDid() throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        String title = "";
        List<Call> calls = new ArrayList<>();
        List<String> lines = lines();
        for (int i = 0; i < lines.size();) {
            String line = lines.get(i);
            if (line.startsWith("# ")) {
                add(tests, title, calls);
                title = line.substring(2);
                calls = new ArrayList<>();
                i++;
            } else {
                int arrow = line.lastIndexOf(" -> ");
                StringBuilder out = new StringBuilder();
                StringBuilder err = new StringBuilder();
                int at = i + 1;
                for (i++; i < lines.size() && lines.get(i).startsWith("  "); i++) {
                    String text = lines.get(i).substring(2);
                    (text.startsWith("E: ") ? err.append(text.substring(3)) : out.append(text)).append('\n');
                }
                calls.add(new Call(at, arguments(line.substring(2, arrow)),
                        Integer.parseInt(line.substring(arrow + 4)), out.toString(), err.toString()));
            }
        }
        add(tests, title, calls);
        assertThat(tests).hasSizeGreaterThan(3);
        return tests;
    }

    private static void add(List<DynamicTest> tests, String title, List<Call> calls) {
        if (!calls.isEmpty()) {
            tests.add(DynamicTest.dynamicTest(title, () -> replay(calls)));
        }
    }

    private static void replay(List<Call> calls) {
        Ipvsadm ipvsadm = new Ipvsadm(new StillDirector(),
                new SystemNames(List.of("http 80/tcp www", "domain 53/udp", "domain 53/tcp")),
                new SyncDaemons(name -> name.equals("lo") ? 65536 : -1, new IdleRunner()));
        for (Call call : calls) {
            assertThat(ipvsadm.run(call.arguments(), "")).as("line %d: ipvsadm %s", call.line(), call.arguments())
                    .isEqualTo(new Result(call.exit(), call.stdout(), call.stderr()));
        }
    }

    private static List<String> arguments(String text) {
        List<String> arguments = new ArrayList<>();
        for (String word : text.split(" ", -1)) {
            if (!word.isEmpty()) {
                arguments.add(word.equals("''") ? "" : word);
            }
        }
        return arguments;
    }

    private static List<String> lines() throws IOException {
        try (InputStream text = IpvsadmTest.class.getResourceAsStream("session.txt")) {
            assertThat(text).isNotNull();
            return new String(text.readAllBytes(), StandardCharsets.UTF_8).lines().filter(line -> !line.isEmpty())
                    .toList();
        }
    }
}
