package dev.weir.soak;

import dev.weir.testbed.DirectorHost;
import dev.weir.testbed.LbdProcess;
import java.io.IOException;
import java.util.List;

/**
 * Where frames went, as the director and its host count them.
 *
 * @param noRoom   frames that found no room when they came
 * @param refused  frames that the kernel refused to send
 * @param hostIn   IP packets that came to the host's own stack, those handed back to it among them
 * @param wireLost frames that the wires' director ends dropped before anybody saw them
 */
record Accounts(long received, long forwarded, long handedBack, long made, long dropped, long noRoom, long refused,
        long hostIn, long wireLost) {
    private static final List<String> STATUS = List.of("lb-ctl", "status");

    static Accounts of(LbdProcess lbd, DirectorHost host) throws IOException {
        return new Accounts(lbd.number(STATUS, "frames received"), lbd.number(STATUS, "frames forwarded"),
                lbd.number(STATUS, "frames handed back to the host"),
                lbd.number(STATUS, "frames made by the director (ICMP errors)"),
                lbd.number(STATUS, "frames dropped; lb-ctl drops says why"),
                bothEnds(lbd, "frames that found no room when they came"),
                bothEnds(lbd, "frames that the kernel refused to send"),
                counter(host.read("/proc/net/snmp").lines().filter(line -> line.startsWith("Ip: ")).toList())
                        + sixth(host.read("/proc/net/snmp6")),
                number(host.read("/sys/class/net/eth0/statistics/rx_dropped"))
                        + number(host.read("/sys/class/net/eth1/statistics/rx_dropped")));
    }

    private static long bothEnds(LbdProcess lbd, String name) throws IOException {
        return lbd.number(STATUS, "eth0: " + name) + lbd.number(STATUS, "eth1: " + name);
    }

    /** InReceives, from a line of names and one of numbers. */
    private static long counter(List<String> lines) {
        int place = List.of(lines.get(0).split(" ", -1)).indexOf("InReceives");
        return number(lines.get(1).split(" ", -1)[place]);
    }

    private static long sixth(String text) {
        return text.lines().filter(line -> line.startsWith("Ip6InReceives")).findFirst()
                .map(line -> number(line.substring("Ip6InReceives".length()))).orElseThrow();
    }

    private static long number(String text) {
        return Long.parseLong(text.strip());
    }

    Accounts since(Accounts start) {
        return new Accounts(received - start.received, forwarded - start.forwarded, handedBack - start.handedBack,
                made - start.made, dropped - start.dropped, noRoom - start.noRoom, refused - start.refused,
                hostIn - start.hostIn, wireLost - start.wireLost);
    }

    /** Of what the director received: neither sent, nor passed to the host, nor dropped for a reason. */
    long waiting() {
        return received - forwarded - handedBack - dropped;
    }

    /**
     * Of what was sent to the director: neither received by it, nor counted as lost, nor left to the host. What AF_XDP had
     * no room for, the wire's end counts too; of what AF_PACKET had none for, it knows nothing.
     */
    long unaccounted(long sent) {
        return sent - received - Math.max(noRoom, wireLost) - (hostIn - handedBack);
    }
}
