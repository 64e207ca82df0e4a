package dev.weir.lbd;

import dev.weir.conf.KeepalivedConf;
import dev.weir.conf.LocalHost;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** lbd: starts a director, and ends it on SIGTERM, SIGINT or when its worker dies. */
public final class Main {
    /** The worker died: something else (systemd, a standby) has to take over. */
    private static final int LONGEST_START_SECONDS = 10;
    private static final int DIED = 3;

    private Main() {
    }

    public static void main(String[] arguments) {
        AtomicInteger exit = new AtomicInteger();
        try {
            Options options = Options.parse(List.of(arguments), System.getenv());
            switch (options.action()) {
                case HELP -> System.out.print(Options.HELP);
                case CHECK_CONFIG -> {
                    exit.set(checkConfig(Objects.requireNonNull(options.keepalived())));
                    System.exit(exit.get());
                }
                case VERSION -> System.out.println("lbd " + version());
                case RUN -> run(options, exit);
            }
        } catch (RefusalException e) {
            System.err.println("lbd: " + e.getMessage());
            exit.set(e.exit());
            System.exit(exit.get());
        }
    }

    /** Prints what a keepalived.conf says, and what is wrong with it; returns the exit status of {@code keepalived -t}. */
    private static int checkConfig(KeepalivedOptions options) throws RefusalException {
        Path file = options.config();
        try {
            KeepalivedConf conf = KeepalivedConf.read(file, LocalHost.surroundings(options.id()));
            System.out.print(conf.canonical());
            System.out.flush();
            conf.problems().forEach(System.err::println);
            return conf.exit();
        } catch (IOException e) {
            throw new RefusalException(RefusalException.USAGE, "cannot read " + file + ": " + e
                    + "; name a readable file with --check-config");
        }
    }

    /** Who asks it to end while it begins has it end in order as well: first it has begun. */
    private static void run(Options options, AtomicInteger exit) throws RefusalException {
        CompletableFuture<Optional<Director>> begun = new CompletableFuture<>();
        // A JVM that a signal ends has the signal's status (143); this one ended as it was asked to: 0.
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name("shutdown").unstarted(() -> {
            begun.completeOnTimeout(Optional.empty(), LONGEST_START_SECONDS, TimeUnit.SECONDS).join()
                    .ifPresent(Director::close);
            Runtime.getRuntime().halt(exit.get());
        }));
        try {
            begun.complete(Optional.of(Director.start(options, problem -> {
                exit.set(DIED);
                // In a thread of its own: exit waits for the thread that tells of its death.
                Thread.ofPlatform().name("exit").start(() -> System.exit(DIED));
            })));
        } finally {
            begun.complete(Optional.empty());
        }
        awaitEnd();
    }

    /** All other threads are daemons; this one keeps the JVM alive. */
    private static void awaitEnd() {
        while (true) {
            try {
                Thread.sleep(Long.MAX_VALUE);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private static String version() {
        String version = Main.class.getPackage().getImplementationVersion();
        return version == null ? "(not from a jar)" : version;
    }
}
