package dev.weir.lbd;

import dev.weir.engine.Director;
import dev.weir.engine.LocalUse;
import dev.weir.service.Forwarding;
import dev.weir.service.RealServer;
import dev.weir.service.ServiceTable;
import dev.weir.service.VirtualService;
import dev.weir.wire.IpAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Tells, once for each, of what stands in the way of FULLNAT and source NAT: ports of a local address that are nearly all in use, or all; an
 * address that is not this host's; a server without a local address. The control thread looks.
 */
final class LocalAddressWatch {
    /** Seconds between two looks. */
    static final int INTERVAL = 5;
    private static final int NEARLY_FULL = 80;
    private static final int ROOM_AGAIN = 60;

    private final Director director;
    private final Predicate<IpAddress> others;
    private final Consumer<String> told;
    /** Only those of which there was something to tell. */
    private final Map<Way, Standing> ways = new HashMap<>();
    private Set<String> before = Set.of();

    private record Way(IpAddress local, int protocol, IpAddress server, int port) {
        @Override
        public String toString() {
            return "local address " + local + " towards " + (server.isV4() ? server : "[" + server + "]") + ":" + port;
        }
    }

    private final class Standing {
        private final Rise refused;
        private boolean nearlyFull;

        Standing(Way way) {
            refused = new Rise(
                    count -> way + ": all ports are in use, " + count
                            + " connections were refused; add a local address",
                    count -> way + ": no connection is refused any more; " + count + " were", told);
        }
    }

    /**
     * @param others whether an address is another director's now, so that it need not be this host's
     * @param told   a line for the log
     */
    LocalAddressWatch(Director director, Predicate<IpAddress> others, Consumer<String> told) {
        this.director = director;
        this.others = others;
        this.told = told;
    }

    void look() {
        director.localUse().stream().collect(Collectors.groupingBy(
                use -> new Way(use.local(), use.protocol(), use.server(), use.serverPort()))).forEach(this::look);
        Set<String> now = hindrances(director.services().current());
        now.stream().filter(line -> !before.contains(line)).forEach(told);
        before = now;
    }

    /** @param workers one of each worker's that has used it; the others' ports are no help to one that has none left */
    private void look(Way way, List<LocalUse> workers) {
        int percent = workers.stream().mapToInt(LocalUse::percent).max().orElse(0);
        long refused = workers.stream().mapToLong(LocalUse::refused).sum();
        if (percent < NEARLY_FULL && refused == 0 && !ways.containsKey(way)) {
            return;
        }
        Standing standing = ways.computeIfAbsent(way, Standing::new);
        if (standing.nearlyFull ? percent < ROOM_AGAIN : percent >= NEARLY_FULL) {
            standing.nearlyFull = !standing.nearlyFull;
            told.accept(way + ": " + percent + " % of its ports are in use" + (standing.nearlyFull
                    ? "; connections are refused when all are: add a local address"
                    : ", there is room again"));
        }
        standing.refused.look(refused);
    }

    private Set<String> hindrances(ServiceTable services) {
        Set<String> lines = new HashSet<>();
        Stream.concat(services.localAddresses().stream(),
                Stream.concat(services.all().stream().flatMap(service -> service.localAddresses().stream()),
                        services.sourceNats().stream().flatMap(rule -> rule.addresses().stream())))
                .filter(local -> !director.bears(local) && !others.test(local))
                .forEach(local -> lines.add("local address " + local
                        + " is not this host's: answers to it do not come here; add it to an interface"));
        for (VirtualService service : services.all()) {
            List<IpAddress> pool = service.localAddresses().isEmpty()
                    ? services.localAddresses()
                    : service.localAddresses();
            service.servers().stream().filter(server -> lacks(pool, server))
                    .forEach(server -> lines.add("server " + server.address() + " of " + service.key().name()
                            + " is under FULLNAT and has no local address of its family, so it gets no connection; add"
                            + " one (ipvsadm --add-laddr)"));
        }
        return lines;
    }

    private static boolean lacks(List<IpAddress> pool, RealServer server) {
        return server.settings().forwarding() instanceof Forwarding.FullNat
                && pool.stream().noneMatch(local -> local.isV4() == server.address().isV4());
    }
}
