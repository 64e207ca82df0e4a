package dev.weir.soak;

import dev.weir.client.ControlMessage.Answer;
import dev.weir.testbed.LbdProcess;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The changes of services and servers, by ipvsadm. One thread makes them; {@link #removedSince} is anybody's. What may
 * move a connection is only that its server was removed, since expire_nodest_conn is 1.
 */
final class Churn {
    private static final List<String> SCHEDULERS = List.of("rr", "wrr", "lc", "wlc", "sh", "dh", "mh", "sed", "nq",
            "lblc", "lblcr", "twos");
    private static final int FEWEST_SERVERS = 2;
    private static final int MOST_WEIGHT = 9;

    private final LbdProcess lbd;
    private final Random random;
    /** For each service that is there, its servers and their weights. */
    private final Map<Integer, Map<Integer, Integer>> services = new TreeMap<>();
    private final AtomicLongArray removed = new AtomicLongArray(VirtualService.COUNT * VirtualService.SERVERS);
    private long commands;

    Churn(LbdProcess lbd, Random random) {
        this.lbd = lbd;
        this.random = random;
        for (int i = 0; i < removed.length(); i++) {
            removed.set(i, Long.MIN_VALUE);
        }
    }

    /** Every service that is not there, with some of its servers. */
    void addAll() throws IOException {
        for (int i = 0; i < VirtualService.COUNT; i++) {
            if (!services.containsKey(i)) {
                add(i);
            }
        }
    }

    /** After {@code ipvsadm -C}. */
    void forget() {
        services.clear();
    }

    /** Every server of a service takes connections. */
    void atFull(VirtualService service) throws IOException {
        for (int server : List.copyOf(servers(service.number()).keySet())) {
            set("-e", service.number(), server, 1);
        }
    }

    private void add(int number) throws IOException {
        VirtualService service = new VirtualService(number);
        List<String> words = words("-A", service);
        words.addAll(List.of("-s", SCHEDULERS.get(random.nextInt(SCHEDULERS.size()))));
        if (service.persistent()) {
            words.addAll(List.of("-p", "10"));
        }
        run(words);
        services.put(number, new TreeMap<>());
        for (int i = 0; i < FEWEST_SERVERS + 2; i++) {
            addServer(number);
        }
    }

    /** One to three changes. */
    void change() throws IOException {
        for (int i = 1 + random.nextInt(3); i > 0; i--) {
            int number = random.nextInt(VirtualService.COUNT);
            if (!services.containsKey(number)) {
                add(number);
            } else {
                change(number);
            }
        }
    }

    private void change(int number) throws IOException {
        switch (random.nextInt(10)) {
            case 0 -> delete(number);
            case 1, 2 -> removeServer(number);
            case 3, 4 -> addServer(number);
            case 5 -> weigh(number, 0);
            case 6 -> {
                List<String> words = words("-E", new VirtualService(number));
                words.addAll(List.of("-s", SCHEDULERS.get(random.nextInt(SCHEDULERS.size()))));
                if (new VirtualService(number).persistent()) {
                    words.addAll(List.of("-p", "10"));
                }
                run(words);
            }
            default -> weigh(number, 1 + random.nextInt(MOST_WEIGHT));
        }
    }

    private void delete(int number) throws IOException {
        List.copyOf(servers(number).keySet()).forEach(server -> mark(number, server));
        run(words("-D", new VirtualService(number)));
        services.remove(number);
        for (int server = 0; server < VirtualService.SERVERS; server++) {
            mark(number, server);
        }
    }

    private void addServer(int number) throws IOException {
        int server = random.nextInt(VirtualService.SERVERS);
        Map<Integer, Integer> servers = services.get(number);
        if (servers != null && !servers.containsKey(server)) {
            set("-a", number, server, 1 + random.nextInt(MOST_WEIGHT));
        }
    }

    private void weigh(int number, int weight) throws IOException {
        int server = any(number);
        if (server >= 0) {
            set("-e", number, server, weight);
        }
    }

    private void set(String command, int number, int server, int weight) throws IOException {
        VirtualService service = new VirtualService(number);
        List<String> words = words(command, service);
        words.addAll(service.words(server));
        words.addAll(List.of("-w", String.valueOf(weight)));
        run(words);
        servers(number).put(server, weight);
    }

    private void removeServer(int number) throws IOException {
        if (servers(number).size() > FEWEST_SERVERS) {
            int server = any(number);
            VirtualService service = new VirtualService(number);
            List<String> words = words("-d", service);
            words.addAll(service.words(server).subList(0, 2));
            mark(number, server);
            run(words);
            mark(number, server);
            servers(number).remove(server);
        }
    }

    private Map<Integer, Integer> servers(int number) {
        return services.getOrDefault(number, Map.of());
    }

    private int any(int number) {
        List<Integer> servers = new ArrayList<>(servers(number).keySet());
        return servers.isEmpty() ? -1 : servers.get(random.nextInt(servers.size()));
    }

    private void mark(int number, int server) {
        removed.set(number * VirtualService.SERVERS + server, System.nanoTime());
    }

    /** Whether a server was removed from a service at that time or later. */
    boolean removedSince(VirtualService service, int server, long moment) {
        long at = removed.get(service.number() * VirtualService.SERVERS + server);
        return at != Long.MIN_VALUE && at - moment >= 0;
    }

    /** For the text of a fault. */
    String lastRemoval(VirtualService service, int server, long now) {
        long at = removed.get(service.number() * VirtualService.SERVERS + server);
        return at == Long.MIN_VALUE
                ? "never removed"
                : "removed " + TimeUnit.NANOSECONDS.toMillis(now - at) + " ms ago";
    }

    private static List<String> words(String command, VirtualService service) {
        List<String> words = new ArrayList<>(List.of("ipvsadm", command));
        words.addAll(service.words());
        return words;
    }

    private void run(List<String> words) throws IOException {
        Answer answer = lbd.ask(words, "");
        commands++;
        if (answer.exit() != 0) {
            throw new IOException(String.join(" ", words) + ": " + answer.stderr().strip());
        }
    }

    long commands() {
        return commands;
    }
}
