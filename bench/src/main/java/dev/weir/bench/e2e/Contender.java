package dev.weir.bench.e2e;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** A director that stands between client and server: Weir, or what a user would run instead. */
sealed interface Contender permits WeirDirector, IpForward, NftDnat, HaProxy, NginxStream {
    /** TCP ports that each director passes to the first server: iperf3's and HTTP. */
    List<Integer> TCP_PORTS = List.of(5201, 80);

    /** As results and --only have it. */
    String name();

    /** The commands it needs. */
    List<Tool> tools();

    /** Begins to forward; what was started ends with {@link Director#close}. */
    Director start(Lab lab) throws IOException;

    /** Where a client sends to. */
    default String target() {
        return Lab.VIP;
    }

    /** What the server gets of a frame that a client sends to {@link #target}. */
    default Arrival arrival() {
        return Arrival.AT_A_SERVER;
    }

    enum Arrival {
        /** Addressed to the VIP as the client sent it. */
        AT_THE_VIP,
        /** Addressed to one of the servers. */
        AT_A_SERVER,
        /** The same, from one of the director's addresses. */
        FROM_THE_DIRECTOR,
        /** As the client sent it, behind an IPv4 header with one of the servers' addresses. */
        TUNNELLED
    }

    /** Which cores it uses in a placement, in words. */
    default String cores(Placement placement) {
        return switch (placement) {
            case C0 -> "core 0, the generator's: all of it";
            case C1 -> "core 1: all of it";
            case FREE -> "both, not pinned";
        };
    }

    /** One at work. */
    interface Director extends AutoCloseable {
        /** What its process has used of the processor; nothing where it is part of the kernel. */
        default Optional<ProcessorTime> processorTime() throws IOException {
            return Optional.empty();
        }

        @Override
        void close() throws IOException;
    }
}
