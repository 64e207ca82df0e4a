package dev.weir.lbd;

import dev.weir.conf.Configuration;
import dev.weir.conf.Definitions.Scripting;
import dev.weir.conf.KeepalivedConf;
import dev.weir.conf.LocalHost;
import dev.weir.conf.VrrpInstance;
import dev.weir.notify.DaemonScripts;
import dev.weir.notify.ScriptRunner;
import dev.weir.vrrp.Vrrp;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keepalived half of a running daemon: what its keepalived.conf asks for, its pid files, its name and its signals.
 * HUP reads the file anew, USR1 and USR2 write what keepalived writes.
 */
final class Keepalived implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Keepalived.class);
    /** keepalived's KEEPALIVED_EXIT_CONFIG. */
    private static final int ENDS_AT_ONCE = 2;
    private static final Path DATA = Path.of("/tmp/keepalived.data");
    private static final Path STATISTICS = Path.of("/tmp/keepalived.stats");
    private static final Path NAME = Path.of("/proc/self/comm");

    private final Scripting scripts;
    private final KeepalivedOptions options;
    private final @Nullable Vrrp vrrp;
    private final Deque<PidFile> pidFiles = new ArrayDeque<>();

    private Keepalived(Scripting scripts, KeepalivedOptions options, @Nullable Vrrp vrrp) {
        this.scripts = scripts;
        this.options = options;
        this.vrrp = vrrp;
    }

    /**
     * Reads the file, and tells of its mistakes. keepalived runs in spite of most, and so does Weir.
     *
     * @throws RefusalException where keepalived would end
     */
    static KeepalivedConf read(KeepalivedOptions options) throws RefusalException {
        KeepalivedConf conf = parse(options);
        conf.problems().forEach(problem -> LOG.warn("{}", problem));
        Optional<String> unusable = conf.configuration().instances().stream()
                .filter(instance -> instance.virtualRouterId() == 0
                        || instance.device() == null && !(instance.transport() instanceof VrrpInstance.Unicast))
                .map(VrrpInstance::name).findFirst();
        if (conf.exit() == ENDS_AT_ONCE || unusable.isPresent()) {
            throw new RefusalException(ENDS_AT_ONCE, options.config() + " has mistakes that nothing can run with"
                    + unusable.map(name -> ", in vrrp_instance " + name).orElse("")
                    + ": see above; lbd --check-config shows what was understood");
        }
        return conf;
    }

    private static KeepalivedConf parse(KeepalivedOptions options) throws RefusalException {
        try {
            return KeepalivedConf.read(options.config(), LocalHost.surroundings(options.id()));
        } catch (IOException e) {
            throw new RefusalException(RefusalException.USAGE, "cannot read " + options.config() + ": " + e
                    + "; name a readable file with --config");
        }
    }

    /** When it returns, instances are in their first states, and signals and pid files say so. */
    static Keepalived start(KeepalivedOptions options, KeepalivedConf conf, Vrrp.Surroundings surroundings)
            throws RefusalException {
        for (Path file : options.pidFiles()) {
            PidFile.checkFree(file);
        }
        if (options.dump()) {
            System.out.print(conf.canonical());
            System.out.flush();
        }
        Configuration configuration = conf.configuration();
        if (options.run() != KeepalivedOptions.Run.VRRP && !configuration.servers().isEmpty()) {
            LOG.warn("{} has {} virtual servers; this release does not set them: set services with ipvsadm",
                    options.config(), configuration.servers().size());
        }
        Scripting scripts = configuration.globals().scripts();
        try (ScriptRunner runner = new ScriptRunner()) {
            DaemonScripts.startup(scripts, runner);
        }
        try {
            Keepalived started = new Keepalived(scripts, options,
                    options.run().vrrp() ? Vrrp.start(configuration, surroundings) : null);
            started.announce();
            return started;
        } catch (IOException e) {
            throw new RefusalException(RefusalException.ENVIRONMENT, "VRRP cannot begin: " + e.getMessage());
        }
    }

    private void announce() throws IOException {
        if (options.processName() != null) {
            Files.writeString(NAME, options.processName());
        }
        Signals.handle(Map.of("HUP", this::reload, "USR1", () -> write(DATA, true), "USR2",
                () -> write(STATISTICS, false)));
        for (Path file : options.pidFiles()) {
            pidFiles.push(PidFile.write(file));
        }
    }

    /** The dataplane works, or has stopped to. */
    void forwards(boolean works) {
        if (vrrp != null) {
            vrrp.forwards(works);
        }
    }

    /** A file that nothing can run with changes nothing: the director goes on as it was told before. */
    private void reload() {
        try {
            KeepalivedConf conf = read(options);
            if (vrrp != null) {
                vrrp.reload(conf.configuration());
            }
            LOG.info("{} was read anew", options.config());
        } catch (RefusalException | IOException e) {
            LOG.error("{} is not taken over: {}; all goes on as before", options.config(), e.getMessage());
        }
    }

    private void write(Path file, boolean data) {
        try {
            String text = vrrp == null ? "" : data ? vrrp.data() : vrrp.statistics();
            // A file of another's, or a link, is not written to: /tmp is everybody's.
            Files.deleteIfExists(file);
            Files.writeString(Files.createFile(file), text, StandardCharsets.UTF_8);
            LOG.info("wrote {}", file);
        } catch (IOException e) {
            LOG.warn("{} cannot be written: {}", file, e.toString());
        }
    }

    @Override
    public void close() {
        if (vrrp != null) {
            vrrp.close();
        }
        try (ScriptRunner runner = new ScriptRunner()) {
            DaemonScripts.shutdown(scripts, runner);
        }
        pidFiles.forEach(PidFile::close);
    }
}
