package dev.weir.lab.transfer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Compares what the client and the servers saw of the same connections, and says whether all is as it must be. */
public final class TransferReport {
    private static final String USAGE = "usage: TransferReport open|ended CONNECTIONS CLIENT_FILE SERVER_FILE...";
    private static final int EXAMPLES = 5;

    private final boolean ended;
    private final List<String> problems = new ArrayList<>();
    private int broken;
    private long wrong;
    private long missing;
    private final long[] stalls;
    private final long[] stallsToServer;
    private final long[] stallsToClient;

    /**
     * @param ended whether the connections must have ended in an orderly way, with every byte; else they must be open
     * @param connections how many there must be, numbered from 0
     */
    TransferReport(boolean ended, int connections, List<Account> client, List<Account> servers) {
        this.ended = ended;
        stalls = new long[connections];
        stallsToServer = new long[connections];
        stallsToClient = new long[connections];
        Map<Integer, Account> clients = byConnection("the client knows", client, connections);
        Map<Integer, Account> served = byConnection("the servers know", servers, connections);
        for (int i = 0; i < connections; i++) {
            Account here = clients.get(i);
            Account there = served.get(i);
            if (here == null || there == null) {
                broken++;
                problems.add("connection " + i + " is unknown to " + (here == null ? "the client" : "the servers")
                        + (here == null ? "" : "; the client has: " + here.state()));
                continue;
            }
            compare(here, there);
            stallsToClient[i] = here.stallMillis();
            stallsToServer[i] = there.stallMillis();
            stalls[i] = Math.max(here.stallMillis(), there.stallMillis());
        }
        Arrays.sort(stalls);
        Arrays.sort(stallsToServer);
        Arrays.sort(stallsToClient);
    }

    private Map<Integer, Account> byConnection(String who, List<Account> accounts, int connections) {
        Map<Integer, Account> byConnection = new HashMap<>();
        for (Account account : accounts) {
            if (account.connection() < 0 || account.connection() >= connections) {
                problems.add(who + " of a connection " + account.connection() + ", which nobody made");
            } else if (byConnection.put(account.connection(), account) != null) {
                problems.add(who + " of two connections " + account.connection());
            }
        }
        return byConnection;
    }

    private void compare(Account client, Account server) {
        boolean whole = check("the client", client);
        whole &= check("the server", server);
        broken += whole ? 0 : 1;
        if (ended && whole) {
            checkTotals("to the server", client.connection(), client.sent(), server.received());
            checkTotals("to the client", client.connection(), server.sent(), client.received());
        }
    }

    /** Whether the connection is not broken. */
    private boolean check(String who, Account account) {
        wrong += account.wrong();
        if (account.wrong() > 0) {
            problems.add("connection " + account.connection() + ": " + account.wrong() + " bytes that " + who
                    + " received are wrong, the first at " + account.firstWrong());
        }
        if (account.state().equals(ended ? Account.ENDED : Account.OPEN)) {
            return true;
        }
        problems.add("connection " + account.connection() + ": " + who + " has: " + account.state());
        return false;
    }

    private void checkTotals(String direction, int connection, long sent, long received) {
        missing += Math.abs(sent - received);
        if (sent != received) {
            problems.add("connection " + connection + ": " + sent + " bytes were sent " + direction + ", " + received
                    + " arrived");
        }
    }

    boolean isGood() {
        return problems.isEmpty();
    }

    List<String> problems() {
        return problems;
    }

    int broken() {
        return broken;
    }

    long wrong() {
        return wrong;
    }

    long missing() {
        return missing;
    }

    /** One line; stalls are median, 99th percentile and maximum over connections, in milliseconds. */
    String line() {
        return "%d connections, %d broken, %d bytes wrong, %s; stalls (median / p99 / max) %s ms; to servers %s, to the client %s"
                .formatted(stalls.length, broken, wrong, ended ? missing + " missing" : "all open", spread(stalls),
                        spread(stallsToServer), spread(stallsToClient));
    }

    private static String spread(long[] sorted) {
        return percentile(sorted, 50) + " / " + percentile(sorted, 99) + " / " + percentile(sorted, 100);
    }

    /** The nearest rank: the least value that so many percent do not exceed. */
    static long percentile(long[] sorted, int percent) {
        return sorted[Math.max(0, (int) Math.ceilDiv((long) percent * sorted.length, 100L) - 1)];
    }

    public static void main(String[] arguments) throws IOException {
        if (arguments.length < 4 || !arguments[0].equals("open") && !arguments[0].equals("ended")) {
            System.err.println(USAGE);
            System.exit(2);
        }
        List<Account> servers = new ArrayList<>();
        for (String file : List.of(arguments).subList(3, arguments.length)) {
            servers.addAll(Account.readAll(Files.readAllLines(Path.of(file))));
        }
        TransferReport report = new TransferReport(arguments[0].equals("ended"), Integer.parseInt(arguments[1]),
                Account.readAll(Files.readAllLines(Path.of(arguments[2]))), servers);
        System.out.println(report.line());
        report.problems().stream().limit(EXAMPLES).forEach(problem -> System.out.println("  " + problem));
        if (report.problems().size() > EXAMPLES) {
            System.out.println("  and " + (report.problems().size() - EXAMPLES) + " more");
        }
        System.exit(report.isGood() ? 0 : 1);
    }
}
