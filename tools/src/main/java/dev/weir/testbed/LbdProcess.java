package dev.weir.testbed;

import dev.weir.client.ControlMessage.Answer;
import dev.weir.client.ControlMessage.MalformedException;
import dev.weir.client.ControlMessage.Request;
import dev.weir.client.Main;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The daemon itself, as a user starts it, on a {@link DirectorHost}. */
public final class LbdProcess implements AutoCloseable {
    /** Where tools/lbd stands; the scripts that start this set it. */
    private static final String PROGRAM = "weir.lbd";
    private static final Duration START = Duration.ofSeconds(60);
    private static final Duration END = Duration.ofSeconds(10);
    private static final int LOG_LINES = 15;

    private final Process process;
    private final Path control;
    private final Path log;

    private LbdProcess(Process process, Path control, Path log) {
        this.process = process;
        this.control = control;
        this.log = log;
    }

    /**
     * Starts it and waits until it answers.
     *
     * @param folder     its own: for its control socket and its log
     * @param jvmOptions what its JVM is told besides conf/jvm.options
     */
    public static LbdProcess start(DirectorHost host, Path folder, List<String> options, List<String> jvmOptions)
            throws IOException {
        String program = System.getProperty(PROGRAM);
        if (program == null) {
            throw new IOException("-D" + PROGRAM + " must say where tools/lbd stands, as the scripts in tools do");
        }
        Path control = folder.resolve("lbd.sock");
        Path log = folder.resolve("lbd.log");
        List<String> command = new ArrayList<>(List.of(program, "--control", control.toString()));
        command.addAll(options);
        ProcessBuilder builder = new ProcessBuilder(host.inside(command)).redirectErrorStream(true)
                .redirectOutput(log.toFile());
        // Not by WEIR_JVM_OPTIONS: another file of options would have lbd make its cache for quick start anew.
        builder.environment().put("JDK_JAVA_OPTIONS", String.join(" ", jvmOptions));
        LbdProcess lbd = new LbdProcess(builder.start(), control, log);
        try {
            lbd.awaitAnswer();
            return lbd;
        } catch (IOException e) {
            lbd.close();
            throw e;
        }
    }

    private void awaitAnswer() throws IOException {
        long deadline = System.nanoTime() + START.toNanos();
        while (!answers()) {
            if (!process.isAlive() || System.nanoTime() - deadline > 0) {
                throw new IOException("lbd did not come up; the end of its log:\n" + endOfLog());
            }
            sleep(Duration.ofMillis(20));
        }
    }

    /** Its socket may be there before it listens. */
    private boolean answers() {
        try {
            return Files.exists(control) && ask(List.of("lb-ctl", "status"), "").exit() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    /** @param words a tool's name, then its arguments */
    public Answer ask(List<String> words, String stdin) throws IOException {
        try {
            return Main.ask(control, new Request(words, stdin));
        } catch (MalformedException e) {
            throw new IOException("lbd's answer to " + words + " is none", e);
        } catch (IOException e) {
            if (process.isAlive()) {
                throw new IOException("lbd did not answer " + words + ": " + e.getMessage(), e);
            }
            throw new IOException("lbd died; the end of its log:\n" + endOfLog(), e);
        }
    }

    /** The number before a name in what a tool prints, one line a thing. */
    public long number(List<String> words, String name) throws IOException {
        String text = ask(words, "").stdout();
        return text.lines().map(String::strip).filter(line -> line.endsWith("  " + name)).findFirst()
                .map(line -> Long.parseLong(line.substring(0, line.indexOf(' '))))
                .orElseThrow(() -> new IOException(words + " has no line '" + name + "':\n" + text));
    }

    public long pid() {
        return process.pid();
    }

    private String endOfLog() throws IOException {
        List<String> lines = Files.readAllLines(log);
        return String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size()));
    }

    static void sleep(Duration duration) throws IOException {
        try {
            Thread.sleep(duration);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** SIGTERM, and SIGKILL where that does not end it. */
    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(END.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
