package dev.weir.lbd;

import dev.weir.conf.ConnectionSync;
import dev.weir.check.VipPath;
import dev.weir.conf.Configuration;
import dev.weir.client.ControlMessage;
import dev.weir.client.ControlMessage.Answer;
import dev.weir.engine.Engine;
import dev.weir.engine.EngineOptions;
import dev.weir.engine.Engines;
import dev.weir.engine.WorkerPorts;
import dev.weir.firewall.HostRules;
import dev.weir.ipvsadm.Ipvsadm;
import dev.weir.ipvsadm.Result;
import dev.weir.ipvsadm.SystemNames;
import dev.weir.host.HostSide;
import dev.weir.lbctl.Counts;
import dev.weir.lbctl.LbCtl;
import dev.weir.lbmark.LbMark;
import dev.weir.lvs.Balancer;
import dev.weir.lvs.SyncDaemons;
import dev.weir.port.CaptureFile;
import dev.weir.port.CapturingPort;
import dev.weir.port.Port;
import dev.weir.route.Interfaces;
import dev.weir.route.Link;
import dev.weir.route.NetlinkMirror;
import dev.weir.service.Counters;
import dev.weir.service.Protocol;
import dev.weir.service.Services;
import dev.weir.sys.Guardian;
import dev.weir.sys.Memory;
import dev.weir.sys.Poller;
import dev.weir.sync.stream.SharedKey;
import dev.weir.sync.stream.StreamOptions;
import dev.weir.wire.Frame;
import dev.weir.wire.IpAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running director: what it is made of, in the order of making; {@link #close} takes it apart in the other order. */
final class Daemon implements AutoCloseable, Dataplane {
    private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);
    private static final Path SERVICES_FILE = Path.of("/etc/services");
    private static final long CAPTURE_BYTES = 4L << 30;
    /** How often it is looked for connections whose rule has gone to have ended. */
    private static final int FORGETTING_SECONDS = 5;
    private static final Duration NAME_LIMIT = Duration.ofSeconds(2);

    private final Deque<Part> parts = new ArrayDeque<>();
    private final List<LongSupplier> turns = new ArrayList<>();

    /** What must be taken apart, with the name that a failure to do so is logged under. */
    private record Part(String name, AutoCloseable closing) {
    }

    private @Nullable Guardian guardian;
    private @Nullable Balancer balancer;
    private @Nullable LbCtl lbCtl;
    private @Nullable VipPaths vipPaths;
    private @Nullable HostFollower follower;
    private @Nullable Engines engines;
    private @Nullable ControlThread control;
    private @Nullable SyncDaemons syncDaemons;
    private @Nullable Streaming streaming;
    private @Nullable SourceNatTool sourceNat;
    private boolean streamsAsConfigured;

    private Daemon() {
    }

    /**
     * Starts a director; when it returns, commands are answered and frames forwarded.
     *
     * @param sync what its keepalived.conf says of connection_sync, or null
     * @param died told, in any thread, of what ended the worker
     * @throws RefusalException where something is missing; nothing is left behind then
     */
    static Daemon start(Options options, @Nullable ConnectionSync sync, Consumer<Throwable> died)
            throws RefusalException {
        Daemon daemon = new Daemon();
        try {
            daemon.assemble(options, sync, died);
            return daemon;
        } catch (IOException e) {
            daemon.close();
            throw new RefusalException(RefusalException.ENVIRONMENT, String.valueOf(e.getMessage()));
        } catch (RefusalException | RuntimeException e) {
            daemon.close();
            throw e;
        }
    }

    /** Who undoes all should this process be killed; it goes at {@link #close}. */
    Guardian guardian() {
        return Objects.requireNonNull(guardian, "assembled");
    }

    @Override
    public Balancer balancer() {
        return Objects.requireNonNull(balancer, "assembled");
    }

    @Override
    public VipPath vipPath() {
        return Objects.requireNonNull(vipPaths, "assembled");
    }

    /** Told from now on whether this director knows the connections of the others; in a thread that must not wait. */
    void onStep(Consumer<Boolean> listener) {
        Objects.requireNonNull(streaming, "assembled").onStep(listener);
    }

    @Override
    public void configure(Configuration configuration) {
        Objects.requireNonNull(sourceNat, "assembled").become(configuration.sourceNats());
        if (streamsAsConfigured) {
            Objects.requireNonNull(streaming, "assembled").become(configuration);
        }
    }

    /** What answers {@code lb-ctl}. */
    LbCtl lbCtl() {
        return Objects.requireNonNull(lbCtl, "assembled");
    }

    @Override
    public SyncDaemons syncDaemons() {
        return Objects.requireNonNull(syncDaemons, "assembled");
    }

    @Override
    public void takenOver(Duration quiet) {
        Objects.requireNonNull(engines, "assembled").takenOver(System.nanoTime() + quiet.toNanos());
    }

    @Override
    public void taking(Set<IpAddress> virtual, Set<IpAddress> owned) {
        HostFollower host = Objects.requireNonNull(follower, "assembled");
        host.own(virtual, owned);
        host.follow();
    }

    @Override
    public void changed(Set<IpAddress> virtual, Set<IpAddress> owned) {
        HostFollower host = Objects.requireNonNull(follower, "assembled");
        host.own(virtual, owned);
        Objects.requireNonNull(control, "assembled").soon(host::follow);
    }

    /** Tells of workers that stall, and of their return, in a thread of its own. */
    void watchWorkers(Consumer<Boolean> works) {
        part("watch", new WorkerWatch(turns, works)).start();
    }

    private void assemble(Options options, @Nullable ConnectionSync sync, Consumer<Throwable> died)
            throws IOException, RefusalException {
        NetlinkMirror mirror = part("route mirror", NetlinkMirror.open());
        List<Link> links = chosen(mirror.links(), options.interfaces());
        HostSide host = HostSide.open(links);
        guardian = host.guardian();
        StreamOptions synchronised = options.sync() == null ? null : options.sync().stream();
        EngineOptions engineOptions = engineOptions(options, synchronised == null ? key(sync) : synchronised.key());
        Ports opened;
        try {
            opened = part("ports",
                    Ports.open(options, links, host, Engines.clientHash(engineOptions, options.workers())));
        } finally {
            // Made before the ports, which need its filter, and closed before them.
            part("host side", host);
        }
        List<WorkerPorts> workers = captured(options, opened.workers());
        List<Port> ports = workers.stream().flatMap(worker -> worker.ports().stream()).toList();
        Services services = new Services(options.workers());
        Engines engines = part("engines", new Engines(services, mirror, workers, engineOptions, System.nanoTime()));
        this.engines = engines;
        HostFollower following = new HostFollower(host, engines, mirror);
        follower = following;
        MarkSources marks = new MarkSources(engines, following::follow);
        SystemNames names = new SystemNames(SERVICES_FILE, NAME_LIMIT);
        SysctlTool sysctl = new SysctlTool(engines);
        if (options.sysctlFile() != null) {
            settle(options.sysctlFile(), sysctl);
        }
        SyncService synchronisation = part("synchronisation", new SyncService(engines));
        ControlThread.Tool ipvsadm = ipvsadm(engines, mirror,
                synchronisation, names);
        ControlThread commands = part("control thread", new ControlThread(
                Map.of("ipvsadm", ipvsadm, "lb-mark", lbMark(marks, names), "lb-sysctl", sysctl)));
        control = commands;
        syncDaemons = new SyncOrders(commands, ipvsadm);
        VipPaths paths = part("check path", new VipPaths(host, mirror, links, options.checkNetworks(), died));
        vipPaths = paths;
        CheckPathTool checkPath = new CheckPathTool(services, paths);
        SourceNatTool outward = new SourceNatTool(services);
        sourceNat = outward;
        Streaming stream = part("connection stream", new Streaming(engines));
        streaming = stream;
        streamsAsConfigured = options.sync() == null;
        LbCtl operating = new LbCtl(new Counts(engines, ports, synchronisation::counts), stream::progress,
                Map.of("sysctl", (arguments, stdin) -> commands.apply(new ControlMessage.Request(
                        Stream.concat(Stream.of("lb-sysctl"), arguments.stream()).toList(), stdin)), "check-path",
                        checkPath::run, "snat", outward::run));
        lbCtl = operating;
        balancer = new ServiceOrders(engines, commands);
        commands.every(Counters.RATE_INTERVAL_SECONDS, engines::estimate);
        commands.every(LocalAddressWatch.INTERVAL,
                new LocalAddressWatch(engines, following::rests, LOG::warn)::look);
        commands.every(LossWatch.INTERVAL, new LossWatch(ports, LOG::warn)::look);
        services.onChange(following::follow);
        mirror.onChange(() -> commands.soon(following::follow));
        part("host's rules", HostRules.open(followed -> commands.soon(() -> marks.followed(followed))));
        commands.every(FORGETTING_SECONDS, () -> {
            if (host.remembersMarked()) {
                following.follow();
            }
        });
        startWorkers(options, engines, died);
        if (synchronised != null) {
            stream.become(synchronised);
        }
        part("control socket", ControlServer.open(options.control(), ControlServer.Limits.DEFAULT,
                request -> OperatorSocket.isForLbCtl(request)
                        ? OperatorSocket.answer(operating, request)
                        : commands.apply(request)));
        if (options.procFolder() != null) {
            part("proc files", ProcFiles.open(options.procFolder(), engines, commands, host::guard));
        }
        Memory.lock();
        LOG.info("forwarding on {}{}; commands at {}",
                workers.getFirst().ports().stream().map(Port::name).toList(),
                options.workers() == 1 ? "" : " with " + options.workers() + " workers", options.control());
    }

    private static void settle(Path file, SysctlTool sysctl) throws RefusalException {
        try {
            sysctl.load(Files.readString(file));
        } catch (IOException e) {
            throw new RefusalException(RefusalException.ENVIRONMENT, "--sysctl-file: " + file + " cannot be read (" + e
                    + "); make it, or leave the option out");
        } catch (IllegalArgumentException e) {
            throw new RefusalException(RefusalException.USAGE, file + ": " + e.getMessage()
                    + "; mend it, or leave --sysctl-file out");
        }
    }

    private static List<Link> chosen(Collection<Link> links, List<String> names) throws RefusalException {
        try {
            List<Link> chosen = names.isEmpty() ? Interfaces.byDefault(links) : Interfaces.named(links, names);
            if (chosen.isEmpty()) {
                throw new RefusalException(RefusalException.ENVIRONMENT,
                        "no Ethernet interface is up; bring one up (ip link set NAME up), or name some with --interface");
            }
            return chosen;
        } catch (Interfaces.RefusedException e) {
            throw new RefusalException(RefusalException.ENVIRONMENT, String.valueOf(e.getMessage()));
        }
    }

    private List<WorkerPorts> captured(Options options, List<WorkerPorts> workers) throws IOException {
        if (options.capture() == null) {
            return workers;
        }
        CaptureFile capture = part("capture file", CaptureFile.create(options.capture(), CAPTURE_BYTES));
        return workers.stream()
                .map(worker -> new WorkerPorts(worker.ports().stream()
                        .<Port>map(port -> new CapturingPort(port, capture, Daemon::epochNanos)).toList(),
                        worker.handBack()))
                .toList();
    }

    private static long epochNanos() {
        Instant now = Instant.now();
        return TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
    }

    /** Null where none is configured, or it cannot be had, which is told of when sessions are to begin. */
    private static @Nullable SharedKey key(@Nullable ConnectionSync sync) {
        try {
            return sync == null ? null : Streaming.key(sync);
        } catch (IOException | IllegalArgumentException e) {
            return null;
        }
    }

    /** @param key that directors have in common which synchronise connections, or null: they divide frames among workers alike */
    private static EngineOptions engineOptions(Options options, @Nullable SharedKey key) {
        SecureRandom random = new SecureRandom();
        return new EngineOptions(options.connections(), random.nextLong(), EngineOptions.DEFAULT_ICMP_PER_SECOND, true,
                options.byFlow(), key == null ? random.nextLong() : key.steeringKey());
    }

    private static ControlThread.Tool lbMark(MarkSources marks, SystemNames names) {
        LbMark lbMark = new LbMark((name, protocol) -> names.port(name, Protocol.of(protocol)), marks::own);
        return (arguments, stdin) -> {
            if (arguments.equals(List.of("--followed"))) {
                return new Answer(0, marks.listing(), "");
            }
            dev.weir.lbmark.Result result = lbMark.run(arguments, stdin);
            return new Answer(result.exit(), result.stdout(), result.stderr());
        };
    }

    private static ControlThread.Tool ipvsadm(Engines engines, NetlinkMirror mirror, SyncService synchronisation,
            SystemNames names) {
        var daemons = new dev.weir.ipvsadm.SyncDaemons(
                name -> mirror.links().stream().filter(link -> link.name().equals(name)).mapToInt(Link::mtu)
                        .findFirst().orElse(-1),
                synchronisation);
        Ipvsadm ipvsadm = new Ipvsadm(engines, names, daemons);
        return (arguments, stdin) -> {
            Result result = ipvsadm.run(arguments, stdin);
            return new Answer(result.exit(), result.stdout(), result.stderr());
        };
    }

    private static WorkerLoop.Stage stage(Engine engine) {
        return new WorkerLoop.Stage() {
            @Override
            public void process(Frame[] burst, int count, long now) {
                engine.process(burst, count, now);
            }

            @Override
            public void tick(long now) {
                engine.tick(now);
            }
        };
    }

    /** Workers are stopped first of all, and nothing that they use is closed before they have ended. */
    private void startWorkers(Options options, Engines engines, Consumer<Throwable> died)
            throws IOException, RefusalException {
        List<Poller> pollers = new ArrayList<>();
        for (int i = 0; i < engines.workers(); i++) {
            int worker = i;
            pollers.add(part("poller", new Poller(() -> engines.hasWork(worker))));
        }
        engines.onArrival(worker -> pollers.get(worker).wakeWaiting());
        Pinning pinning = new Pinning(options.processors());
        pinning.clear();
        for (int worker = 0; worker < engines.workers(); worker++) {
            WorkerLoop loop = new WorkerLoop(stage(engines.engine(worker)), engines.receiving(worker),
                    pollers.get(worker), options.idle(), pinning.processor(), died);
            turns.add(loop::turn);
            Thread thread = Thread.ofPlatform().name(engines.workers() == 1 ? "worker" : "worker " + worker).daemon()
                    .unstarted(pinning.of(worker, loop));
            part("worker", () -> {
                loop.stop();
                thread.join(Duration.ofSeconds(5));
            });
            thread.start();
        }
        pinning.check();
    }

    private <T extends AutoCloseable> T part(String name, T made) {
        parts.push(new Part(name, made));
        return made;
    }

    @Override
    public void close() {
        while (!parts.isEmpty()) {
            Part part = parts.pop();
            try {
                part.closing().close();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (Exception e) {
                LOG.warn("{} could not be closed", part.name(), e);
            }
        }
    }
}
