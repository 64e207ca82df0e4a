package dev.weir.service;

/** How a server behind FULLNAT hears of the address and port of a TCP connection's client. */
public enum ClientAddress {
    /** Not at all. */
    NONE,
    /** TCP option 254, on the client's packets up to its first data, as DPVS and Alibaba's LVS write it. */
    TOA,
    /** A line of text before the client's first data (the PROXY protocol, version 1). */
    PROXY_V1,
    /** The same in binary form (version 2). */
    PROXY_V2
}
