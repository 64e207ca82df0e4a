package dev.weir.bench.e2e;

import dev.weir.sys.Namespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.LongPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Three namespaces in a row, made anew for each measurement so that none sees another's state:
 *
 * <pre>
 *   client ------------- director ------------- server
 *      10.1.0.2/16   10.1.0.1/16  10.2.0.1/24   10.2.0.2 to .5, all on one interface
 *                    VIP 10.9.0.1/32 on lo
 * </pre>
 *
 * Neighbours are permanent, IPv6 is off. Names have this process' number, and what a killed run left goes with the next.
 */
final class Lab implements AutoCloseable {
    static final String CLIENT = "10.1.0.2";
    static final String VIP = "10.9.0.1";
    static final List<String> SERVERS = List.of("10.2.0.2", "10.2.0.3", "10.2.0.4", "10.2.0.5");
    private static final String PREFIX = "weir-bench-";
    private static final Pattern NAME = Pattern.compile(PREFIX + "(\\d+)-.*");
    private static int built;

    /** A namespace's job. */
    enum Role {
        CLIENT, DIRECTOR, SERVER
    }

    private final String name;
    private final Path folder;
    private final Placement placement;
    private final String suffix = String.valueOf(ProcessHandle.current().pid());
    /** Interfaces: the client's, the director's two, the server's. */
    final String client = "c" + suffix;
    final String outside = "d" + suffix;
    final String inside = "e" + suffix;
    final String server = "s" + suffix;

    private Lab(String name, Path folder, Placement placement) {
        this.name = name;
        this.folder = folder;
        this.placement = placement;
    }

    static Lab build(Placement placement) throws IOException {
        String name = PREFIX + ProcessHandle.current().pid() + "-" + ++built;
        Lab lab = new Lab(name, Files.createTempDirectory(name + "-"), placement);
        try {
            lab.lay();
            return lab;
        } catch (IOException | RuntimeException e) {
            lab.close();
            throw e;
        }
    }

    private void lay() throws IOException {
        for (Role role : Role.values()) {
            Shell.run("ip", "netns", "add", namespace(role));
            in(role, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1",
                    "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.default.rp_filter=0", "net.ipv4.ip_forward=0",
                    "net.ipv4.ip_local_port_range=1024 65535");
            configure(role, "link set lo up");
        }
        wire(Role.CLIENT, client, Role.DIRECTOR, outside);
        wire(Role.DIRECTOR, inside, Role.SERVER, server);
        configure(Role.CLIENT, "address add " + CLIENT + "/16 dev " + client, "route add default via 10.1.0.1",
                neighbour("10.1.0.1", Role.DIRECTOR, outside, client));
        configure(Role.DIRECTOR, "address add 10.1.0.1/16 dev " + outside, "address add 10.2.0.1/24 dev " + inside,
                "address add " + VIP + "/32 dev lo", neighbour(CLIENT, Role.CLIENT, client, outside));
        for (String address : SERVERS) {
            configure(Role.SERVER, "address add " + address + "/24 dev " + server);
            configure(Role.DIRECTOR, neighbour(address, Role.SERVER, server, inside));
        }
        configure(Role.SERVER, "route add default via 10.2.0.1",
                neighbour("10.2.0.1", Role.DIRECTOR, inside, server));
        // With GRO a veth receives by NAPI, which frames that come by XDP need.
        for (String device : List.of(outside, inside)) {
            in(Role.DIRECTOR, "ethtool", "-K", device, "gro", "on");
        }
        if (placement == Placement.C1) {
            in(Role.DIRECTOR, "sh", "-c", "echo 1 >/sys/class/net/" + outside + "/threaded");
        }
    }

    /** The command by which {@code seenFrom} knows where to find an address. */
    String neighbour(String address, Role owner, String device, String seenFrom) throws IOException {
        return "neighbour replace " + address + " lladdr " + hardwareAddress(owner, device) + " nud permanent dev "
                + seenFrom;
    }

    String hardwareAddress(Role role, String device) throws IOException {
        return in(role, "cat", "/sys/class/net/" + device + "/address").strip();
    }

    private void wire(Role left, String device, Role right, String other) throws IOException {
        Shell.run("ip", "link", "add", device, "netns", namespace(left), "type", "veth", "peer", "name", other, "netns",
                namespace(right));
        configure(left, "link set " + device + " up");
        configure(right, "link set " + other + " up");
    }

    /** Commands of ip(8), one a line. */
    void configure(Role role, String... commands) throws IOException {
        Shell.run(new ProcessBuilder("ip", "-n", namespace(role), "-batch", "-"), String.join("\n", commands) + "\n");
    }

    String namespace(Role role) {
        return name + "-" + role.name().toLowerCase(java.util.Locale.ROOT);
    }

    Path folder() {
        return folder;
    }

    Placement placement() {
        return placement;
    }

    String in(Role role, String... command) throws IOException {
        return Shell.run(command(role, List.of(command)));
    }

    /** A command line that runs in the namespace. */
    List<String> command(Role role, List<String> command) {
        List<String> all = new ArrayList<>(List.of("ip", "netns", "exec", namespace(role)));
        all.addAll(command);
        return all;
    }

    /**
     * Starts a process there, which ends with the lab, or with the calling thread if that is killed; its output goes to a
     * file of that name.
     */
    Process start(Role role, String log, List<String> command) throws IOException {
        List<String> all = new ArrayList<>(List.of("setpriv", "--pdeathsig", "KILL"));
        all.addAll(command(role, command));
        return Shell.start(log(log), all);
    }

    Path log(String name) {
        return folder.resolve(name + ".log");
    }

    /** A command as the director's processes run: on core 1, where the placement pins them. */
    List<String> placed(List<String> command) {
        if (placement == Placement.FREE) {
            return command;
        }
        List<String> all = new ArrayList<>(List.of("taskset", "-c", "1"));
        all.addAll(command);
        return all;
    }

    /** The NAPI thread that receives from the client goes to core 1, where there is one; it is made when NAPI begins. */
    void pinReceiver() throws IOException {
        if (placement == Placement.C1) {
            Shell.run("sh", "-c", "for f in /proc/[0-9]*/comm; do read -r c <$f || continue; case $c in napi/" + outside
                    + "-*) p=${f#/proc/}; taskset -pc 1 ${p%/comm} && found=yes;; esac; done; [ -n \"$found\" ]");
        }
    }

    /** Runs in a thread of its own that lives in the namespace. */
    <T> T inside(Role role, Callable<T> body) throws IOException {
        FutureTask<T> task = new FutureTask<>(() -> {
            Namespace.enter(namespace(role));
            return body.call();
        });
        Thread.ofPlatform().name("in " + namespace(role)).start(task);
        try {
            return task.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException failed ? failed : new IOException(e.getCause());
        }
    }

    @Override
    public void close() throws IOException {
        for (Role role : Role.values()) {
            remove(namespace(role));
        }
        delete(folder);
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private static void remove(String namespace) throws IOException {
        if (!Files.exists(Path.of("/run/netns/" + namespace))) {
            return;
        }
        for (String pid : Shell.run("ip", "netns", "pids", namespace).lines().toList()) {
            ProcessHandle.of(Long.parseLong(pid)).ifPresent(ProcessHandle::destroyForcibly);
        }
        Shell.run("ip", "netns", "del", namespace);
    }

    /** Removes what runs left that were killed: namespaces and folders of processes that are no more. */
    static void sweep() throws IOException {
        removeThoseOf(pid -> ProcessHandle.of(pid).isEmpty());
    }

    /** Removes what this run has made, where it ends before its time. */
    static void removeOwn() throws IOException {
        removeThoseOf(pid -> pid == ProcessHandle.current().pid());
    }

    private static void removeThoseOf(LongPredicate owner) throws IOException {
        for (Path namespace : named(Path.of("/run/netns"), owner)) {
            remove(namespace.getFileName().toString());
        }
        for (Path folder : named(Path.of(System.getProperty("java.io.tmpdir")), owner)) {
            delete(folder);
        }
    }

    private static List<Path> named(Path folder, LongPredicate owner) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> {
                Matcher name = NAME.matcher(file.getFileName().toString());
                return name.matches() && owner.test(Long.parseLong(name.group(1)));
            }).toList();
        }
    }
}
