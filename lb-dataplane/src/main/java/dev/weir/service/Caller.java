package dev.weir.service;

/** A masqueraded server that may begin a connection itself, in the name of its service, which has a persistence engine. */
public record Caller(VirtualService service, ServiceKey.Address key, RealServer server) {
}
