package dev.weir.lbd;

import dev.weir.client.Main;
import dev.weir.engine.EngineOptions;
import dev.weir.sys.Processors;
import dev.weir.wire.IpAddress;
import dev.weir.wire.IpPrefix;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The daemon's command line.
 *
 * @param interfaces  by name; empty: those that are opened by default
 * @param connections at most at once
 * @param capture     where all frames are written too, or null
 * @param procFolder  where the files that monitoring reads under /proc are kept, or null
 * @param workers     threads that forward
 * @param byFlow      whether one client's connections may be several workers'
 * @param processors  on which each worker runs, in their order; empty: wherever
 * @param sysctlFile  what is set at the start, in the form of sysctl.conf(5), or null
 * @param keepalived  with a keepalived.conf to act on or to check, or null
 * @param checkNetworks in which health checks by the path of clients have addresses on the host: of each family one
 * @param sync        with whom connections are synchronised without a keepalived.conf that says so, or null
 * @param restart     whether the guardian starts the daemon anew where it is killed
 */
record Options(Action action, List<String> interfaces, Path control, int workers, boolean byFlow,
        List<Integer> processors, PortKind port, Idle idle, int connections, @Nullable Path capture,
        @Nullable Path procFolder,
        @Nullable Path sysctlFile, @Nullable KeepalivedOptions keepalived, List<IpPrefix> checkNetworks,
        @Nullable SyncOptions sync, boolean restart) {
    static final String HELP = """
            usage: lbd [OPTION...]
            Balances the load of the services that ipvsadm sets, until SIGTERM or SIGINT ends it.

              --interface NAME     an interface to receive on; may stand again and again. Default: all that are up, but
                                   loopback; of a bridge, bond, VLAN or macvlan and what lies under it only one level
              --control PATH       the control socket. Default: $WEIR_CONTROL, or /run/weir/lbd.sock
              --workers N          threads that forward, 1 by default
              --steering BY        which of several workers has a connection: flow (default), by its client's address and
                                   port; client, by the address alone, so that all of a client is one worker's
              --cpus LIST          on which processors the workers run, one each, as in 2-4,7, and no other thread, if
                                   others are left; default: wherever
              --port KIND          how frames come and go: auto (default) chooses for each interface and logs why; af-xdp
                                   where senders finish checksums, af-packet where they leave that to the interface
                                   (veth, virtio), pcap where neither is to be had
              --idle WAY           what a worker without frames does: adaptive (default) looks for a moment (50 us where
                                   --cpus gives it a processor, else 5) and then waits; spin always looks; busy-poll too, and drives AF_XDP interfaces by itself (set
                                   their napi_defer_hard_irqs and gro_flush_timeout as well); backoff looks, yields, then
                                   sleeps up to 1 ms; block always waits
              --connections N      the most at once. Default: %d
              --capture FILE       writes every frame received and sent to a pcap file (slow)
              --proc-dir DIR       keeps net/ip_vs, net/ip_vs_stats and what else IPVS has under /proc in DIR, for monitoring
              --sysctl-file FILE   sets at the start what FILE, in the form of sysctl.conf(5), says under net.ipv4.vs
              --check-networks V4,V6   by whose addresses check_path vip tells servers apart, on this host alone. Default:
                                   %s
              --restart            starts anew where it is killed, a second after all that it put onto the host was taken off;
                                   where systemd runs it, Restart= does so
              --sync-peer A[:PORT] another director to synchronise connections with; may stand again and again. With it:
              --sync-key-file FILE   the key that all of them have
              --sync-listen A[:PORT] where this one listens, and what it connects from. Default: port 8849 of any address
              --check-config FILE  prints what FILE, a keepalived.conf, says, in canonical form, and what is wrong with it;
                                   starts nothing, and ends with the exit status of keepalived -t
              --config FILE        does what FILE, a keepalived.conf, says; SIGHUP reads it anew. With it:
              --config-id ID         what @ID means in it. Default: the host's name up to its first dot
              --run WHAT             all (default), vrrp, virtual-servers; needed: all, but nothing is forwarded where FILE
                                     has no virtual servers
              --keep-addresses       leaves virtual addresses on the host when the daemon ends
              --pid-file FILE        gets the process number while the daemon runs; may stand again and again
              --process-name NAME    what killall(1) knows it by
              --dump-config          prints what was understood
              --no-bfd               bfd_instances have no sessions; what tracks one sees it down
              --help, --version
            """
            .formatted(EngineOptions.DEFAULT_CONNECTIONS,
                    VipPaths.NETWORKS.stream().map(IpPrefix::toString).collect(Collectors.joining(",")));

    private static final int MOST_WORKERS = 64;
    private static final int LONGEST_NETWORK = 124;
    private static final Pattern RANGE = Pattern.compile("(\\d{1,5})(?:-(\\d{1,5}))?");

    enum Action {
        RUN, CHECK_CONFIG, HELP, VERSION
    }

    enum PortKind {
        AUTO, AF_XDP, AF_PACKET, PCAP;

        /** As the command line has it. */
        String text() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        static PortKind parse(String text) {
            return text.equals("packet") ? AF_PACKET : valueOf(text.toUpperCase(Locale.ROOT).replace('-', '_'));
        }
    }

    /** @throws RefusalException where the arguments are wrong */
    static Options parse(List<String> arguments, Map<String, String> environment) throws RefusalException {
        Action action = Action.RUN;
        List<String> interfaces = new ArrayList<>();
        String variable = environment.getOrDefault("WEIR_CONTROL", "");
        Path control = Path.of(variable.isEmpty() ? Main.DEFAULT_CONTROL : variable);
        int workers = 1;
        boolean byFlow = true;
        List<Integer> processors = List.of();
        PortKind port = PortKind.AUTO;
        Idle idle = Idle.ADAPTIVE;
        int connections = EngineOptions.DEFAULT_CONNECTIONS;
        @Nullable
        Path capture = null;
        @Nullable
        Path procFolder = null;
        @Nullable
        Path sysctlFile = null;
        KeepalivedOptions.Builder keepalived = new KeepalivedOptions.Builder();
        List<IpPrefix> checkNetworks = VipPaths.NETWORKS;
        SyncOptions.Builder sync = new SyncOptions.Builder();
        boolean restart = false;
        Iterator<String> words = arguments.iterator();
        while (words.hasNext()) {
            String word = words.next();
            int equals = word.startsWith("--") ? word.indexOf('=') : -1;
            String name = equals < 0 ? word : word.substring(0, equals);
            Value value = new Value(name, equals < 0 ? null : word.substring(equals + 1), words);
            switch (name) {
                case "--interface", "-i" -> interfaces.add(value.text());
                case "--control" -> control = Path.of(value.text());
                case "--workers" -> workers = value.number(1, MOST_WORKERS);
                case "--steering" -> byFlow = value.oneOf("flow", "client").equals("flow");
                case "--cpus" -> processors = processors(value.text());
                case "--port" -> port = PortKind.parse(value.oneOf("auto", "af-xdp", "af-packet", "packet", "pcap"));
                case "--idle" -> idle = Idle.parse(value.oneOf("adaptive", "spin", "busy-poll", "backoff", "block"));
                case "--connections" -> connections = value.number(1, 1 << 26);
                case "--capture" -> capture = Path.of(value.text());
                case "--proc-dir" -> procFolder = Path.of(value.text());
                case "--sysctl-file" -> sysctlFile = Path.of(value.text());
                case "--check-config" -> {
                    action = Action.CHECK_CONFIG;
                    keepalived.takes("--config", value);
                }
                case "--check-networks" -> checkNetworks = networks(value.text());
                case "--restart" -> restart = true;
                case "--help", "-h" -> action = Action.HELP;
                case "--version", "-v" -> action = Action.VERSION;
                default -> {
                    if (!keepalived.takes(name, value) && !sync.takes(name, value)) {
                        throw usage("no such option: " + word + "; lbd --help lists them");
                    }
                }
            }
        }
        if (!processors.isEmpty() && processors.size() != workers) {
            throw usage("--cpus names " + processors.size() + " processor" + (processors.size() == 1 ? "" : "s")
                    + " for --workers " + workers + "; name one for each worker");
        }
        return new Options(action, List.copyOf(interfaces), control, workers, byFlow, processors, port, idle,
                connections, capture, procFolder, sysctlFile, keepalived.build(), checkNetworks, sync.build(), restart);
    }

    /** As in 2-4,7 (cpuset(7), "List format"). */
    private static List<Integer> processors(String text) throws RefusalException {
        List<Integer> processors = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            Matcher range = RANGE.matcher(part);
            if (!range.matches()) {
                throw usage("--cpus is a list such as 0,2-3, not '" + text + "'");
            }
            int first = Integer.parseInt(range.group(1));
            int last = range.group(2) == null ? first : Integer.parseInt(range.group(2));
            if (first > last || last >= Processors.MOST) {
                throw usage("--cpus " + text + ": processors are numbers from 0 to " + (Processors.MOST - 1)
                        + ", and a range goes up");
            }
            for (int processor = first; processor <= last; processor++) {
                if (processors.contains(processor)) {
                    throw usage("--cpus " + text + " names processor " + processor + " twice");
                }
                processors.add(processor);
            }
        }
        return List.copyOf(processors);
    }

    private static List<IpPrefix> networks(String text) throws RefusalException {
        try {
            List<IpPrefix> networks = new ArrayList<>();
            for (String part : text.split(",", -1)) {
                String[] parts = part.split("/", -1);
                IpPrefix network = new IpPrefix(IpAddress.parse(parts[0]), Integer.parseInt(parts[1]));
                if (network.mappedLength() > LONGEST_NETWORK) {
                    throw usage("--check-networks: " + part + " has no room for checks; /28, or /124, at most");
                }
                networks.add(network);
            }
            if (networks.size() == 2 && networks.get(0).isV4() != networks.get(1).isV4()) {
                return List.copyOf(networks);
            }
        } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
            throw usage(
                    "--check-networks is as in " + VipPaths.NETWORKS.getFirst() + ",fd00:1::/64, not '" + text + "'");
        }
        throw usage("--check-networks has an IPv4 and an IPv6 network, as in " + VipPaths.NETWORKS.getFirst()
                + ",fd00:1::/64, not '" + text + "'");
    }

    private static RefusalException usage(String message) {
        return new RefusalException(RefusalException.USAGE, message);
    }

    /** What belongs to an option: joined by "=", or the next word. */
    record Value(String option, @Nullable String joined, Iterator<String> words) {
        String text() throws RefusalException {
            if (joined != null) {
                return joined;
            }
            if (!words.hasNext()) {
                throw usage(option + " needs a value; lbd --help says which");
            }
            return words.next();
        }

        int number(int least, int most) throws RefusalException {
            String text = text();
            try {
                int number = Integer.parseInt(text);
                if (number >= least && number <= most) {
                    return number;
                }
            } catch (NumberFormatException e) {
                throw usage(option + " is a number from " + least + " to " + most + ", not '" + text + "'");
            }
            throw usage(option + " is a number from " + least + " to " + most + ", not '" + text + "'");
        }

        String oneOf(String... allowed) throws RefusalException {
            String text = text();
            if (!List.of(allowed).contains(text)) {
                throw usage(option + " is one of " + String.join(", ", allowed) + ", not '" + text + "'");
            }
            return text;
        }
    }
}
