package dev.weir.firewall;

import dev.weir.firewall.Followed.NotFollowed;
import dev.weir.mark.MarkRules;
import dev.weir.mark.Target;
import dev.weir.mark.text.MarkTable;
import dev.weir.mark.text.PortNames;
import dev.weir.mark.text.RuleException;
import dev.weir.mark.text.SaveFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The mangle table by iptables-save(8), of either of its two kinds, which do not see each other's rules. */
final class IptablesSave {
    /** Targets that neither change a mark nor end a packet's way through the chain. */
    private static final Pattern HARMLESS = Pattern.compile(
            " -j (?:LOG|NFLOG|TCPMSS|TCPOPTSTRIP|TTL|HL|DSCP|TOS|ECN|CHECKSUM|CT|NOTRACK|TRACE|CLASSIFY|AUDIT|SET|TEE|"
                    + "RATEEST|LED|IDLETIMER)(?: |$)");
    private static final Pattern RULE = Pattern.compile("(?:-6 )?(-A .*)");

    private IptablesSave() {
    }

    /** The two kinds of iptables. */
    enum Kind {
        LEGACY("legacy"), NFT("nft");

        private final String name;

        Kind(String name) {
            this.name = name;
        }
    }

    /** @return null where it is not installed */
    static @Nullable Program program(Kind kind, boolean v4) {
        String iptables = v4 ? "iptables" : "ip6tables";
        Program own = Program.find(iptables + "-" + kind.name + "-save");
        if (own != null) {
            return own;
        }
        // Where there is but one kind, it goes by the plain name, and says in its version if it is the newer one.
        Program plain = Program.find(iptables + "-save");
        return plain != null && isNft(plain) == (kind == Kind.NFT) ? plain : null;
    }

    private static boolean isNft(Program program) {
        try {
            return program.run("-V").contains("nf_tables");
        } catch (IOException e) {
            return false;
        }
    }

    static Followed read(Program program, boolean v4) throws IOException {
        return parse(program.run("-t", "mangle"), v4);
    }

    /** @param saved what iptables-save or ip6tables-save printed */
    static Followed parse(String saved, boolean v4) {
        String tool = v4 ? "iptables " : "ip6tables ";
        SaveFile.Contents contents = SaveFile.read(saved, v4, PortNames.NONE);
        List<NotFollowed> notFollowed = new ArrayList<>();
        for (SaveFile.Problem problem : contents.problems()) {
            if (!HARMLESS.matcher(problem.text()).find()) {
                notFollowed.add(new NotFollowed(tool + problem.text(), problem.reason()));
            }
        }
        MarkTable table = v4 ? contents.v4() : contents.v6();
        MarkRules rules = MarkRules.NONE;
        try {
            rules = table.rules();
        } catch (RuleException e) {
            notFollowed.add(new NotFollowed(tool + "-t mangle", e.getMessage()));
        }
        boolean marks = rules.rules().stream().anyMatch(rule -> rule.target() instanceof Target.SetMark);
        // Where nothing sets a mark, nothing that ends the walk matters either.
        notFollowed.removeIf(not -> !marks && !not.rule().contains("MARK"));
        return new Followed(marks ? rules : MarkRules.NONE, marks ? text(table, v4) : List.of(), notFollowed);
    }

    private static List<String> text(MarkTable table, boolean v4) {
        String tool = v4 ? "iptables " : "ip6tables ";
        String saved = SaveFile.write(v4 ? table : MarkTable.EMPTY_V4, v4 ? MarkTable.EMPTY_V6 : table);
        return saved.lines().map(RULE::matcher).filter(Matcher::matches)
                .map(matcher -> tool + matcher.group(1)).toList();
    }
}
