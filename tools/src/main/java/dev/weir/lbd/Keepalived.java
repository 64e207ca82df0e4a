package dev.weir.lbd;

import dev.weir.bfd.Bfd;
import dev.weir.bfd.SessionStates;
import dev.weir.conf.Configuration;
import dev.weir.conf.Definitions.Scripting;
import dev.weir.conf.KeepalivedConf;
import dev.weir.lbctl.StatusListing;
import dev.weir.lvs.Lvs;
import dev.weir.lvs.Operator;
import dev.weir.lvs.ServerPattern;
import dev.weir.notify.DaemonScripts;
import dev.weir.notify.Fifos;
import dev.weir.notify.ScriptRunner;
import dev.weir.vrrp.Vrrp;
import dev.weir.vrrp.address.UndoLog;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keepalived half of a running daemon: what its keepalived.conf asks for, its pid files, its name and its signals.
 * HUP reads the file anew, USR1 and USR2 write what keepalived writes.
 */
final class Keepalived implements AutoCloseable, Operator {
    private static final Logger LOG = LoggerFactory.getLogger(Keepalived.class);
    private static final Path DATA = Path.of("/tmp/keepalived.data");
    private static final Path CHECKS = Path.of("/tmp/keepalived_check.data");
    private static final Path SESSIONS = Path.of("/tmp/keepalived_bfd.data");
    private static final Path STATISTICS = Path.of("/tmp/keepalived.stats");
    private static final Path NAME = Path.of("/proc/self/comm");

    private final KeepalivedOptions options;
    private final Instant started = Instant.now();
    private final ScriptRunner runner = new ScriptRunner();
    private final Fifos fifos = new Fifos(runner);
    private final SessionStates sessions = new SessionStates();
    private final Deque<PidFile> pidFiles = new ArrayDeque<>();
    private final ReloadClock clock = new ReloadClock(this::reload);
    private volatile Instant reloaded = started;
    private volatile @Nullable Vrrp vrrp;
    private volatile @Nullable Lvs lvs;
    private volatile @Nullable Bfd bfd;
    private volatile @Nullable Ownership ownership;
    private @Nullable Dataplane forwarding;
    private Scripting scripts;
    private KeepalivedConf taken;

    /**
     * What the keepalived half needs of the other.
     *
     * @param undo      told of all that is put onto the host
     * @param died      told of what ended VRRP
     * @param dataplane null where nothing is forwarded
     */
    record Surroundings(UndoLog undo, Consumer<Throwable> died, @Nullable Dataplane dataplane) {
    }

    private Keepalived(KeepalivedOptions options, KeepalivedConf taken) {
        this.options = options;
        this.taken = taken;
        this.scripts = taken.configuration().globals().scripts();
    }

    /** When it returns, services are set, instances are in their first states, and signals and pid files say so. */
    static Keepalived start(KeepalivedOptions options, KeepalivedConf conf, Surroundings surroundings)
            throws RefusalException {
        for (Path file : options.pidFiles()) {
            PidFile.checkFree(file);
        }
        if (options.dump()) {
            System.out.print(conf.canonical());
            System.out.flush();
        }
        Configuration configuration = conf.configuration();
        Keepalived keepalived = new Keepalived(options, conf);
        try {
            keepalived.begin(configuration, surroundings);
            return keepalived;
        } catch (IOException e) {
            keepalived.close();
            throw new RefusalException(RefusalException.ENVIRONMENT, "VRRP cannot begin: " + e.getMessage());
        } catch (RuntimeException e) {
            keepalived.close();
            throw e;
        }
    }

    /** Services are there before the addresses that lead to them. */
    private void begin(Configuration configuration, Surroundings surroundings) throws IOException {
        DaemonScripts.startup(scripts, runner);
        track(configuration);
        Dataplane dataplane = surroundings.dataplane();
        Lvs servers = null;
        if (dataplane != null && options.run() != KeepalivedOptions.Run.VRRP) {
            servers = Lvs.start(configuration,
                    new Lvs.Surroundings(dataplane.balancer(), runner, fifos, dataplane.vipPath(), sessions));
            lvs = servers;
        }
        forwarding = dataplane;
        configure(configuration);
        if (options.run().vrrp()) {
            Ownership told = new Ownership(dataplane, servers);
            told.configure(configuration);
            ownership = told;
            Vrrp routers = Vrrp.start(configuration, new Vrrp.Surroundings(runner, fifos, surroundings.undo(), told,
                    surroundings.died(), options.keepAddresses()));
            vrrp = routers;
            sessions.follow(routers::session);
        }
        announce();
    }

    /** Nothing runs before the first bfd_instance. */
    private void track(Configuration configuration) throws IOException {
        Bfd present = bfd;
        if (!options.sessions()) {
            configuration.bfds().forEach(session -> sessions.put(session.name(), false));
            return;
        }
        if (present == null && !configuration.bfds().isEmpty()) {
            present = new Bfd(sessions);
            bfd = present;
        }
        if (present != null) {
            present.configure(configuration.bfds());
        }
    }

    private void announce() throws IOException {
        clock.configure(taken.configuration().globals().reloading());
        if (options.processName() != null) {
            Files.writeString(NAME, options.processName());
        }
        Signals.handle(Map.of("HUP", this::reload, "USR1", this::writeData, "USR2",
                () -> write(STATISTICS, vrrp, Vrrp::statistics)));
        for (Path file : options.pidFiles()) {
            pidFiles.push(PidFile.write(file));
        }
    }

    private void configure(Configuration configuration) {
        if (forwarding != null) {
            forwarding.configure(configuration);
        }
    }

    /** This director knows the connections of the others, or does not. */
    void inStep(boolean inStep) {
        Vrrp routers = vrrp;
        if (routers != null) {
            routers.inStep(inStep);
        }
    }

    /** The dataplane works, or has stopped to. */
    void forwards(boolean works) {
        Vrrp routers = vrrp;
        if (routers != null) {
            routers.forwards(works);
        }
    }

    /** A file that is not taken changes nothing. */
    @Override
    public synchronized Reloaded reload() {
        List<String> problems = new ArrayList<>();
        try {
            KeepalivedConf conf = ConfigurationFile.again(options, taken, problems);
            Configuration configuration = conf.configuration();
            track(configuration);
            Lvs servers = lvs;
            List<String> actions = servers == null ? List.of() : servers.reload(configuration);
            configure(configuration);
            Vrrp routers = vrrp;
            if (routers != null) {
                routers.reload(configuration);
            }
            Ownership told = ownership;
            if (told != null) {
                told.configure(configuration);
            }
            if (servers == null && options.run() == KeepalivedOptions.Run.NEEDED
                    && !configuration.servers().isEmpty()) {
                problems.add("the file has virtual servers now, and this process does not forward: start it anew");
                LOG.warn("{}", problems.getLast());
            }
            scripts = configuration.globals().scripts();
            reloaded = Instant.now();
            taken = conf;
            clock.configure(configuration.globals().reloading());
            actions.forEach(action -> LOG.info("reload: {}", action));
            LOG.info("{} was read anew", options.config());
            return new Reloaded(true, actions, problems);
        } catch (RefusalException | IOException | IllegalStateException e) {
            LOG.error("{} is not taken over: {}; all goes on as before", options.config(), e.getMessage());
            problems.add(String.valueOf(e.getMessage()));
            return new Reloaded(false, List.of(), problems);
        }
    }

    @Override
    public Status status() {
        Lvs servers = lvs;
        return new Status(options.config().toString(), started, reloaded, servers == null ? 0 : servers.mended(),
                instances(), servers == null ? List.of() : servers.status(),
                servers == null ? List.of() : servers.differences());
    }

    private List<InstanceStatus> instances() {
        Vrrp routers = vrrp;
        if (routers == null) {
            return List.of();
        }
        try {
            return routers.standings().stream().map(standing -> new InstanceStatus(standing.instance(),
                    standing.state().name(), Instant.now().minusNanos(standing.age()), standing.priority())).toList();
        } catch (IOException e) {
            LOG.warn("the states of instances are not known: {}", e.getMessage());
            return List.of();
        }
    }

    @Override
    public Answer drain(ServerPattern which, @Nullable Duration limit) {
        Lvs servers = lvs;
        return servers == null ? nothing() : servers.drain(which, limit);
    }

    @Override
    public Answer disable(ServerPattern which) {
        Lvs servers = lvs;
        return servers == null ? nothing() : servers.disable(which);
    }

    @Override
    public Answer enable(ServerPattern which) {
        Lvs servers = lvs;
        return servers == null ? nothing() : servers.enable(which);
    }

    @Override
    public Answer weight(ServerPattern which, int weight) {
        Lvs servers = lvs;
        return servers == null ? nothing() : servers.weight(which, weight);
    }

    private static Answer nothing() {
        return Answer.refused("this director has no virtual servers of a keepalived.conf; use ipvsadm");
    }

    private void writeData() {
        write(DATA, vrrp, Vrrp::data);
        write(CHECKS, lvs, _ -> StatusListing.of(status(), ZoneId.systemDefault()));
        write(SESSIONS, bfd, Bfd::data);
    }

    /** Nothing where that part does not run. */
    private static <T> void write(Path file, @Nullable T part, Function<T, String> text) {
        if (part == null) {
            return;
        }
        try {
            String written = text.apply(part);
            // A file of another's, or a link, is not written to: /tmp is everybody's.
            Files.deleteIfExists(file);
            Files.writeString(Files.createFile(file), written, StandardCharsets.UTF_8);
            LOG.info("wrote {}", file);
        } catch (IOException e) {
            LOG.warn("{} cannot be written: {}", file, e.toString());
        }
    }

    /** Addresses go first, then services, then who is told of it. */
    @Override
    public void close() {
        clock.close();
        Vrrp routers = vrrp;
        if (routers != null) {
            routers.close();
        }
        Lvs servers = lvs;
        if (servers != null) {
            servers.close();
        }
        Bfd ending = bfd;
        if (ending != null) {
            ending.close();
        }
        DaemonScripts.shutdown(scripts, runner);
        fifos.close();
        runner.close();
        pidFiles.forEach(PidFile::close);
    }
}
