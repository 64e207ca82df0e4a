package dev.weir.vrrp.machine;

import dev.weir.conf.BfdInstance;
import dev.weir.conf.Configuration;
import dev.weir.conf.Definitions.SyncGroup;
import dev.weir.conf.Definitions.TrackFile;
import dev.weir.conf.Definitions.TrackProcess;
import dev.weir.conf.Definitions.VrrpScript;
import dev.weir.conf.VrrpInstance;
import dev.weir.conf.VrrpInstance.Unicast;
import dev.weir.conf.VrrpInstance.Watched;
import dev.weir.conf.VrrpInstance.Watching;
import dev.weir.wire.IpAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What was told of this host, and what follows for an instance: faults, and by how much its priority changes. Weights
 * and FAULT as keepalived has them: of weight 0 what fails is a fault; a positive one counts while it is well, a negative
 * one while it fails; reverse turns both round. In a sync group what has a weight counts nothing, unless
 * sync_group_tracking_weight is set.
 */
final class Conditions {
    private final Map<String, Boolean> links = new HashMap<>();
    private final Map<String, IpAddress> sources = new HashMap<>();
    private final Map<String, Boolean> scriptResults = new HashMap<>();
    private final Map<String, Boolean> processes = new HashMap<>();
    private final Map<String, Integer> files = new HashMap<>();
    private final Map<String, Boolean> bfds = new HashMap<>();
    private final Map<IpAddress, Boolean> arbiters = new HashMap<>();
    /** By instance, what its track_groups name and the host has not. */
    private final Map<String, List<String>> possessions = new HashMap<>();
    private boolean forwarding = true;
    private boolean inStep;
    /** How long a master of lower priority is left alone for that; zero: not at all. */
    private long patience;

    private Map<String, VrrpScript> scriptDefinitions = Map.of();
    private Map<String, TrackFile> fileDefinitions = Map.of();
    private Map<String, TrackProcess> processDefinitions = Map.of();
    private Map<String, BfdInstance> bfdDefinitions = Map.of();

    /**
     * What follows for an instance.
     *
     * @param faults  what it needs and has not
     * @param pending whether a script of weight 0 has not run yet: the instance waits for it in silence
     * @param weight  what its priority changes by
     * @param weights what that is made of, for people
     */
    record Verdict(List<String> faults, boolean pending, int weight, List<String> weights) {
        static final Verdict NONE = new Verdict(List.of(), true, 0, List.of());

        boolean isUp() {
            return faults.isEmpty() && !pending;
        }
    }

    void configure(Configuration configuration) {
        scriptDefinitions = byName(configuration.scripts(), VrrpScript::name);
        fileDefinitions = byName(configuration.files(), TrackFile::name);
        processDefinitions = byName(configuration.processes(), TrackProcess::name);
        bfdDefinitions = byName(configuration.bfds(), BfdInstance::name);
        bfds.keySet().retainAll(bfdDefinitions.keySet());
        scriptResults.keySet().retainAll(scriptDefinitions.keySet());
        patience = configuration.sync() == null ? 0 : configuration.sync().patience().toNanos();
    }

    private static <T> Map<String, T> byName(List<T> definitions, Function<T, String> name) {
        return definitions.stream().collect(Collectors.toMap(name, Function.identity(), (earlier, later) -> later));
    }

    /** False where the event is about something else. */
    boolean learn(Event event) {
        switch (event) {
            case Event.LinkChanged link -> links.put(link.device(), link.up());
            case Event.LinkGone gone -> links.put(gone.device(), false);
            case Event.PossessionsMissing(String instance, List<String> missing) -> possessions.put(instance, missing);
            case Event.SourceChanged source -> setSource(source.instance(), source.source());
            case Event.ScriptChanged script -> scriptResults.put(script.script(), script.up());
            case Event.ProcessChanged process -> processes.put(process.process(), process.up());
            case Event.FileChanged file -> files.put(file.file(), file.status());
            case Event.BfdChanged bfd -> bfds.put(bfd.bfd(), bfd.up());
            case Event.ArbiterChanged(IpAddress arbiter, boolean reached) -> arbiters.put(arbiter, reached);
            case Event.ForwardingChanged changed -> forwarding = changed.works();
            case Event.InStepChanged changed -> inStep = changed.inStep();
            default -> {
                return false;
            }
        }
        return true;
    }

    private void setSource(String instance, @Nullable IpAddress source) {
        if (source == null) {
            sources.remove(instance);
        } else {
            sources.put(instance, source);
        }
    }

    @Nullable
    IpAddress source(String instance) {
        return sources.get(instance);
    }

    /** How long a master of lower priority is left alone, from its first advert on; 0 where this node is in step. */
    long patience() {
        return inStep ? 0 : patience;
    }

    boolean reachesArbiter(VrrpInstance instance) {
        IpAddress arbiter = instance.splitBrain().arbiter();
        return arbiter != null && arbiters.getOrDefault(arbiter, false);
    }

    void forget(String instance) {
        sources.remove(instance);
        possessions.remove(instance);
    }

    Verdict of(VrrpInstance instance, @Nullable SyncGroup group) {
        Tally tally = new Tally(group == null || group.trackingWeight());
        String device = instance.device();
        if (device != null && !instance.dontTrackPrimary() && !isUp(device)) {
            tally.faults.add("interface " + device + " is down");
        }
        if (!sources.containsKey(instance.name())) {
            tally.faults.add(device == null
                    ? "there is no address to send from"
                    : "interface " + device + " has no address to send from");
        }
        if (instance.transport() instanceof Unicast unicast && unicast.peers().isEmpty()) {
            tally.faults.add("there is no unicast_peer, and unicast_fault_no_peer is set");
        }
        possessions.getOrDefault(instance.name(), List.of())
                .forEach(missing -> tally.faults.add("static " + missing + " is not on the host"));
        if (!forwarding) {
            tally.faults.add("the dataplane does not forward");
        }
        tally.all(instance.watching());
        if (group != null) {
            tally.all(group.watching());
        }
        return new Verdict(List.copyOf(tally.faults), tally.pending, tally.weight, List.copyOf(tally.parts));
    }

    private boolean isUp(String device) {
        return links.getOrDefault(device, false);
    }

    /** Adds up what one instance watches. */
    private final class Tally {
        final List<String> faults = new ArrayList<>();
        final List<String> parts = new ArrayList<>();
        final boolean weights;
        boolean pending;
        int weight;

        Tally(boolean weights) {
            this.weights = weights;
        }

        void all(Watching watching) {
            for (Watched watched : watching.interfaces()) {
                count(watched, 0, false, isUp(watched.name()), "interface " + watched.name() + " is down");
            }
            watching.scripts().forEach(this::script);
            watching.files().forEach(this::file);
            for (Watched watched : watching.processes()) {
                TrackProcess process = processDefinitions.get(watched.name());
                if (process != null) {
                    count(watched, process.weight(), process.reverse(), processes.getOrDefault(watched.name(), false),
                            "of process " + watched.name() + " too few are running");
                }
            }
            for (Watched watched : watching.bfds()) {
                BfdInstance bfd = bfdDefinitions.get(watched.name());
                if (bfd != null && bfd.toVrrp()) {
                    count(watched, bfd.weight(), bfd.reverse(), bfds.getOrDefault(watched.name(), false),
                            "BFD session " + watched.name() + " is down");
                }
            }
        }

        private void script(Watched watched) {
            VrrpScript script = scriptDefinitions.get(watched.name());
            if (script == null) {
                return;
            }
            Boolean result = scriptResults.get(watched.name());
            if (result != null || !script.initiallyUp()) {
                count(watched, script.weight(), script.reverse(), result != null && result,
                        "script " + watched.name() + (result == null
                                ? " has not run yet, and init_fail is set"
                                : " fails"));
            } else if (weightOf(watched, script.weight()) == 0) {
                pending = true;
            }
        }

        private void file(Watched watched) {
            TrackFile file = fileDefinitions.get(watched.name());
            if (file == null) {
                return;
            }
            int status = files.getOrDefault(watched.name(), 0);
            int each = weightOf(watched, file.weight());
            boolean reversed = watched.reverse() || watched.weight() == null && file.reverse();
            long product = (long) status * each * (reversed ? -1 : 1);
            if (each == 0 ? status != 0 != reversed : weights && product < -253) {
                faults.add("file " + watched.name() + " says " + status);
            } else if (weights) {
                add(watched, (int) Math.min(product, 253));
            }
        }

        private void count(Watched watched, int standard, boolean standardReverse, boolean up, String fault) {
            int each = weightOf(watched, standard);
            boolean reversed = watched.reverse() || watched.weight() == null && standardReverse;
            if (each == 0) {
                if (up == reversed) {
                    faults.add(reversed ? watched.name() + " is well, and must not be (reverse)" : fault);
                }
            } else if (weights && up == each > 0) {
                add(watched, reversed ? -each : each);
            }
        }

        private void add(Watched watched, int change) {
            weight += change;
            parts.add(watched.name() + (change < 0 ? " " : " +") + change);
        }

        private static int weightOf(Watched watched, int standard) {
            Integer own = watched.weight();
            return own == null ? standard : own;
        }
    }
}
