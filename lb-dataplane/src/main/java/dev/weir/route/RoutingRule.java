package dev.weir.route;

import java.util.List;

/**
 * One line of {@code ip rule}: packets of a family whose firewall mark agrees ask that table, and, where it has no route, the
 * next rule. A mask of 0 is for all packets.
 *
 * @param priority the smaller is asked first, and among equals the older; unsigned
 * @param table    its number, unsigned
 */
public record RoutingRule(boolean v4, long priority, int mark, int mask, int table) {
    public static final int LOCAL = 255;
    public static final int MAIN = 254;
    public static final int DEFAULT = 253;

    /** The rules that Linux begins with. */
    public static final List<RoutingRule> USUAL = List.of(all(true, 0, LOCAL), all(true, 32766, MAIN),
            all(true, 32767, DEFAULT), all(false, 0, LOCAL), all(false, 32766, MAIN));

    private static RoutingRule all(boolean v4, int priority, int table) {
        return new RoutingRule(v4, priority, 0, 0, table);
    }

    boolean applies(int packetMark) {
        return ((packetMark ^ mark) & mask) == 0;
    }
}
