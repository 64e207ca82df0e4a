package dev.weir.bench.e2e;

import dev.weir.bench.e2e.WeirDirector.Method;
import dev.weir.bench.e2e.WeirDirector.Port;
import dev.weir.sys.Processors;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * One contender in one measurement, placed.
 *
 * @param inTable the table of ratios needs it
 */
record Case(Placement placement, Measure measure, Contender contender, boolean inTable) {
    private static final Contender DR_XDP = new WeirDirector(Method.DR, Port.AF_XDP);
    private static final Contender NAT_XDP = new WeirDirector(Method.NAT, Port.AF_XDP);
    private static final Contender FULLNAT_XDP = new WeirDirector(Method.FULLNAT, Port.AF_XDP);
    private static final Contender FULLNAT_PACKET = new WeirDirector(Method.FULLNAT, Port.AF_PACKET);
    private static final Contender DR_PACKET = new WeirDirector(Method.DR, Port.AF_PACKET);
    private static final Contender NAT_PACKET = new WeirDirector(Method.NAT, Port.AF_PACKET);

    /** As --only has it. */
    String name() {
        return placement.text() + "/" + measure.name() + "/" + contender.name();
    }

    /** All that there are, in the order in which a round has them: what is compared stands close together. */
    static List<Case> all() {
        List<Case> all = new ArrayList<>();
        Measure both = new PacketRate(List.of(10_000L, 100_000L));
        Measure one = new PacketRate(List.of(10_000L));
        add(all, Placement.C0, both, true, new NftDnat(), DR_XDP, NAT_XDP, FULLNAT_XDP, new IpForward());
        add(all, Placement.C0, one, true, DR_PACKET);
        add(all, Placement.C0, one, false, NAT_PACKET, new WeirDirector(Method.TUN, Port.AF_XDP),
                new WeirDirector(Method.TUN, Port.AF_PACKET), new WeirDirector(Method.DR, Port.PCAP),
                new WeirDirector(Method.NAT, Port.PCAP));
        add(all, Placement.C1, one, true, new NftDnat(), DR_XDP, new WeirDirector(Method.DR, Port.AF_XDP_BUSY_POLL));
        add(all, Placement.C1, one, false, DR_PACKET, new IpForward());
        add(all, Placement.C0, new NewConnections(), false, new NftDnat(), NAT_XDP, NAT_PACKET, FULLNAT_XDP);
        add(all, Placement.FREE, new BulkTransfer(), true, new NftDnat(), NAT_PACKET, FULLNAT_PACKET, new HaProxy());
        add(all, Placement.FREE, new BulkTransfer(), false, new NginxStream(), new IpForward());
        add(all, Placement.FREE, new HttpRate(), true, new NftDnat(), NAT_PACKET, FULLNAT_PACKET, new HaProxy());
        add(all, Placement.FREE, new HttpRate(), false, new NginxStream(), new IpForward());
        return all;
    }

    /** What a short run has: each contender once in each kind of measurement. */
    static List<Case> withoutRepetition(List<Case> cases) {
        Map<String, Case> first = new LinkedHashMap<>();
        cases.forEach(one -> first.putIfAbsent(one.measure.name() + "/" + one.contender.name(), one));
        return List.copyOf(first.values());
    }

    private static void add(List<Case> all, Placement placement, Measure measure, boolean inTable,
            Contender... contenders) {
        for (Contender contender : contenders) {
            all.add(new Case(placement, measure, contender, inTable));
        }
    }

    Stream<Tool> tools() {
        return Stream.concat(Tool.ALWAYS.stream(), Stream.concat(measure.tools().stream(), contender.tools().stream()));
    }

    /** Core 1 is the director's: this process and what it starts stay off it, but where nothing is pinned. */
    List<Sample> run(int round, Measure.Effort effort) throws IOException {
        BitSet before = Processors.allowed();
        if (placement != Placement.FREE) {
            Processors.leave(List.of(1));
        }
        try {
            return measured(round, effort);
        } finally {
            Processors.allowAll(before);
        }
    }

    private List<Sample> measured(int round, Measure.Effort effort) throws IOException {
        try (Lab lab = Lab.build(placement)) {
            return measure.of(lab, contender, effort).stream().map(reading -> new Sample(reading.measure(),
                    contender.name(), placement.text(), contender.cores(placement), round, reading.values())).toList();
        }
    }
}
