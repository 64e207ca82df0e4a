package dev.weir.bench.e2e;

import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** nftables: destination NAT with conntrack, servers chosen by a hash of client address and port. */
record NftDnat() implements Contender {
    @Override
    public String name() {
        return "nft-dnat";
    }

    @Override
    public List<Tool> tools() {
        return List.of(Tool.NFT);
    }

    @Override
    public Director start(Lab lab) throws IOException {
        lab.in(Lab.Role.DIRECTOR, "sysctl", "-qw", "net.ipv4.ip_forward=1");
        Shell.run(new ProcessBuilder(lab.command(Lab.Role.DIRECTOR, List.of("nft", "-f", "-"))), rules());
        return () -> lab.in(Lab.Role.DIRECTOR, "nft", "delete", "table", "ip", "bench");
    }

    static String rules() {
        String servers = IntStream.range(0, Lab.SERVERS.size()).mapToObj(i -> i + " : " + Lab.SERVERS.get(i))
                .collect(Collectors.joining(", "));
        String ports = TCP_PORTS.stream().map(String::valueOf).collect(Collectors.joining(", "));
        return """
                table ip bench {
                    chain prerouting {
                        type nat hook prerouting priority dstnat;
                        ip daddr %s udp dport %d dnat to jhash ip saddr . udp sport mod %d map { %s }
                        ip daddr %s tcp dport { %s } dnat to %s
                    }
                }
                """.formatted(Lab.VIP, FloodFrame.PORT, Lab.SERVERS.size(), servers, Lab.VIP, ports,
                Lab.SERVERS.getFirst());
    }
}
