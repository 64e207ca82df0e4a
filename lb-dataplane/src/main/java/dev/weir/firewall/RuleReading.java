package dev.weir.firewall;

import dev.weir.firewall.BaseChain.Hook;
import dev.weir.sys.Xtables;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One reading of the host's rules, by the host's own tools. A packet meets chains by their hook and priority; at one
 * priority, iptables-legacy's first, then iptables-nft's, then others of nftables.
 */
final class RuleReading {
    /** NF_IP_PRI_MANGLE. */
    private static final int MANGLE = -150;
    /** NF_IP_PRI_NAT_SRC less one: where IPVS itself stands at input. Chains behind it come too late. */
    private static final int IPVS = 99;

    /** Whose rules come first where hook and priority are the same. */
    private enum Kind {
        LEGACY, IPTABLES_NFT, NFT
    }

    private record Part(Hook hook, int priority, Kind kind, Followed rules) {
    }

    private final List<Part> parts = new ArrayList<>();
    private final Map<String, NftTable> tables = new HashMap<>();
    private final Set<String> saved = new HashSet<>();

    private RuleReading() {
    }

    /** @param legacy the families of which iptables-legacy has a mangle table; to look into others would make them */
    static Followed all(Set<Xtables.Family> legacy) throws IOException {
        RuleReading reading = new RuleReading();
        for (Xtables.Family family : legacy) {
            reading.legacy(family == Xtables.Family.IPV4);
        }
        for (BaseChain chain : BaseChain.all()) {
            reading.nftables(chain);
        }
        reading.parts.sort(Comparator.comparing(Part::hook).thenComparingInt(Part::priority).thenComparing(Part::kind));
        return reading.parts.stream().map(Part::rules).reduce(Followed.NOTHING, Followed::then);
    }

    private void legacy(boolean v4) throws IOException {
        Program program = IptablesSave.program(IptablesSave.Kind.LEGACY, v4);
        String iptables = v4 ? "iptables-legacy" : "ip6tables-legacy";
        parts.add(new Part(Hook.PREROUTING, MANGLE, Kind.LEGACY, program != null
                ? IptablesSave.read(program, v4)
                : Followed.not(iptables + " -t mangle",
                        iptables + "-save is not installed, to read its rules; install iptables")));
    }

    private void nftables(BaseChain chain) throws IOException {
        if (chain.hook() == Hook.INPUT && chain.priority() >= IPVS) {
            return;
        }
        Program save = chain.isOfIptables() ? IptablesSave.program(IptablesSave.Kind.NFT, chain.isV4()) : null;
        if (save == null) {
            parts.add(new Part(chain.hook(), chain.priority(), Kind.NFT, byNft(chain)));
        } else if (saved.add(chain.family())) {
            parts.add(new Part(Hook.PREROUTING, MANGLE, Kind.IPTABLES_NFT, IptablesSave.read(save, chain.isV4())));
        }
    }

    private Followed byNft(BaseChain chain) throws IOException {
        NftTable table = table(chain);
        if (table == null) {
            return chain.type().equals("filter")
                    ? Followed.not("nft " + chain.family() + " " + chain.table() + " " + chain.name(),
                            "nft is not installed, to read its rules; install nftables")
                    : Followed.NOTHING;
        }
        if (chain.hook() == Hook.INGRESS) {
            return table.refuse(chain.name(), "a mark that is set at ingress comes too late for Weir; set it at "
                    + "prerouting");
        }
        if (!chain.type().equals("filter")) {
            return table.refuse(chain.name(), "a chain of type " + chain.type() + " sees only a connection's first "
                    + "packet; set marks in one of type filter");
        }
        return table.follow(chain.name());
    }

    private @Nullable NftTable table(BaseChain chain) throws IOException {
        String key = chain.family() + " " + chain.table();
        NftTable known = tables.get(key);
        Program nft = known == null ? Program.find("nft") : null;
        if (nft == null) {
            return known;
        }
        NftTable read = new NftTable(chain.family(), chain.table(),
                Json.parse(nft.run("-j", "list", "table", chain.family(), chain.table())),
                nft.run("-a", "list", "table", chain.family(), chain.table()));
        tables.put(key, read);
        return read;
    }
}
