package dev.weir.lab.transfer;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/**
 * The program of a client or a server. Ten times a second it writes how it stands into a file, as one line: connections
 * open, broken and ended, and since when (milliseconds of the clock) each of the open ones has received something; 0 as
 * long as one has received nothing at all. Standard input has commands, a line each:
 *
 * <pre>
 * mark FILE   writes an {@link Account} of each connection into the file, and forgets stalls
 * end FILE    ends all connections, waits until the other side has ended them, too, then writes the file; the program ends
 * </pre>
 */
public final class Transfers {
    private static final String USAGE = """
            usage: Transfers serve ADDRESS:PORT SEED INTERVAL STATUS_FILE [behind-proxy]
                   Transfers ask ADDRESS:PORT SEED INTERVAL STATUS_FILE CONNECTIONS SOURCE_ADDRESS...
            INTERVAL is milliseconds between two chunks of a connection.""";
    private static final int PAUSE_MILLIS = 5;
    private static final long STATUS_MILLIS = 100;
    /** TCP may wait that long before it tries again what was lost shortly before the end. */
    private static final long END_SECONDS = 60;

    private final Pump pump;
    private final boolean client;
    private final Path status;
    private final Queue<String> commands = new ConcurrentLinkedQueue<>();
    private long nextStatus = System.nanoTime();

    private Transfers(Pump pump, boolean client, Path status) {
        this.pump = pump;
        this.client = client;
        this.status = status;
    }

    public static void main(String[] arguments) throws IOException {
        boolean client = arguments.length > 0 && arguments[0].equals("ask");
        if (client ? arguments.length < 7 : !isServe(arguments)) {
            System.err.println(USAGE);
            System.exit(2);
        }
        try (Pump pump = new Pump(Long.parseLong(arguments[2]), Integer.parseInt(arguments[3]))) {
            Transfers transfers = new Transfers(pump, client, Path.of(arguments[4]));
            InetSocketAddress address = address(arguments[1]);
            if (client) {
                List<String> sources = List.of(arguments).subList(6, arguments.length);
                for (int i = 0; i < Integer.parseInt(arguments[5]); i++) {
                    InetAddress source = InetAddress.getByName(sources.get(i % sources.size()));
                    pump.connect(i, new InetSocketAddress(source, 0), address);
                }
            } else {
                pump.listen(address, arguments.length == 6);
            }
            Thread.ofPlatform().daemon().name("commands").start(transfers::readCommands);
            transfers.run();
        }
    }

    private static boolean isServe(String[] arguments) {
        return arguments.length > 0 && arguments[0].equals("serve")
                && (arguments.length == 5 || arguments.length == 6 && arguments[5].equals("behind-proxy"));
    }

    private static InetSocketAddress address(String text) throws IOException {
        int colon = text.lastIndexOf(':');
        return new InetSocketAddress(InetAddress.getByName(text.substring(0, colon)),
                Integer.parseInt(text.substring(colon + 1)));
    }

    private void readCommands() {
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try {
            String line;
            while ((line = input.readLine()) != null) {
                commands.add(line);
                pump.wake();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void run() throws IOException {
        while (true) {
            pump.run(PAUSE_MILLIS);
            String command = commands.poll();
            if (command != null && command.startsWith("mark ")) {
                write(Path.of(command.substring("mark ".length())));
                pump.transfers().forEach(Transfer::forgetStalls);
            } else if (command != null && command.startsWith("end ")) {
                end(Path.of(command.substring("end ".length())));
                return;
            } else if (command != null) {
                System.err.println("no such command: " + command);
            }
            writeStatus();
        }
    }

    private void end(Path file) throws IOException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(END_SECONDS);
        if (client) {
            pump.transfers().forEach(Transfer::finish);
        }
        while (pump.transfers().stream().anyMatch(Transfer::isOpen) && System.nanoTime() - deadline < 0) {
            pump.run(PAUSE_MILLIS);
            writeStatus();
        }
        for (Transfer transfer : pump.transfers()) {
            transfer.end("not ended within " + END_SECONDS + " s");
        }
        write(file);
    }

    private void write(Path file) throws IOException {
        long now = System.nanoTime();
        replace(file, pump.transfers().stream().map(transfer -> transfer.account(now).line()).toList());
    }

    private void writeStatus() throws IOException {
        long now = System.nanoTime();
        if (now - nextStatus < 0) {
            return;
        }
        nextStatus = now + TimeUnit.MILLISECONDS.toNanos(STATUS_MILLIS);
        replace(status, List.of(Standing.of(pump.transfers(), now, System.currentTimeMillis()).line()));
    }

    /** So that nobody reads a part of it. */
    private static void replace(Path file, List<String> lines) throws IOException {
        Path begun = file.resolveSibling(file.getFileName() + ".begun");
        Files.write(begun, lines);
        Files.move(begun, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private record Standing(int open, int broken, int ended, long allReceivedSince) {
        static Standing of(List<Transfer> transfers, long now, long nowMillis) {
            int open = 0;
            int broken = 0;
            int ended = 0;
            long longest = 0;
            boolean established = true;
            for (Transfer transfer : transfers) {
                if (transfer.isOpen()) {
                    open++;
                    established &= transfer.isEstablished();
                    longest = Math.max(longest, now - transfer.lastProgress());
                } else if (transfer.isBroken()) {
                    broken++;
                } else {
                    ended++;
                }
            }
            long since = nowMillis - TimeUnit.NANOSECONDS.toMillis(longest);
            return new Standing(open, broken, ended, established ? since : 0);
        }

        String line() {
            return open + " " + broken + " " + ended + " " + allReceivedSince;
        }
    }
}
