package dev.weir.lbd;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Two directors that take an address over from each other, for the ahead-of-time cache. A backup becomes master for the first time
 * just when clients wait for it, in a thread that runs before all others: it had better not load and link classes then.
 */
final class Rehearsal {
    private static final int TAKEOVERS = 3;
    /** More than three adverts, and what a busy machine adds. */
    private static final long SETTLING_MILLIS = 1500;

    private final Path folder;

    /** @param folder for files and sockets */
    Rehearsal(Path folder) {
        this.folder = folder;
    }

    /**
     * The interfaces are joined to each other, with an address each, and this host takes packets from its own addresses
     * (accept_local).
     */
    void play(String one, String other) throws IOException, RefusalException, InterruptedException {
        try (Director _ = start(one, 100, List.of("--interface", one))) {
            Thread.sleep(SETTLING_MILLIS);
            for (int i = 0; i < TAKEOVERS; i++) {
                try (Director _ = start(other, 150, List.of("--run", "vrrp"))) {
                    Thread.sleep(SETTLING_MILLIS);
                }
                Thread.sleep(SETTLING_MILLIS);
            }
        }
    }

    private Director start(String device, int priority, List<String> more) throws IOException, RefusalException {
        Path file = Files.writeString(folder.resolve(device + ".conf"), """
                vrrp_instance VI_1 {
                    interface %s
                    virtual_router_id 51
                    priority %d
                    version 3
                    advert_int 0.1
                    virtual_ipaddress {
                        10.253.0.100/24
                    }
                }
                virtual_server 10.253.0.100 80 {
                    delay_loop 1
                    lb_algo rr
                    lb_kind NAT
                    protocol TCP
                    real_server 10.253.0.9 80 {
                        TCP_CHECK {
                            connect_timeout 1
                        }
                    }
                }
                """.formatted(device, priority));
        List<String> arguments = new ArrayList<>(List.of("--config", file.toString(), "--control",
                folder.resolve(device + ".sock").toString()));
        arguments.addAll(more);
        return Director.start(Options.parse(arguments, System.getenv()), problem -> {
            throw new IllegalStateException("VRRP died in training", problem);
        });
    }
}
