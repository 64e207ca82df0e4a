package dev.weir.mark;

import dev.weir.wire.Packet;
import java.util.List;

/**
 * One rule: packets of one family that fulfil all matches meet its target. A rule of a chain to which another rule jumps
 * has that rule's matches as well.
 */
public record MarkRule(boolean v4, List<Match> matches, Target target) {
    public MarkRule {
        matches = List.copyOf(matches);
        for (Match match : matches) {
            if (match instanceof Match.Address address && address.address().isV4() != v4) {
                throw new IllegalArgumentException(address.address() + " in a rule for the other family");
            }
        }
    }

    /** @param input the name of the interface on which the packet came */
    public boolean matches(Packet packet, String input) {
        if (packet.v4() != v4) {
            return false;
        }
        for (int i = 0; i < matches.size(); i++) {
            if (!matches.get(i).matches(packet, input)) {
                return false;
            }
        }
        return true;
    }
}
