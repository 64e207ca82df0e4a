package dev.weir.soak;

import dev.weir.client.ControlMessage.Answer;
import dev.weir.testbed.DirectorHost;
import dev.weir.testbed.FarEnd;
import dev.weir.testbed.LbdProcess;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

/** One soak: lbd on a host of its own, traffic and commands for a time, then what must hold. */
final class Soak {
    private static final Duration CHANGES = Duration.ofSeconds(1);
    private static final Duration REPORTS = Duration.ofSeconds(30);
    /** The longest time-out is TIME_WAIT's two minutes; a template's last minute may come on top. */
    private static final Duration LONGEST_BRIEF_END = Duration.ofSeconds(60);
    private static final Duration LONGEST_END = Duration.ofSeconds(260);
    private static final int SLOTS = 1020;
    private static final long MOST_GROWTH_KB = 32 << 10;
    private static final int LAST_FRAMES = 20_000;

    private final Settings settings;
    private final PrintStream out;
    private final List<String> faults = new ArrayList<>();

    /**
     * How a soak goes.
     *
     * @param options what lbd is started with besides
     * @param workers as lbd is told; the wires have as many queues
     * @param brief   whether connections are ended with their services
     */
    record Settings(Duration time, long seed, List<String> options, int workers, boolean brief) {
    }

    Soak(Settings settings, PrintStream out) {
        this.settings = settings;
        this.out = out;
    }

    /** @return what did not hold; empty: all did */
    List<String> run() throws IOException {
        Path folder = Files.createTempDirectory("weir-soak-");
        try (DirectorHost host = DirectorHost.make()) {
            FarEnd clients = FarEnd.open(host.wire("eth0", "02:00:00:00:00:01", settings.workers()), SLOTS);
            FarEnd servers = FarEnd.open(host.wire("eth1", "02:00:00:00:00:02", settings.workers()), SLOTS);
            furnish(host);
            List<String> options = new ArrayList<>(List.of("--interface", "eth0", "--interface", "eth1"));
            options.addAll(settings.options());
            try (clients;
                    servers;
                    LbdProcess lbd = LbdProcess.start(host, folder, options,
                            List.of(Jvm.option(folder)))) {
                load(host, lbd, clients, servers, new Jvm(lbd.pid(), folder));
            }
        }
        deleteAll(folder);
        return List.copyOf(faults);
    }

    private static void deleteAll(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    private static void furnish(DirectorHost host) throws IOException {
        List<String> lines = new ArrayList<>(List.of("addr add 10.1.0.1/16 dev eth0", "addr add 10.2.0.1/16 dev eth1",
                "addr add fd01::1/64 dev eth0 nodad", "addr add fd02::1/64 dev eth1 nodad",
                "route add 10.8.0.0/15 via 10.1.0.2", "route add fd08::/15 via fd01::2",
                "neigh replace 10.1.0.2 dev eth0 lladdr 02:00:00:00:09:01 nud permanent",
                "neigh replace fd01::2 dev eth0 lladdr 02:00:00:00:09:01 nud permanent"));
        for (int i = 0; i < VirtualService.COUNT; i++) {
            VirtualService service = new VirtualService(i);
            lines.add("addr add " + service.address()
                    + (service.v4() ? "/32 dev eth0" : "/128 dev eth0 nodad"));
        }
        for (VirtualService family : List.of(new VirtualService(0), new VirtualService(VirtualService.COUNT - 1))) {
            for (int i = 0; i < VirtualService.SERVERS; i++) {
                lines.add(String.format("neigh replace %s dev eth1 lladdr 02:00:00:00:05:%02x nud permanent",
                        family.server(i), Traffic.FIRST_SERVER + i));
            }
        }
        host.ip(lines);
    }

    private void load(DirectorHost host, LbdProcess lbd, FarEnd clients, FarEnd servers, Jvm jvm) throws IOException {
        succeed(lbd, "lb-sysctl", "-q", "expire_nodest_conn=1");
        succeed(lbd, "ipvsadm", "--set", Traffic.TIMEOUTS.get(0), Traffic.TIMEOUTS.get(1), Traffic.TIMEOUTS.get(2));
        Random random = new Random(settings.seed());
        Churn churn = new Churn(lbd, random);
        churn.addAll();
        Traffic traffic = new Traffic(clients, servers, churn, new Random(settings.seed() + 1));
        Accounts start = Accounts.of(lbd, host);
        Course course = new Course(jvm);
        course.look(start.received());
        AtomicReference<Throwable> died = new AtomicReference<>();
        long end = System.nanoTime() + settings.time().toNanos();
        Thread commands = Thread.ofPlatform().name("commands").start(() -> {
            try {
                command(lbd, host, churn, course, start, end);
            } catch (IOException | RuntimeException e) {
                died.set(e);
            }
        });
        while (System.nanoTime() - end < 0 && died.get() == null) {
            traffic.turn();
        }
        join(commands);
        if (died.get() != null) {
            throw new IOException("the commands ended: " + died.get().getMessage(), died.get());
        }
        course.look(received(lbd));
        out.println(traffic.summary());
        out.println(churn.commands() + " commands");
        drain(lbd, host, churn, traffic, jvm);
        Accounts total = Accounts.of(lbd, host).since(start);
        judge(total, traffic);
        lastFrames(lbd, host, churn, clients, traffic);
        course.look(received(lbd));
        faults.addAll(course.judge(MOST_GROWTH_KB, out));
        out.println(jvm.stillness());
    }

    private void command(LbdProcess lbd, DirectorHost host, Churn churn, Course course, Accounts start, long end)
            throws IOException {
        long next = System.nanoTime();
        long half = end - settings.time().toNanos() / 2;
        boolean looked = false;
        long report = next + REPORTS.toNanos();
        while (next - end < 0) {
            churn.change();
            if (System.nanoTime() - report > 0) {
                report += REPORTS.toNanos();
                out.println(Accounts.of(lbd, host).since(start));
            }
            if (!looked && next - half >= 0) {
                looked = true;
                course.look(received(lbd));
            }
            next += CHANGES.toNanos();
            pause(Duration.ofNanos(Math.max(0, next - System.nanoTime())));
        }
    }

    private static long received(LbdProcess lbd) throws IOException {
        return lbd.number(List.of("lb-ctl", "status"), "frames received");
    }

    /** Until the last connection has ended by its time-out; in brief, all are ended with their services. */
    private void drain(LbdProcess lbd, DirectorHost host, Churn churn, Traffic traffic, Jvm jvm) throws IOException {
        Duration longest = LONGEST_END;
        if (settings.brief()) {
            succeed(lbd, "ipvsadm", "-C");
            churn.forget();
            longest = LONGEST_BRIEF_END;
        }
        long began = System.nanoTime();
        long left;
        do {
            for (int i = 0; i < 200; i++) {
                traffic.receive();
                pause(Duration.ofMillis(10));
            }
            left = counted(lbd);
            if (left == 0) {
                left = listed(lbd);
            }
        } while (left > 0 && System.nanoTime() - began < longest.toNanos());
        long seconds = Duration.ofNanos(System.nanoTime() - began).toSeconds();
        out.println("connections left " + seconds + " s after the traffic: " + left);
        if (left > 0) {
            faults.add(left + " connections are left " + seconds + " s after the traffic");
            // A worker that hangs ends none: where it is says why.
            out.println(jvm.threads());
        }
        // A fragment waits half a minute for the rest.
        for (int i = 0; i < 200 && Accounts.of(lbd, host).waiting() != 0; i++) {
            traffic.receive();
            pause(Duration.ofMillis(200));
        }
    }

    private static long counted(LbdProcess lbd) throws IOException {
        return lbd.ask(List.of("ipvsadm", "-Ln"), "").stdout().lines().map(String::strip)
                .filter(line -> line.startsWith("->") && !line.contains("RemoteAddress"))
                .map(line -> line.split(" +", -1)).mapToLong(
                        fields -> Long.parseLong(fields[fields.length - 1]) + Long.parseLong(fields[fields.length - 2]))
                .sum();
    }

    private static long listed(LbdProcess lbd) throws IOException {
        return Math.max(0, lbd.ask(List.of("ipvsadm", "-Lcn"), "").stdout().lines().count() - 2);
    }

    private void judge(Accounts total, Traffic traffic) {
        out.println(total);
        out.println(traffic.summary());
        if (total.waiting() != 0) {
            faults.add(total.waiting() + " frames were received, and neither sent, passed to the host nor dropped");
        }
        long unaccounted = total.unaccounted(traffic.sent());
        out.println("frames unaccounted for: " + unaccounted);
        if (unaccounted != 0) {
            faults.add(unaccounted + " of " + traffic.sent() + " frames sent to the director were seen by nobody");
        }
        if (traffic.faultCount() > 0) {
            faults.add(traffic.faultCount() + " times:");
            faults.addAll(traffic.faults());
        }
    }

    /** More frames than any ring or memory holds, at a pace that nobody drops: each one arrives, so no place was lost. */
    private void lastFrames(LbdProcess lbd, DirectorHost host, Churn churn, FarEnd clients, Traffic traffic)
            throws IOException {
        churn.addAll();
        VirtualService service = new VirtualService(1);
        churn.atFull(service);
        Accounts before = Accounts.of(lbd, host);
        for (int i = 0; i < LAST_FRAMES; i++) {
            clients.send(Frames.udp(Traffic.DIRECTOR_OUTSIDE,
                    new Frames.Way(Addresses.v4(10, 8, i >> 8, i & 255), 999, service.address(), VirtualService.PORT),
                    18));
            clients.flush();
            if (i % 50 == 0) {
                pause(Duration.ofMillis(5));
                traffic.receive();
            }
        }
        pause(Duration.ofSeconds(1));
        traffic.receive();
        Accounts after = Accounts.of(lbd, host).since(before);
        out.println("then, of " + LAST_FRAMES + " frames, forwarded: " + after.forwarded());
        if (after.forwarded() + after.noRoom() != LAST_FRAMES || after.noRoom() > LAST_FRAMES / 100) {
            faults.add("of " + LAST_FRAMES + " frames after all that, only " + after.forwarded() + " were forwarded: "
                    + after);
        }
    }

    private static void succeed(LbdProcess lbd, String... words) throws IOException {
        Answer answer = lbd.ask(Arrays.asList(words), "");
        if (answer.exit() != 0) {
            throw new IOException(String.join(" ", words) + ": " + answer.stderr().strip());
        }
    }

    private static void pause(Duration time) throws IOException {
        try {
            Thread.sleep(time);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private static void join(Thread thread) throws IOException {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
