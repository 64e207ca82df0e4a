package dev.weir.lab;

import com.sun.management.OperatingSystemMXBean;
import dev.weir.bfd.SessionStates;
import dev.weir.check.CheckKey;
import dev.weir.check.Checked;
import dev.weir.check.Checks;
import dev.weir.check.Outcome.Failure;
import dev.weir.check.Wanted;
import dev.weir.conf.Configuration;
import dev.weir.conf.HealthCheck;
import dev.weir.conf.KeepalivedConf;
import dev.weir.conf.LocalHost;
import dev.weir.conf.VirtualServer;
import dev.weir.conf.VirtualServer.RealServer;
import dev.weir.notify.ScriptRunner;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/** Many TCP_CHECKs a second each, against {@link CheckTargets}: how late they are, and what they cost. */
public final class CheckLoad {
    private static final int WARMUP_SECONDS = 15;
    private static final int[] PORTS = {CheckTargets.ANSWERS, CheckTargets.REFUSES, CheckTargets.HANGS,
            CheckTargets.RESETS};
    private static final int SERVERS_OF_ONE = 100;

    private final LongAdder successes = new LongAdder();
    private final LongAdder failures = new LongAdder();

    private CheckLoad() {
    }

    public static void main(String[] arguments) throws InterruptedException {
        new CheckLoad().run(Integer.parseInt(arguments[0]), Integer.parseInt(arguments[1]));
    }

    private void run(int servers, int seconds) throws InterruptedException {
        try (ScriptRunner runner = new ScriptRunner();
                Checks checks = new Checks(new Checks.Surroundings(runner, null, new SessionStates(), new Random(1)),
                        this::count)) {
            Configuration configuration = configuration(servers);
            checks.configure(wanted(configuration), configuration);
            Thread.sleep(TimeUnit.SECONDS.toMillis(WARMUP_SECONDS));
            System.out.print("While it warms up: " + checks.lateness());
            checks.clearLateness();
            measure(checks, seconds);
            long began = System.nanoTime();
            Configuration more = configuration(servers + 1);
            long read = System.nanoTime();
            checks.configure(wanted(more), more);
            System.out.printf("one server more: the file was read in %d ms, and checks were changed in %d ms%n",
                    TimeUnit.NANOSECONDS.toMillis(read - began),
                    TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - read));
        }
    }

    private void measure(Checks checks, int seconds) throws InterruptedException {
        OperatingSystemMXBean process = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long processor = process.getProcessCpuTime();
        long began = System.nanoTime();
        Thread.sleep(TimeUnit.SECONDS.toMillis(seconds));
        double took = (System.nanoTime() - began) / 1e9;
        System.out.printf("%d checks in %.1f s: %.0f a second, %d of them more than 100 ms late%n",
                checks.runs(), took, checks.runs() / took, checks.late());
        System.out.printf("processor: %.0f %% of one core, %.0f us a check%n",
                (process.getProcessCpuTime() - processor) / took / 1e7,
                (process.getProcessCpuTime() - processor) / 1e3 / Math.max(1, checks.runs()));
        System.out.printf("since the beginning: %d succeeded, %d failed%n", successes.sum(), failures.sum());
        System.out.print(checks.lateness());
    }

    private void count(Checked checked) {
        (checked.outcome() instanceof Failure ? failures : successes).increment();
    }

    private static Configuration configuration(int servers) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < servers; i++) {
            if (i % SERVERS_OF_ONE == 0) {
                text.append(i == 0 ? "" : "}\n").append("""
                        virtual_server 10.0.%d.%d 80 {
                            protocol TCP
                            lb_kind NAT
                            delay_loop 1
                            connect_timeout 1
                        """.formatted(i / SERVERS_OF_ONE / 250, i / SERVERS_OF_ONE % 250 + 1));
            }
            text.append("real_server 127.1.%d.%d %d {\nTCP_CHECK {\n}\n}\n".formatted(i / 250, i % 250 + 1,
                    PORTS[i % PORTS.length]));
        }
        text.append("}\n");
        return KeepalivedConf.read(text.toString(), "checks", Path.of("/"), LocalHost.surroundings())
                .configuration();
    }

    private static List<Wanted> wanted(Configuration configuration) {
        List<Wanted> wanted = new ArrayList<>();
        for (VirtualServer server : configuration.servers()) {
            for (RealServer real : server.servers()) {
                for (HealthCheck check : real.checks()) {
                    wanted.add(new Wanted(
                            new CheckKey(server.name(), real.name(server), check.connection(), check.probe(), 0),
                            check, server.services().getFirst(), real));
                }
            }
        }
        return wanted;
    }
}
