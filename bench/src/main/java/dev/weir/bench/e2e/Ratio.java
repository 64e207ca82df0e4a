package dev.weir.bench.e2e;

import java.util.ArrayList;
import java.util.List;

/**
 * One line of the table of ratios: a contender's figure by another's, in the same round.
 *
 * @param atLeast what is to be reached
 * @param aim     what would be better; 0: nothing is said
 */
record Ratio(String text, double atLeast, double aim, Figure figure, Figure by) {
    private static final String BEST = "best pps";
    /** Within a quarter of NAT. */
    private static final double FULLNAT = 0.8;

    /** Where a figure stands in {@link Results}. */
    record Figure(String placement, String measure, String contender, String value) {
        List<Double> of(Results results) {
            return results.values(placement, measure, contender, value);
        }
    }

    static final List<Ratio> ALL = List.of(
            packets("UDP 64 B, DR, AF_XDP : nft DNAT, 10 k flows", 1.4, 1.7, "c0", "10k", "weir-dr-af-xdp", "nft-dnat"),
            packets("the same, 100 k flows", 1.9, 2.5, "c0", "100k", "weir-dr-af-xdp", "nft-dnat"),
            packets("UDP 64 B, NAT, AF_XDP : nft DNAT, 10 k flows", 1.3, 1.6, "c0", "10k", "weir-nat-af-xdp",
                    "nft-dnat"),
            packets("the same, 100 k flows", 1.8, 2.4, "c0", "100k", "weir-nat-af-xdp", "nft-dnat"),
            packets("UDP 64 B, DR, AF_PACKET : nft DNAT, 10 k flows", 1.1, 1.3, "c0", "10k", "weir-dr-af-packet",
                    "nft-dnat"),
            packets("UDP 64 B, DR, AF_XDP : ip_forward, 10 k flows", 0.85, 1.0, "c0", "10k", "weir-dr-af-xdp",
                    "ip-forward"),
            packets("one core for all of the director, DR, AF_XDP : nft DNAT", 0.8, 1.2, "c1", "10k", "weir-dr-af-xdp",
                    "nft-dnat"),
            packets("the same with busy polling", 0.8, 1.2, "c1", "10k", "weir-dr-af-xdp-busy-poll", "nft-dnat"),
            overload("twice the peak offered : peak, DR, AF_XDP, a core of its own", 0.9, "c0", "weir-dr-af-xdp"),
            overload("twice the peak offered : peak, DR, AF_XDP, one core for all", 0.5, "c1", "weir-dr-af-xdp"),
            overload("the same with busy polling", 0.5, "c1", "weir-dr-af-xdp-busy-poll"),
            free("TCP bulk through NAT : nft DNAT", 0.65, 1.0, "bulk", "received bit/s", "nft-dnat"),
            free("TCP bulk through NAT : HAProxy", 1.0, 1.5, "bulk", "received bit/s", "haproxy"),
            free("HTTP connections a second, NAT : nft DNAT", 0.85, 1.1, "http", "connections/s", "nft-dnat"),
            free("HTTP connections a second, NAT : HAProxy", 1.15, 1.5, "http", "connections/s", "haproxy"),
            packets("FULLNAT : NAT, UDP 64 B, AF_XDP, 10 k flows", FULLNAT, 1.0, "c0", "10k", "weir-fullnat-af-xdp",
                    "weir-nat-af-xdp"),
            packets("the same, 100 k flows", FULLNAT, 1.0, "c0", "100k", "weir-fullnat-af-xdp", "weir-nat-af-xdp"),
            fullNat("FULLNAT : NAT, TCP bulk", "bulk", "received bit/s"),
            fullNat("FULLNAT : NAT, HTTP connections a second", "http", "connections/s"));

    private static Ratio packets(String text, double atLeast, double aim, String placement, String flows,
            String contender, String by) {
        return new Ratio(text, atLeast, aim, new Figure(placement, "pps/" + flows, contender, BEST),
                new Figure(placement, "pps/" + flows, by, BEST));
    }

    private static Ratio overload(String text, double atLeast, String placement, String contender) {
        return new Ratio(text, atLeast, 0, new Figure(placement, "pps/10k", contender, "overload pps"),
                new Figure(placement, "pps/10k", contender, BEST));
    }

    private static Ratio free(String text, double atLeast, double aim, String measure, String value, String by) {
        return new Ratio(text, atLeast, aim, new Figure("free", measure, "weir-nat-af-packet", value),
                new Figure("free", measure, by, value));
    }

    private static Ratio fullNat(String text, String measure, String value) {
        return new Ratio(text, FULLNAT, 1.0, new Figure("free", measure, "weir-fullnat-af-packet", value),
                new Figure("free", measure, "weir-nat-af-packet", value));
    }

    /** Of each round that has both figures. */
    List<Double> reached(Results results) {
        List<Double> figures = figure.of(results);
        List<Double> others = by.of(results);
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < Math.min(figures.size(), others.size()); i++) {
            ratios.add(figures.get(i) / others.get(i));
        }
        return ratios;
    }
}
