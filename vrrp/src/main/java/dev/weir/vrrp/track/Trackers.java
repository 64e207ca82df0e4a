package dev.weir.vrrp.track;

import dev.weir.conf.Configuration;
import dev.weir.conf.Definitions.SyncGroup;
import dev.weir.conf.Definitions.VrrpScript;
import dev.weir.conf.VrrpInstance;
import dev.weir.conf.VrrpInstance.Watched;
import dev.weir.conf.VrrpInstance.Watching;
import dev.weir.notify.Script;
import dev.weir.notify.ScriptRunner;
import dev.weir.notify.Scripts;
import dev.weir.sys.Inotify;
import dev.weir.sys.Poller;
import dev.weir.sys.SystemException;
import dev.weir.track.TrackFiles;
import dev.weir.vrrp.machine.Event;
import dev.weir.vrrp.machine.Event.FileChanged;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All that instances and groups watch, save interfaces, on one thread; arbiters on their own. Only what one of them watches is looked at.
 */
public final class Trackers implements AutoCloseable {
    private static final int PATIENCE_SECONDS = 1;
    private static final Logger LOG = LoggerFactory.getLogger(Trackers.class);

    private final Queue<Runnable> commands = new ConcurrentLinkedQueue<>();
    private final Inotify inotify;
    private final Poller poller;
    private final ScriptTracker scripts;
    private final TrackFiles files;
    private final ProcessTracker processes;
    private final ArbiterTracker arbiters;
    private final Thread thread;
    private volatile boolean closed;

    /**
     * Begins with nothing to watch.
     *
     * @param events takes what changes, on the trackers' thread; does not wait
     */
    public Trackers(ScriptRunner runner, Consumer<Event> events) throws SystemException {
        inotify = new Inotify();
        poller = new Poller(inotify.descriptor());
        scripts = new ScriptTracker(runner, this::command, events);
        files = new TrackFiles(inotify, (name, number) -> events.accept(new FileChanged(name, number)));
        processes = new ProcessTracker(new ProcessTable(Path.of("/proc")), events);
        arbiters = new ArbiterTracker(events);
        thread = Thread.ofPlatform().daemon().name("vrrp-track").start(this::run);
    }

    /**
     * Watches what a configuration watches; what is unchanged goes on with its counts. Of files and processes the state is
     * told when this returns, unless that takes longer than a second.
     *
     * @return the configuration without the scripts that cannot or may not be run: as in keepalived, nothing watches them
     */
    public Configuration configure(Configuration configuration) {
        Set<String> watched = names(configuration, Watching::scripts);
        Scripts judge = new Scripts(configuration.globals().scripts());
        List<ScriptTracker.Definition> usable = new ArrayList<>();
        for (VrrpScript script : configuration.scripts()) {
            Script ready = watched.contains(script.name())
                    ? judge.ready(script.command(), "vrrp_script " + script.name())
                    : null;
            if (ready != null) {
                usable.add(new ScriptTracker.Definition(script, ready));
            }
        }
        Set<String> watchedFiles = names(configuration, Watching::files);
        Set<String> watchedProcesses = names(configuration, Watching::processes);
        arbiters.configure(configuration.instances());
        CountDownLatch done = new CountDownLatch(1);
        command(() -> {
            long now = System.nanoTime();
            scripts.configure(usable, now);
            files.configure(configuration.files().stream().filter(file -> watchedFiles.contains(file.name())).toList(),
                    now);
            processes.configure(configuration.processes().stream()
                    .filter(process -> watchedProcesses.contains(process.name())).toList(), now);
            done.countDown();
        });
        try {
            if (!done.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("what virtual routers watch is not known within a second; they begin without");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return Usable.of(configuration,
                usable.stream().map(definition -> definition.conf().name()).collect(Collectors.toSet()));
    }

    private static Set<String> names(Configuration configuration, Function<Watching, List<Watched>> list) {
        return Stream.concat(configuration.instances().stream().map(VrrpInstance::watching),
                configuration.groups().stream().map(SyncGroup::watching))
                .flatMap(watching -> list.apply(watching).stream()).map(Watched::name).collect(Collectors.toSet());
    }

    private void command(Runnable command) {
        commands.add(command);
        poller.wake();
    }

    private void run() {
        while (!closed) {
            try {
                for (Runnable command = commands.poll(); command != null; command = commands.poll()) {
                    command.run();
                }
                long now = System.nanoTime();
                scripts.look(now);
                files.look(now);
                processes.look(now);
                poller.await(Math.min(scripts.patience(now), Math.min(files.patience(now), processes.patience(now))));
            } catch (RuntimeException e) {
                LOG.error("a tracker failed, and goes on", e);
            }
        }
        scripts.configure(List.of(), System.nanoTime());
    }

    /** Scripts that run are ended. */
    @Override
    public void close() {
        closed = true;
        arbiters.close();
        poller.wake();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        poller.close();
        inotify.close();
    }
}
