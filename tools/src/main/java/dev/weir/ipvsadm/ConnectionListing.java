package dev.weir.ipvsadm;

import dev.weir.connection.ConnectionEntry;
import dev.weir.service.Protocol;
import java.util.List;
import java.util.Locale;

/** -Lc. */
final class ConnectionListing {
    private static final String TITLES = "pro expire state       source             virtual            destination";

    private ConnectionListing() {
    }

    /**
     * Under FULLNAT the director's own end towards the server comes last.
     *
     * @param engineData whether columns for the persistence engine are wanted (--persistent-conn), in place of that
     */
    static String text(List<ConnectionEntry> connections, boolean engineData, Endpoints endpoints) {
        boolean locals = !engineData && connections.stream().anyMatch(entry -> entry.local() != null);
        StringBuilder out = new StringBuilder("IPVS connection entries\n").append(TITLES);
        out.append(engineData ? "        pe name          pe_data\n" : locals ? "        local\n" : "\n");
        for (ConnectionEntry entry : connections) {
            Protocol protocol = Protocol.of(entry.protocol());
            String expires = String.format(Locale.ROOT, "%02d:%02d", entry.expires() / 60, entry.expires() % 60);
            out.append(String.format(Locale.ROOT, "%-3s %-6s %-11s %-18s %-18s ",
                    entry.protocolName(), expires, entry.state(),
                    endpoints.text(entry.client(), entry.clientPort(), protocol),
                    endpoints.text(entry.virtual(), entry.virtualPort(), protocol)));
            String server = endpoints.text(entry.server(), entry.serverPort(), protocol);
            ConnectionEntry.Local local = entry.local();
            if (engineData && entry.callId() != null) {
                out.append(String.format(Locale.ROOT, "%-16s %-18s %s", server, "sip", entry.callId()));
            } else if (!engineData && local != null) {
                out.append(String.format(Locale.ROOT, "%-18s %s", server,
                        endpoints.text(local.address(), local.port(), protocol)));
            } else {
                out.append(server);
            }
            out.append('\n');
        }
        return out.toString();
    }
}
