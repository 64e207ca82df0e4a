package dev.weir.lab.transfer;

import java.util.ArrayList;
import java.util.List;

/**
 * What one end of a connection knows of it, as a line of the files that the programs of a run write.
 *
 * @param sent bytes that this end's kernel took
 * @param wrong bytes received that are not the stream's
 * @param firstWrong the place of the first of them, or -1
 * @param stallMillis the longest time without a byte received since stalls were last forgotten
 * @param state {@link #OPEN}, {@link #ENDED}, or what broke it
 */
record Account(int connection, long sent, long received, long wrong, long firstWrong, long stallMillis, String state) {
    static final String OPEN = "open";
    static final String ENDED = "ended";
    private static final String SEPARATOR = "\t";

    boolean isBroken() {
        return !state.equals(OPEN) && !state.equals(ENDED);
    }

    String line() {
        return String.join(SEPARATOR, Integer.toString(connection), Long.toString(sent), Long.toString(received),
                Long.toString(wrong), Long.toString(firstWrong), Long.toString(stallMillis),
                state.replace(SEPARATOR, " "));
    }

    /** @throws IllegalArgumentException for what {@link #line} does not write */
    static Account read(String line) {
        String[] fields = line.split(SEPARATOR, -1);
        if (fields.length != 7) {
            throw new IllegalArgumentException("not a connection's account: " + line);
        }
        return new Account(Integer.parseInt(fields[0]), Long.parseLong(fields[1]), Long.parseLong(fields[2]),
                Long.parseLong(fields[3]), Long.parseLong(fields[4]), Long.parseLong(fields[5]), fields[6]);
    }

    static List<Account> readAll(List<String> lines) {
        List<Account> accounts = new ArrayList<>(lines.size());
        for (String line : lines) {
            accounts.add(read(line));
        }
        return accounts;
    }
}
