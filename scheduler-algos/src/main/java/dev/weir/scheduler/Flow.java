package dev.weir.scheduler;

/** What a scheduler sees of the packet that opens a connection. Addresses are 128 bits; IPv4 ones are IPv4-mapped. */
public interface Flow {
    long clientHigh();

    long clientLow();

    int clientPort();

    long destinationHigh();

    long destinationLow();

    int destinationPort();
}
