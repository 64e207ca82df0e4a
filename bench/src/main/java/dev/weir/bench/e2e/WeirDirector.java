package dev.weir.bench.e2e;

import dev.weir.wire.IpAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** lbd, with services set by ipvsadm: wlc over all servers for UDP, the first server for TCP. */
record WeirDirector(Method method, Port port) implements Contender {
    private static final List<String> LOCAL_ADDRESSES = List.of("10.2.0.250", "10.2.0.251", "10.2.0.252", "10.2.0.253");
    private static final Duration START = Duration.ofSeconds(20);
    private static final Duration STOP = Duration.ofSeconds(5);

    /** How a server gets packets, by ipvsadm's option. */
    enum Method {
        NAT("-m"), DR("-g"), TUN("-i"), FULLNAT("--fullnat");

        private final String option;

        Method(String option) {
            this.option = option;
        }
    }

    /** How frames come and go, and what a worker that shares its core does when none come. */
    enum Port {
        AF_XDP("af-xdp", "adaptive"),
        /** The worker drives the client's interface itself, and its NAPI waits for that. */
        AF_XDP_BUSY_POLL("af-xdp", "busy-poll"), AF_PACKET("af-packet", "adaptive"), PCAP("pcap", "adaptive");

        private final String option;
        private final String idle;

        Port(String option, String idle) {
            this.option = option;
            this.idle = idle;
        }
    }

    @Override
    public String name() {
        return "weir-" + text(method) + "-" + text(port);
    }

    private static String text(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    @Override
    public List<Tool> tools() {
        return List.of();
    }

    @Override
    public Arrival arrival() {
        return switch (method) {
            case NAT -> Arrival.AT_A_SERVER;
            case FULLNAT -> Arrival.FROM_THE_DIRECTOR;
            case DR -> Arrival.AT_THE_VIP;
            case TUN -> Arrival.TUNNELLED;
        };
    }

    @Override
    public String cores(Placement placement) {
        return placement == Placement.C0
                ? "core 0, the generator's: receive softirq, and all of lbd but the worker; core 1: the worker, spinning"
                : Contender.super.cores(placement);
    }

    @Override
    public Director start(Lab lab) throws IOException {
        Path root = Path.of(System.getProperty("weir.root", "."));
        if (port == Port.AF_XDP_BUSY_POLL) {
            deferInterrupts(lab);
        }
        if (method == Method.FULLNAT) {
            addLocalAddresses(lab);
        }
        Path control = lab.folder().resolve("lbd.sock");
        List<String> lbd = List.of(root + "/tools/lbd", "--interface", lab.outside, "--interface", lab.inside,
                "--control", control.toString(), "--port", port.option);
        Process process = lab.start(Lab.Role.DIRECTOR, "lbd", switch (lab.placement()) {
            case C0 -> with(lbd, "--idle", "spin", "--cpus", "1");
            case C1 -> lab.placed(with(lbd, "--idle", port.idle, "--cpus", "1"));
            case FREE -> with(lbd, "--idle", port.idle);
        });
        try {
            Shell.await("lbd did not come up", process, lab.log("lbd"), START, () -> Files.exists(control));
            ProcessBuilder ipvsadm = new ProcessBuilder(root + "/tools/ipvsadm", "-R");
            ipvsadm.environment().put("WEIR_CONTROL", control.toString());
            Shell.run(ipvsadm, rules());
            return new Running(process);
        } catch (IOException | RuntimeException e) {
            Shell.stop(process, STOP);
            throw e;
        }
    }

    private static List<String> with(List<String> command, String... more) {
        return Stream.concat(command.stream(), Stream.of(more)).toList();
    }

    /**
     * The first start after a build has caches made in the background (tools/weir-train), which would take part of the cores
     * that are measured: has them made, and waits.
     */
    static void awaitCaches() throws IOException {
        String root = System.getProperty("weir.root", ".");
        Shell.run(root + "/tools/lbd", "--help");
        Shell.run("flock", root + "/tools/target/training.lock", "true");
    }

    private record Running(Process process) implements Director {
        @Override
        public Optional<ProcessorTime> processorTime() throws IOException {
            return Optional.of(ProcessorTime.of(process.pid()));
        }

        @Override
        public void close() throws IOException {
            Shell.stop(process, STOP);
        }
    }

    /** So that NAPI leaves the interface to a worker that polls it (Documentation/networking/napi.rst). */
    private static void deferInterrupts(Lab lab) throws IOException {
        lab.in(Lab.Role.DIRECTOR, "sh", "-c", "cd /sys/class/net/" + lab.outside
                + " && echo 2 >napi_defer_hard_irqs && echo 200000 >gro_flush_timeout");
    }

    /** Enough for {@link NewConnections}, and one that the server knows how to reach. */
    private static void addLocalAddresses(Lab lab) throws IOException {
        for (String address : LOCAL_ADDRESSES) {
            lab.configure(Lab.Role.DIRECTOR, "address add " + address + "/24 dev " + lab.inside);
            lab.configure(Lab.Role.SERVER, lab.neighbour(address, Lab.Role.DIRECTOR, lab.inside, lab.server));
        }
    }

    /** @param address in 32 bits */
    static boolean isLocalAddress(int address) {
        return LOCAL_ADDRESSES.contains(IpAddress.v4(address).toString());
    }

    private String rules() {
        List<String> lines = new ArrayList<>();
        if (method == Method.FULLNAT) {
            LOCAL_ADDRESSES.forEach(address -> lines.add("-P -z " + address));
        }
        lines.add("-A -u " + Lab.VIP + ":" + FloodFrame.PORT + " -s wlc");
        for (String server : Lab.SERVERS) {
            lines.add("-a -u " + Lab.VIP + ":" + FloodFrame.PORT + " -r " + server + ":" + FloodFrame.PORT + " "
                    + method.option);
        }
        for (int port : TCP_PORTS) {
            lines.add("-A -t " + Lab.VIP + ":" + port + " -s wlc");
            lines.add("-a -t " + Lab.VIP + ":" + port + " -r " + Lab.SERVERS.getFirst() + ":" + port + " "
                    + method.option);
        }
        return String.join("\n", lines) + "\n";
    }
}
