package dev.weir.scheduler;

/** By what servers are compared: the one with the smaller load for its share comes first. A value of 64 bits must hold a load times a share. */
interface Rank {
    /** 0 and up. */
    long load(Server server);

    /** 0 where the server cannot be chosen. */
    long share(Server server);
}
