package dev.weir.scheduler;

/** What a scheduler sees of a real server. Values change under way; a scheduler reads them once a choice. */
public interface Server {
    /** 128 bits with {@link #addressLow}; an IPv4 address is IPv4-mapped. */
    long addressHigh();

    long addressLow();

    /** 0 to 65535; with the address it tells the servers of a service apart. */
    int port();

    /** 0 to 65535; 0 takes no new connections. */
    int weight();

    /** The latest weight that was not 0; 0 where it was added with weight 0 and had no other since. */
    int lastWeight();

    /** Connections that are established or on the way there. */
    int activeConnections();

    /** All other connections. */
    int inactiveConnections();

    /** Whether the upper threshold was reached and the lower not yet fallen below. */
    boolean overloaded();

    /** Whether it may be chosen, as nearly every scheduler sees it. */
    default boolean takesConnections() {
        return weight() > 0 && !overloaded();
    }

    /** Its weight; 0 where it may not be chosen. */
    default int usableWeight() {
        return overloaded() ? 0 : weight();
    }
}
