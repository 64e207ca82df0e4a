package dev.weir.scheduler;

/** What a scheduler sees of the packet that opens a connection. Addresses are 128 bits; IPv4 ones are IPv4-mapped. */
public interface Flow {
    long clientHigh();

    long clientLow();

    int clientPort();

    long destinationHigh();

    long destinationLow();

    int destinationPort();

    /** When the packet came: nanoseconds of a clock that does not go back. */
    long now();
}
