package dev.weir.replay;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Whether two outputs of ipvsadm say the same, where the arguments leave something open. */
final class Listings {
    /** -c among short options, or its long form. */
    private static final Pattern CONNECTIONS = Pattern.compile("-L?[a-z]*c[a-z]*|--connection");
    private static final int CONNECTION_TITLES = 2;
    /** The seven columns of a connection's time in /proc, and what stands around it. */
    private static final Pattern TIME = Pattern.compile("(.{40,})(?=.{7}(?: sip .*)?$)( *\\d+)((?: sip .*)?)");
    private static final Comparator<Connection> CONNECTION_ORDER = Comparator.comparing(Connection::what)
            .thenComparingInt(Connection::seconds);
    private static final Pattern BLANKS = Pattern.compile("\\s+");

    private Listings() {
    }

    /**
     * Connections may come in any order, and their time left may differ by a second; with --nosort services may come in
     * any order; under --rate numbers may differ by 15 % or by 2.
     *
     * @param late by how many seconds connections may have less time left, besides
     */
    static boolean agree(Step step, String golden, String actual, int late) {
        return switch (step) {
            case Step.Ipvsadm(String arguments, String stdin) -> agree(arguments, golden, actual, late);
            case Step.Proc(String file) -> filesAgree(file, golden, actual, late);
            default -> golden.equals(actual);
        };
    }

    /** Byte for byte, but that lines may come in any order, a connection's time may differ by a second, and a rate at will. */
    private static boolean filesAgree(String file, String golden, String actual, int late) {
        if (file.startsWith("net/ip_vs_conn")) {
            return agree(timedLines(golden), timedLines(actual), late);
        }
        if (file.startsWith("net/ip_vs_stats")) {
            return withoutRates(golden).equals(withoutRates(actual));
        }
        return sortedLines(golden).equals(sortedLines(actual));
    }

    private static List<Connection> timedLines(String text) {
        return text.lines().map(line -> {
            Matcher time = TIME.matcher(line);
            return time.matches()
                    ? new Connection(time.group(1) + time.group(3), Integer.parseInt(time.group(2).strip()))
                    : new Connection(line, 0);
        }).sorted(CONNECTION_ORDER).toList();
    }

    private static String withoutRates(String text) {
        int line = text.stripTrailing().lastIndexOf('\n');
        return text.substring(0, line) + text.substring(line).replaceAll("[0-9A-F]", "0").replaceAll(" +0+", " 0");
    }

    private static List<String> sortedLines(String text) {
        return text.lines().sorted().toList();
    }

    static boolean agree(String arguments, String golden, String actual) {
        return agree(arguments, golden, actual, 0);
    }

    private static boolean agree(String arguments, String golden, String actual, int late) {
        if (golden.equals(actual)) {
            return true;
        }
        List<String> flags = words(arguments);
        if (flags.stream().anyMatch(flag -> CONNECTIONS.matcher(flag).matches())) {
            return connectionsAgree(golden.lines().toList(), actual.lines().toList(), late);
        }
        if (flags.contains("--nosort")) {
            return sortedLines(golden).equals(sortedLines(actual));
        }
        return flags.contains("--rate") && ratesAgree(words(golden), words(actual));
    }

    /** @param what all fields but the time */
    private record Connection(String what, int seconds) {
        static @Nullable Connection of(String line) {
            List<String> fields = new ArrayList<>(words(line));
            if (fields.size() < 3 || !fields.get(1).matches("\\d{1,6}(:\\d{1,6}){0,2}")) {
                return null;
            }
            int seconds = Arrays.stream(fields.remove(1).split(":", -1)).mapToInt(Integer::parseInt)
                    .reduce(0, (sum, part) -> sum * 60 + part);
            return new Connection(String.join(" ", fields), seconds);
        }
    }

    private static boolean connectionsAgree(List<String> golden, List<String> actual, int late) {
        if (golden.size() != actual.size() || golden.size() < CONNECTION_TITLES
                || !golden.subList(0, CONNECTION_TITLES).equals(actual.subList(0, CONNECTION_TITLES))) {
            return false;
        }
        List<Connection> expected = connections(golden);
        return expected.size() == golden.size() - CONNECTION_TITLES && agree(expected, connections(actual), late);
    }

    private static boolean agree(List<Connection> expected, List<Connection> found, int late) {
        for (int i = 0; i < expected.size() && i < found.size(); i++) {
            int less = expected.get(i).seconds - found.get(i).seconds;
            if (!expected.get(i).what.equals(found.get(i).what) || less < -1 || less > 1 + late) {
                return false;
            }
        }
        return found.size() == expected.size();
    }

    /** Sorted; a line that is no connection is left out. */
    private static List<Connection> connections(List<String> lines) {
        List<Connection> connections = new ArrayList<>();
        for (String line : lines.subList(CONNECTION_TITLES, lines.size())) {
            Connection connection = Connection.of(line);
            if (connection != null) {
                connections.add(connection);
            }
        }
        connections.sort(CONNECTION_ORDER);
        return connections;
    }

    private static boolean ratesAgree(List<String> golden, List<String> actual) {
        for (int i = 0; i < golden.size() && i < actual.size(); i++) {
            if (!golden.get(i).equals(actual.get(i)) && !isNear(golden.get(i), actual.get(i))) {
                return false;
            }
        }
        return golden.size() == actual.size();
    }

    private static boolean isNear(String golden, String actual) {
        if (!golden.matches("\\d{1,18}") || !actual.matches("\\d{1,18}")) {
            return false;
        }
        long expected = Long.parseLong(golden);
        return Math.abs(expected - Long.parseLong(actual)) <= Math.max(2, 0.15 * expected);
    }

    private static List<String> words(String text) {
        return BLANKS.splitAsStream(text.strip()).toList();
    }
}
