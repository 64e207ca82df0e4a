package dev.weir.engine;

import java.util.List;

/**
 * What IPVS reads from the sysctls under net.ipv4.vs, with the kernel's names and defaults; see the kernel's
 * ipvs-sysctl.rst for what each does. Immutable: a worker takes the newest once a burst.
 *
 * @param sloppyTcp               a TCP connection may begin with any segment but an RST
 * @param expireNodestConn        connections end when a packet finds their server gone, or a SYN finds its weight 0
 * @param expireQuiescentTemplate a server of weight 0 gets no more connections from its persistent clients
 * @param connReuseMode           bits: 1 a SYN begins a new connection on one that is over, 2 also on one in FIN_WAIT
 *                                whose answers the director does not see; 0 never
 * @param dropPacket              0, or 3: one of {@code amDroprate} packets that begin a connection is dropped
 * @param amDroprate              1 and up
 * @param secureTcp               0, or 3: TCP states move by the table against SYN floods
 * @param pmtuDisc                whether a tunnelled packet's DF is kept in the outer header
 */
public record Settings(boolean sloppyTcp, boolean expireNodestConn, boolean expireQuiescentTemplate, int connReuseMode,
        int dropPacket, int amDroprate, int secureTcp, boolean pmtuDisc) {
    public static final Settings DEFAULT = new Settings(false, false, false, 1, 0, 10, 0, true);
    /** Of drop_packet and secure_tcp. Modes 1 and 2 go by free memory, and Weir's is all reserved when it starts. */
    private static final int ALWAYS = 3;

    /** The names that {@link #with} and {@link #value} know. */
    public static List<String> keys() {
        return List.of("am_droprate", "conn_reuse_mode", "drop_packet", "expire_nodest_conn",
                "expire_quiescent_template", "pmtu_disc", "secure_tcp", "sloppy_tcp");
    }

    /**
     * @param key  a name of {@link #keys}
     * @param text a decimal number
     * @throws IllegalArgumentException where Weir has no such setting, or not that value of it; says which there are
     */
    public Settings with(String key, String text) {
        int value = number(key, text);
        return switch (key) {
            case "sloppy_tcp" -> new Settings(value != 0, expireNodestConn, expireQuiescentTemplate, connReuseMode,
                    dropPacket, amDroprate, secureTcp, pmtuDisc);
            case "expire_nodest_conn" -> new Settings(sloppyTcp, value != 0, expireQuiescentTemplate, connReuseMode,
                    dropPacket, amDroprate, secureTcp, pmtuDisc);
            case "expire_quiescent_template" -> new Settings(sloppyTcp, expireNodestConn, value != 0, connReuseMode,
                    dropPacket, amDroprate, secureTcp, pmtuDisc);
            case "conn_reuse_mode" -> new Settings(sloppyTcp, expireNodestConn, expireQuiescentTemplate, value,
                    dropPacket, amDroprate, secureTcp, pmtuDisc);
            case "drop_packet" -> new Settings(sloppyTcp, expireNodestConn, expireQuiescentTemplate, connReuseMode,
                    mode(key, value), amDroprate, secureTcp, pmtuDisc);
            case "am_droprate" -> new Settings(sloppyTcp, expireNodestConn, expireQuiescentTemplate, connReuseMode,
                    dropPacket, Math.max(1, value), secureTcp, pmtuDisc);
            case "secure_tcp" -> new Settings(sloppyTcp, expireNodestConn, expireQuiescentTemplate, connReuseMode,
                    dropPacket, amDroprate, mode(key, value), pmtuDisc);
            case "pmtu_disc" -> withPmtuDisc(value != 0);
            default -> throw unknown(key);
        };
    }

    Settings withPmtuDisc(boolean value) {
        return new Settings(sloppyTcp, expireNodestConn, expireQuiescentTemplate, connReuseMode, dropPacket, amDroprate,
                secureTcp, value);
    }

    /**
     * A setting as a number, as the kernel shows it.
     *
     * @throws IllegalArgumentException where Weir has no such setting; says which there are
     */
    public int value(String key) {
        return switch (key) {
            case "sloppy_tcp" -> sloppyTcp ? 1 : 0;
            case "expire_nodest_conn" -> expireNodestConn ? 1 : 0;
            case "expire_quiescent_template" -> expireQuiescentTemplate ? 1 : 0;
            case "conn_reuse_mode" -> connReuseMode;
            case "drop_packet" -> dropPacket;
            case "am_droprate" -> amDroprate;
            case "secure_tcp" -> secureTcp;
            case "pmtu_disc" -> pmtuDisc ? 1 : 0;
            default -> throw unknown(key);
        };
    }

    private static int number(String key, String text) {
        if (!keys().contains(key)) {
            throw unknown(key);
        }
        try {
            return Integer.parseInt(text.strip());
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(key + " must be a number, not '" + text + "'", e);
        }
    }

    private static int mode(String key, int value) {
        if (value != 0 && value != ALWAYS) {
            throw new IllegalArgumentException(key + " may be 0 (never) or 3 (always), not " + value
                    + ": modes 1 and 2 go by free memory, and Weir reserves its memory when it starts");
        }
        return value;
    }

    private static IllegalArgumentException unknown(String key) {
        return new IllegalArgumentException(
                "Weir has no setting " + key + "; it has " + String.join(", ", keys()));
    }
}
