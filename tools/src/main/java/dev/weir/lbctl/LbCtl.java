package dev.weir.lbctl;

import dev.weir.client.ControlMessage.Answer;
import dev.weir.lvs.Operator;
import dev.weir.lvs.ServerPattern;
import dev.weir.sync.stream.Progress;
import java.time.Duration;
import java.time.ZoneId;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * lb-ctl's half in the daemon. Runs in the thread of each client: what it asks of the half of keepalived.conf may wait for
 * the control thread.
 */
public final class LbCtl {
    private static final String USAGE = """
            usage: lb-ctl [--json] COMMAND
              status                    instances, services, servers and their checks; and what was counted of frames
              drops                     why frames were dropped
              sync                      how far connections are synchronised with other directors
              reload                    reads keepalived.conf anew, and says what was done, or what is wrong with it
              drain SERVER [--for TIME] no new connections; it leaves when the old ones are gone, or after TIME (90s, 5m, 1h30m)
              disable SERVER            out of service at once
              enable SERVER             ends drain, disable and weight
              weight SERVER N           in place of the file's weight
              sysctl [KEY[=VALUE]]...   the same as lb-sysctl
              check-path VIP:PORT SERVER  connects as a client of the service does, to that server, and says what was seen
              snat [add|delete ...]     from which addresses leaves what servers begin; lb-ctl snat help says more
            SERVER is ADDRESS[:PORT], in all services that have it, or SERVICE/ADDRESS[:PORT], in one: SERVICE is ADDRESS[:PORT],
            fwmark:NUMBER, or the name of a virtual_server_group. IPv6 stands in brackets where a port follows. What is changed
            by hand holds until enable, or until the file says something else of the server.
            """;
    private static final int MOST_WEIGHT = 65535;
    private static final int WRONG_USAGE = 2;

    private final @Nullable Counts counts;
    private final Supplier<List<Progress>> synchronising;
    private final Map<String, Command> others;
    private volatile @Nullable Operator operator;

    /** A command that somebody else carries out. */
    @FunctionalInterface
    public interface Command {
        /** @param arguments behind the command's name */
        Answer run(List<String> arguments, String stdin);
    }

    /** A command line that asks for nothing that there is. */
    private static final class UsageException extends Exception {
        private static final long serialVersionUID = 1;

        UsageException(String message) {
            super(message);
        }
    }

    /**
     * @param counts null where nothing is forwarded
     * @param synchronising how far it has come with each other director
     * @param others what else there is, by name
     */
    public LbCtl(@Nullable Counts counts, Supplier<List<Progress>> synchronising, Map<String, Command> others) {
        this.counts = counts;
        this.synchronising = synchronising;
        this.others = Map.copyOf(others);
    }

    /** From now on it answers for the half of keepalived.conf. */
    public void operator(Operator answering) {
        operator = answering;
    }

    /** Any thread but the control thread, and the operator's own. */
    public Answer run(List<String> arguments, String stdin) {
        List<String> words = new ArrayList<>(arguments);
        Command other = words.isEmpty() ? null : others.get(words.getFirst());
        if (other != null) {
            return other.run(words.subList(1, words.size()), stdin);
        }
        boolean json = words.removeIf("--json"::equals);
        String command = words.isEmpty() ? "status" : words.removeFirst();
        try {
            return run(command, words, json);
        } catch (UsageException e) {
            return new Answer(WRONG_USAGE, "", "lb-ctl: " + e.getMessage() + "\n");
        }
    }

    private Answer run(String command, List<String> words, boolean json) throws UsageException {
        return switch (command) {
            case "status" -> {
                exactly(words, 0, command);
                yield new Answer(0, json ? StatusJson.object(this::statusJson) : status(), "");
            }
            case "drops" -> {
                exactly(words, 0, command);
                Counts own = counts;
                yield own == null
                        ? new Answer(1, "", "lb-ctl: this director forwards nothing, so it drops nothing\n")
                        : new Answer(0, json ? StatusJson.object(own::drops) : own.drops(), "");
            }
            case "sync" -> {
                exactly(words, 0, command);
                List<Progress> progress = synchronising.get();
                yield progress.isEmpty()
                        ? new Answer(1, "",
                                "lb-ctl: connections are not synchronised: there is neither connection_sync in a"
                                        + " keepalived.conf nor lbd --sync-peer\n")
                        : new Answer(0, json
                                ? StatusJson.object(out -> SyncListing.json(progress, out))
                                : SyncListing.of(progress, ZoneId.systemDefault()), "");
            }
            case "reload" -> {
                exactly(words, 0, command);
                yield asked(half -> reload(half.reload(), json));
            }
            case "drain" -> {
                Duration limit = limit(words);
                ServerPattern servers = servers(words, 1, command);
                yield asked(half -> answer(half.drain(servers, limit), servers, json));
            }
            case "disable" -> {
                ServerPattern servers = servers(words, 1, command);
                yield asked(half -> answer(half.disable(servers), servers, json));
            }
            case "enable" -> {
                ServerPattern servers = servers(words, 1, command);
                yield asked(half -> answer(half.enable(servers), servers, json));
            }
            case "weight" -> {
                ServerPattern servers = servers(words, 2, command);
                int weight = weight(words.get(1));
                yield asked(half -> answer(half.weight(servers, weight), servers, json));
            }
            case "--help", "-h", "help" -> new Answer(0, USAGE, "");
            default -> throw new UsageException("no such command: " + command + "; lb-ctl --help lists them");
        };
    }

    private static void exactly(List<String> words, int wanted, String command) throws UsageException {
        if (words.size() != wanted) {
            throw new UsageException(words.size() < wanted
                    ? command + " needs " + (wanted == 1 ? "a server" : "a server and a number") + "; see lb-ctl --help"
                    : command + " takes no " + words.getLast() + "; see lb-ctl --help");
        }
    }

    private static ServerPattern servers(List<String> words, int wanted, String command) throws UsageException {
        exactly(words, wanted, command);
        try {
            return ServerPattern.parse(words.getFirst());
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
    }

    private static int weight(String text) throws UsageException {
        try {
            int weight = Integer.parseInt(text);
            if (weight >= 0 && weight <= MOST_WEIGHT) {
                return weight;
            }
        } catch (NumberFormatException e) {
            throw new UsageException("a weight is a number from 0 to " + MOST_WEIGHT + ", not " + text);
        }
        throw new UsageException("a weight is a number from 0 to " + MOST_WEIGHT + ", not " + text);
    }

    /** Takes {@code --for TIME} out of the words. */
    private static @Nullable Duration limit(List<String> words) throws UsageException {
        int at = -1;
        for (int i = 0; i < words.size() && at < 0; i++) {
            at = words.get(i).equals("--for") || words.get(i).startsWith("--for=") ? i : -1;
        }
        if (at < 0) {
            return null;
        }
        String word = words.remove(at);
        String time = word.startsWith("--for=") ? word.substring(6) : at < words.size() ? words.remove(at) : "";
        String seconds = !time.isEmpty() && time.chars().allMatch(c -> c >= '0' && c <= '9') ? time + "s" : time;
        try {
            Duration limit = Duration.parse("PT" + seconds.toUpperCase(Locale.ROOT));
            if (!limit.isNegative()) {
                return limit;
            }
        } catch (DateTimeParseException e) {
            throw new UsageException("--for takes a time such as 90s, 5m or 1h30m, not '" + time + "'");
        }
        throw new UsageException("--for takes a time such as 90s, 5m or 1h30m, not '" + time + "'");
    }

    private Answer asked(Function<Operator, Answer> question) {
        Operator half = operator;
        return half == null
                ? new Answer(1, "",
                        "lb-ctl: this director has no keepalived.conf (lbd --config FILE); change servers with"
                                + " ipvsadm\n")
                : question.apply(half);
    }

    private String status() {
        Operator half = operator;
        Counts own = counts;
        String known = half == null ? "" : StatusListing.of(half.status(), ZoneId.systemDefault());
        String sync = synchronising.get().stream().map(progress -> SyncListing.line(progress) + "\n")
                .collect(Collectors.joining());
        return known + (half == null || own == null ? "" : "\n") + sync + (own == null ? "" : own.status());
    }

    private void statusJson(tools.jackson.core.JsonGenerator json) {
        Operator half = operator;
        Counts own = counts;
        if (half != null) {
            StatusJson.status(json, half.status());
        }
        List<Progress> progress = synchronising.get();
        if (!progress.isEmpty()) {
            SyncListing.json(progress, json);
        }
        if (own != null) {
            own.status(json);
        }
    }

    private static Answer reload(Operator.Reloaded reloaded, boolean json) {
        int exit = reloaded.taken() ? 0 : 1;
        if (json) {
            return new Answer(exit, StatusJson.reloaded(reloaded), "");
        }
        String actions = !reloaded.taken()
                ? ""
                : reloaded.actions().isEmpty() ? "nothing to do\n" : lines(reloaded.actions());
        return new Answer(exit, actions, lines(reloaded.problems())
                + (reloaded.taken() ? "" : "lb-ctl: the file is not taken over; all goes on as before\n"));
    }

    private static String lines(List<String> texts) {
        return texts.stream().map(text -> text + "\n").collect(Collectors.joining());
    }

    private static Answer answer(Operator.Answer given, ServerPattern servers, boolean json) {
        Operator.Answer answer = given.changed().isEmpty() && given.problem() == null
                ? Operator.Answer.refused("no service has a server " + servers + "; lb-ctl status lists them")
                : given;
        String problem = answer.problem();
        int exit = problem == null ? 0 : 1;
        if (json) {
            return new Answer(exit, StatusJson.answer(answer), "");
        }
        return new Answer(exit, lines(answer.changed().stream()
                .map(change -> change.server() + " of " + change.service() + ": " + change.what()).toList()),
                problem == null ? "" : "lb-ctl: " + problem + "\n");
    }
}
