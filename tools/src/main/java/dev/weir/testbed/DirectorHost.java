package dev.weir.testbed;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A network namespace for a director, wired with veth to that of this process, which had better be one of its own
 * ({@code unshare --net}). It forwards, limits no ICMP errors, tells no redirects, and leaves no checksum to an offload.
 * {@link #close}, or the end of this process, ends what runs in it and removes it.
 */
public final class DirectorHost implements AutoCloseable {
    private static final Pattern NAME = Pattern.compile("weir-bed-(\\d+)-\\d+");
    private static final AtomicInteger MADE = new AtomicInteger();
    private static final Set<DirectorHost> STANDING = ConcurrentHashMap.newKeySet();
    private static final List<String> OFFLOADS = List.of("gro", "off", "gso", "off", "tso", "off", "tx", "off");

    private final int number = MADE.incrementAndGet();
    private final String name = "weir-bed-" + ProcessHandle.current().pid() + "-" + number;
    private int wires;

    static {
        Runtime.getRuntime().addShutdownHook(
                Thread.ofPlatform().unstarted(() -> STANDING.forEach(DirectorHost::close)));
    }

    private DirectorHost() {
    }

    public static DirectorHost make() throws IOException {
        DirectorHost host = new DirectorHost();
        STANDING.add(host);
        Program.run(List.of("ip", "netns", "add", host.name), "");
        host.ip(List.of("link set lo up"));
        host.sysctl(List.of("net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1", "net.ipv4.conf.all.rp_filter=0",
                "net.ipv4.conf.all.send_redirects=0", "net.ipv4.conf.default.rp_filter=0",
                "net.ipv4.conf.default.send_redirects=0", "net.ipv4.icmp_ratelimit=0", "net.ipv6.icmp.ratelimit=0",
                "net.ipv4.icmp_msgs_per_sec=1000000", "net.ipv4.icmp_msgs_burst=1000000", "net.ipv6.auto_flowlabels=0",
                "net.ipv6.conf.default.accept_dad=0", "net.ipv6.conf.default.accept_ra=0",
                "net.ipv6.conf.default.router_solicitations=0"));
        return host;
    }

    /** Removes what runs that were killed left behind: a run is taken as alive while a process has its number. */
    public static void removeLeftOvers() throws IOException {
        for (String line : Program.run(List.of("ip", "netns", "list"), "").lines().toList()) {
            Matcher matcher = NAME.matcher(line.split(" ", 2)[0]);
            if (matcher.matches() && ProcessHandle.of(Long.parseLong(matcher.group(1))).isEmpty()) {
                remove(matcher.group());
            }
        }
    }

    String name() {
        return name;
    }

    /**
     * Adds an interface with a wire to this process' namespace.
     *
     * @param hardwareAddress as {@code ip link} writes it
     * @param queues          of either end, in either direction
     * @return the name of the other end
     */
    public String wire(String link, String hardwareAddress, int queues) throws IOException {
        String count = String.valueOf(queues);
        String end = "bed" + number + "e" + wires++;
        Program.run(List.of("ip", "link", "add", end, "numrxqueues", count, "numtxqueues", count, "type", "veth",
                "peer", "name", link, "address", hardwareAddress, "numrxqueues", count, "numtxqueues", count, "netns",
                name), "");
        Files.writeString(Path.of("/proc/sys/net/ipv6/conf", end, "disable_ipv6"), "1");
        Program.run(List.of("ip", "link", "set", end, "up"), "");
        Program.run(command(List.of("ethtool", "-K", end), OFFLOADS), "");
        Program.run(inside(command(List.of("ethtool", "-K", link), OFFLOADS)), "");
        ip(List.of("link set " + link + " up"));
        return end;
    }

    /** @param lines of ip(8), done as one batch */
    public void ip(List<String> lines) throws IOException {
        Program.run(List.of("ip", "-n", name, "-batch", "-"), String.join("\n", lines) + "\n");
    }

    /** @param settings KEY=VALUE */
    public void sysctl(List<String> settings) throws IOException {
        Program.run(inside(command(List.of("sysctl", "-q", "-w"), settings)), "");
    }

    /** What a file holds that tells of the network namespace it is read in. */
    public String read(String file) throws IOException {
        return Program.run(inside(List.of("cat", file)), "");
    }

    /** The command line that runs another one here. */
    List<String> inside(List<String> command) {
        return command(List.of("ip", "netns", "exec", name), command);
    }

    private static List<String> command(List<String> first, List<String> rest) {
        List<String> all = new ArrayList<>(first);
        all.addAll(rest);
        return all;
    }

    private static void remove(String name) throws IOException {
        for (String pid : Program.run(List.of("ip", "netns", "pids", name), "").lines().toList()) {
            ProcessHandle.of(Long.parseLong(pid.strip())).ifPresent(ProcessHandle::destroyForcibly);
        }
        Program.run(List.of("ip", "netns", "del", name), "");
    }

    @Override
    public void close() {
        if (!STANDING.remove(this)) {
            return;
        }
        try {
            remove(name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
