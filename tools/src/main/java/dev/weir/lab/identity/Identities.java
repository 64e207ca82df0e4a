package dev.weir.lab.identity;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/** The program of a client, which ends with status 0 if all connections were whole, and of a server, which runs on. */
public final class Identities {
    private static final String USAGE = """
            usage: Identities serve ADDRESS:PORT SEED
                   Identities ask ADDRESS:PORT SEED CONNECTIONS AT_ONCE SOURCE_ADDRESS...""";
    private static final int FIRST_SOURCE = 5;
    private static final long TURN_MILLIS = 1000;

    private Identities() {
    }

    public static void main(String[] arguments) throws IOException {
        boolean asks = arguments.length > FIRST_SOURCE && arguments[0].equals("ask");
        if (!asks && (arguments.length != 3 || !arguments[0].equals("serve"))) {
            System.err.println(USAGE);
            System.exit(2);
        }
        InetSocketAddress address = address(arguments[1]);
        long seed = Long.parseLong(arguments[2]);
        if (asks) {
            List<InetAddress> sources = new ArrayList<>();
            for (String source : List.of(arguments).subList(FIRST_SOURCE, arguments.length)) {
                sources.add(InetAddress.getByName(source));
            }
            System.exit(ask(address, seed, Long.parseLong(arguments[3]), Integer.parseInt(arguments[4]), sources));
        }
        try (Answering server = new Answering(address, seed)) {
            System.out.println("listening");
            while (true) {
                server.run(TURN_MILLIS);
            }
        }
    }

    private static int ask(InetSocketAddress server, long seed, long connections, int atOnce, List<InetAddress> sources)
            throws IOException {
        try (Asking client = new Asking(server, sources, seed)) {
            long began = System.nanoTime();
            client.run(connections, atOnce);
            System.out.println(client.report(System.nanoTime() - began));
            return client.whole() == connections ? 0 : 1;
        }
    }

    private static InetSocketAddress address(String text) throws IOException {
        int colon = text.lastIndexOf(':');
        return new InetSocketAddress(InetAddress.getByName(text.substring(0, colon)),
                Integer.parseInt(text.substring(colon + 1)));
    }
}
