package dev.weir.vrrp.track;

import dev.weir.conf.Definitions.ParamMatch;
import dev.weir.conf.Definitions.TrackProcess;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The processes of this host, as /proc shows them, and which of them are watched. A process that nobody watches is read
 * while it is young, since it may still become another (exec), and seldom afterwards.
 */
final class ProcessTable {
    private static final long YOUNG = TimeUnit.SECONDS.toNanos(3);
    private static final long SELDOM = TimeUnit.SECONDS.toNanos(10);
    /** The kernel keeps so much of a name (TASK_COMM_LEN). */
    private static final int NAME_LENGTH = 15;

    private final Path proc;
    private final Map<String, Known> known = new HashMap<>();
    private List<TrackProcess> watched = List.of();

    private static final class Known {
        private final long since;
        private long read;
        private Set<String> counts = Set.of();

        private Known(long since) {
            this.since = since;
        }

        private boolean isToBeRead(long now) {
            return !counts.isEmpty() || now - since < YOUNG || now - read >= SELDOM;
        }
    }

    /** @param proc where /proc is */
    ProcessTable(Path proc) {
        this.proc = proc;
    }

    void watch(List<TrackProcess> processes) {
        watched = List.copyOf(processes);
        known.clear();
    }

    /** How many processes each of the watched has, by its name. */
    Map<String, Integer> count(long now) {
        String[] names = proc.toFile().list();
        Set<String> here = new HashSet<>();
        Map<String, Integer> counts = new HashMap<>();
        for (String pid : names == null ? new String[0] : names) {
            if (!Character.isDigit(pid.charAt(0))) {
                continue;
            }
            here.add(pid);
            Known process = known.computeIfAbsent(pid, _ -> new Known(now));
            if (process.read == 0 || process.isToBeRead(now)) {
                process.counts = read(pid);
                process.read = now;
            }
            process.counts.forEach(name -> counts.merge(name, 1, Integer::sum));
        }
        known.keySet().retainAll(here);
        return counts;
    }

    private Set<String> read(String pid) {
        String name = name(pid);
        if (name == null) {
            return Set.of();
        }
        Set<String> counts = new HashSet<>();
        List<String> command = null;
        for (TrackProcess process : watched) {
            if (process.command().isEmpty()) {
                continue;
            }
            if (process.fullCommand() || process.match() != ParamMatch.NONE) {
                command = command == null ? command(pid) : command;
                if (matches(process, name, command)) {
                    counts.add(process.name());
                }
            } else if (isName(process.command().getFirst(), name)) {
                counts.add(process.name());
            }
        }
        return counts;
    }

    /** Null for one that has ended, be it that its parent has not asked for it yet. */
    private @Nullable String name(String pid) {
        String stat = text(pid, "stat");
        int open = stat.indexOf('(');
        int close = stat.lastIndexOf(')');
        if (open < 0 || close < open || close + 2 >= stat.length() || stat.charAt(close + 2) == 'Z') {
            return null;
        }
        return stat.substring(open + 1, close);
    }

    private List<String> command(String pid) {
        String line = text(pid, "cmdline");
        List<String> words = new ArrayList<>(List.of(line.split("\0", -1)));
        if (words.getLast().isEmpty()) {
            words.removeLast();
        }
        return words;
    }

    private String text(String pid, String file) {
        try {
            return new String(Files.readAllBytes(proc.resolve(pid + File.separator + file)),
                    StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return ""; // it has ended
        }
    }

    private static boolean isName(String wanted, String name) {
        return name.equals(wanted.length() > NAME_LENGTH ? wanted.substring(0, NAME_LENGTH) : wanted);
    }

    /** @param command the process's own words; empty: it is one of the kernel's */
    static boolean matches(TrackProcess process, String name, List<String> command) {
        List<String> wanted = process.command();
        if (command.isEmpty() || !(process.fullCommand()
                ? command.getFirst().equals(wanted.getFirst())
                : command.getFirst().equals(wanted.getFirst()) || isName(wanted.getFirst(), name))) {
            return false;
        }
        List<String> parameters = wanted.subList(1, wanted.size());
        List<String> own = command.subList(1, command.size());
        return switch (process.match()) {
            case NONE -> true;
            case EXACT -> own.equals(parameters);
            case PARTIAL -> own.size() >= parameters.size()
                    && own.subList(0, parameters.size()).equals(parameters);
            case INITIAL -> {
                int last = parameters.size() - 1;
                yield last < 0 || own.size() > last && own.subList(0, last).equals(parameters.subList(0, last))
                        && own.get(last).startsWith(parameters.get(last));
            }
        };
    }
}
