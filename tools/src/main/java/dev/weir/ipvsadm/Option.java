package dev.weir.ipvsadm;

/** What may stand with a command, by the names that ipvsadm's messages use and in the order in which it checks. */
enum Option {
    // @formatter:off
    NUMERIC("numeric"), CONNECTION("connection"), SERVICE("service-address"), SCHEDULER("scheduler"),
    PERSISTENT("persistent"), NETMASK("netmask"), SERVER("real-server"), FORWARD("forwarding-method"),
    WEIGHT("weight"), UPPER("u-threshold"), LOWER("l-threshold"), MCAST_INTERFACE("mcast-interface"),
    TIMEOUT("timeout"), DAEMON("daemon"), STATS("stats"), RATE("rate"), THRESHOLDS("thresholds"),
    PERSISTENT_CONN("persistent-conn"), NOSORT("nosort"), SYNCID("syncid"), EXACT("exact"), OPS("ops"), PE("pe"),
    SCHED_FLAGS("sched-flags"), MCAST_GROUP("mcast-group"), MCAST_PORT("mcast-port"), MCAST_TTL("mcast-ttl"),
    SYNC_MAXLEN("sync-maxlen"), TUN_INFO("tun-info"), TUN_TYPE("tun-type"), TUN_PORT("tun-port"),
    TUN_NOCSUM("tun-nocsum"), TUN_CSUM("tun-csum"), TUN_REMCSUM("tun-remcsum"), FULL("full"), ATOMIC("atomic"),
    JSON("json"), CLIENT_ADDRESS("client-address"), LOCAL_ADDRESS("local-address"), IFNAME("ifname");
    // @formatter:on

    private final String label;

    Option(String label) {
        this.label = label;
    }

    String label() {
        return label;
    }
}
