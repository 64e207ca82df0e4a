package dev.weir.mark;

/**
 * Ports from {@code first} to {@code last}, both included.
 *
 * @param first 0 to 65535
 * @param last  {@code first} to 65535
 */
public record PortRange(int first, int last) {
    public static final int HIGHEST = 65535;

    public PortRange {
        if (first < 0 || last > HIGHEST || first > last) {
            throw new IllegalArgumentException("a port range runs from 0 to 65535 upwards, not " + first + ":" + last);
        }
    }

    boolean holds(int port) {
        return first <= port && port <= last;
    }
}
