package dev.weir.replay;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Whether two outputs of ipvsadm say the same, where the arguments leave something open. */
final class Listings {
    /** -c among short options, or its long form. */
    private static final Pattern CONNECTIONS = Pattern.compile("-L?[a-z]*c[a-z]*|--connection");
    private static final int CONNECTION_TITLES = 2;
    private static final Pattern BLANKS = Pattern.compile("\\s+");

    private Listings() {
    }

    /**
     * Connections may come in any order, and their time left may differ by a second; with --nosort services may come in
     * any order; under --rate numbers may differ by 15 % or by 2.
     */
    static boolean agree(String arguments, String golden, String actual) {
        if (golden.equals(actual)) {
            return true;
        }
        List<String> flags = words(arguments);
        if (flags.stream().anyMatch(flag -> CONNECTIONS.matcher(flag).matches())) {
            return connectionsAgree(golden.lines().toList(), actual.lines().toList());
        }
        if (flags.contains("--nosort")) {
            return golden.lines().sorted().toList().equals(actual.lines().sorted().toList());
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

    private static boolean connectionsAgree(List<String> golden, List<String> actual) {
        if (golden.size() != actual.size() || golden.size() < CONNECTION_TITLES
                || !golden.subList(0, CONNECTION_TITLES).equals(actual.subList(0, CONNECTION_TITLES))) {
            return false;
        }
        List<Connection> expected = connections(golden);
        List<Connection> found = connections(actual);
        for (int i = 0; i < expected.size() && i < found.size(); i++) {
            if (!expected.get(i).what.equals(found.get(i).what)
                    || Math.abs(expected.get(i).seconds - found.get(i).seconds) > 1) {
                return false;
            }
        }
        return expected.size() == golden.size() - CONNECTION_TITLES && found.size() == expected.size();
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
        connections.sort(Comparator.comparing(Connection::what).thenComparingInt(Connection::seconds));
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
