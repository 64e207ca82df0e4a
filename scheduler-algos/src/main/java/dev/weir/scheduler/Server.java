package dev.weir.scheduler;

/** What a scheduler sees of a real server. Values change under way; a scheduler reads them once a choice. */
public interface Server {
    /** 0 to 65535; 0 takes no new connections. */
    int weight();

    /** Connections that are established or on the way there. */
    int activeConnections();

    /** All other connections. */
    int inactiveConnections();

    /** Whether the upper threshold was reached and the lower not yet fallen below. */
    boolean overloaded();
}
