package dev.weir.ipvsadm;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Every word that ipvsadm knows behind one dash or two: the one table that the parser reads. The last are Weir's: FULL, ATOMIC
 * and JSON, and those of FULLNAT, which are called as DPVS calls them but where ipvsadm has the letter for another.
 */
enum Switch {
    // @formatter:off
    ADD_SERVICE('A', "add-service", Command.ADD_SERVICE),
    EDIT_SERVICE('E', "edit-service", Command.EDIT_SERVICE),
    DELETE_SERVICE('D', "delete-service", Command.DELETE_SERVICE),
    CLEAR('C', "clear", Command.CLEAR),
    LIST('L', "list", Command.LIST),
    LIST_SMALL('l', "", Command.LIST),
    ZERO('Z', "zero", Command.ZERO),
    ADD_SERVER('a', "add-server", Command.ADD_SERVER),
    EDIT_SERVER('e', "edit-server", Command.EDIT_SERVER),
    DELETE_SERVER('d', "delete-server", Command.DELETE_SERVER),
    SET('\0', "set", Command.SET),
    HELP('h', "help", Command.HELP),
    VERSION('v', "version", Command.VERSION),
    RESTORE('R', "restore", Command.RESTORE),
    SAVE('S', "save", Command.SAVE),
    START_DAEMON('\0', "start-daemon", Value.REQUIRED, Command.START_DAEMON),
    STOP_DAEMON('\0', "stop-daemon", Value.REQUIRED, Command.STOP_DAEMON),
    TCP('t', "tcp-service", Value.REQUIRED),
    UDP('u', "udp-service", Value.REQUIRED),
    SCTP('\0', "sctp-service", Value.REQUIRED),
    MARK('f', "fwmark-service", Value.REQUIRED),
    IPV6('6', "ipv6", Value.NONE),
    SCHEDULER('s', "scheduler", Value.REQUIRED),
    SCHED_FLAGS('b', "sched-flags", Value.REQUIRED),
    PERSISTENT('p', "persistent", Value.OPTIONAL),
    NETMASK('M', "netmask", Value.REQUIRED),
    PE('\0', "pe", Value.REQUIRED),
    OPS('o', "ops", Value.NONE),
    SERVER('r', "real-server", Value.REQUIRED),
    MASQUERADE('m', "masquerading", Value.NONE),
    TUNNEL('i', "ipip", Value.NONE),
    GATEWAY('g', "gatewaying", Value.NONE),
    TUN_TYPE('\0', "tun-type", Value.REQUIRED),
    TUN_PORT('\0', "tun-port", Value.REQUIRED),
    TUN_NOCSUM('\0', "tun-nocsum", Value.NONE),
    TUN_CSUM('\0', "tun-csum", Value.NONE),
    TUN_REMCSUM('\0', "tun-remcsum", Value.NONE),
    WEIGHT('w', "weight", Value.REQUIRED),
    UPPER('x', "u-threshold", Value.REQUIRED),
    LOWER('y', "l-threshold", Value.REQUIRED),
    NUMERIC('n', "numeric", Value.NONE),
    CONNECTION('c', "connection", Value.NONE),
    TIMEOUT('\0', "timeout", Value.NONE),
    DAEMON('\0', "daemon", Value.NONE),
    STATS('\0', "stats", Value.NONE),
    RATE('\0', "rate", Value.NONE),
    EXACT('X', "exact", Value.NONE),
    THRESHOLDS('\0', "thresholds", Value.NONE),
    PERSISTENT_CONN('\0', "persistent-conn", Value.NONE),
    TUN_INFO('\0', "tun-info", Value.NONE),
    SORT('\0', "sort", Value.NONE),
    NOSORT('\0', "nosort", Value.NONE),
    SYNCID('\0', "syncid", Value.REQUIRED),
    SYNC_MAXLEN('\0', "sync-maxlen", Value.REQUIRED),
    MCAST_INTERFACE('\0', "mcast-interface", Value.REQUIRED),
    MCAST_GROUP('\0', "mcast-group", Value.REQUIRED),
    MCAST_PORT('\0', "mcast-port", Value.REQUIRED),
    MCAST_TTL('\0', "mcast-ttl", Value.REQUIRED),
    FULL('\0', "full", Value.NONE),
    ATOMIC('\0', "atomic", Value.NONE),
    JSON('\0', "json", Value.NONE),
    FULLNAT('\0', "fullnat", Value.NONE),
    CLIENT_ADDRESS('\0', "client-address", Value.REQUIRED),
    PROXY_PROTOCOL('\0', "proxy-protocol", Value.REQUIRED),
    ADD_LOCAL('P', "add-laddr", Command.ADD_LOCAL),
    DELETE_LOCAL('Q', "del-laddr", Command.DELETE_LOCAL),
    LIST_LOCAL('G', "get-laddr", Command.LIST_LOCAL),
    LOCAL_ADDRESS('z', "local-address", Value.REQUIRED),
    LADDR('\0', "laddr", Value.REQUIRED),
    IFNAME('F', "ifname", Value.REQUIRED);
    // @formatter:on

    /** Whether an argument belongs to it. */
    enum Value {
        NONE, REQUIRED, OPTIONAL
    }

    private static final Map<Character, Switch> BY_LETTER = new HashMap<>();
    private static final Map<String, Switch> BY_NAME = new HashMap<>();

    static {
        for (Switch known : values()) {
            BY_LETTER.put(known.letter, known);
            BY_NAME.put(known.longName, known);
        }
        BY_LETTER.remove('\0');
        BY_NAME.remove("");
    }

    private final char letter;
    private final String longName;
    private final Value value;
    private final @Nullable Command command;

    Switch(char letter, String longName, Command command) {
        this(letter, longName, Value.NONE, command);
    }

    Switch(char letter, String longName, Value value) {
        this(letter, longName, value, null);
    }

    Switch(char letter, String longName, Value value, @Nullable Command command) {
        this.letter = letter;
        this.longName = longName;
        this.value = value;
        this.command = command;
    }

    static @Nullable Switch ofLetter(char letter) {
        return BY_LETTER.get(letter);
    }

    static @Nullable Switch ofName(String name) {
        return BY_NAME.get(name);
    }

    Value value() {
        return value;
    }

    @Nullable
    Command command() {
        return command;
    }
}
