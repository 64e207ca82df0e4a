package dev.weir.soak;

import dev.weir.wire.IpAddress;
import java.util.List;

/**
 * One of the services under test: each protocol, family and forwarding method once.
 *
 * @param number 0 to {@link #COUNT} - 1
 */
record VirtualService(int number) {
    static final int COUNT = 12;
    /** Servers that a service may have. */
    static final int SERVERS = 8;
    static final int PORT = 80;
    private static final int MASQUERADED_PORT = 8000;
    private static final List<String> METHODS = List.of("-m", "-g", "-i");

    boolean v4() {
        return number < COUNT / 2;
    }

    boolean tcp() {
        return number % 2 == 0;
    }

    private int method() {
        return number / 2 % METHODS.size();
    }

    boolean masquerades() {
        return method() == 0;
    }

    boolean persistent() {
        return number % 5 == 4;
    }

    IpAddress address() {
        return v4() ? Addresses.v4(10, 3, 0, number + 1) : Addresses.v6(3, number + 1);
    }

    IpAddress server(int server) {
        return v4() ? Addresses.v4(10, 2, 0, 10 + server) : Addresses.v6(2, 10 + server);
    }

    int serverPort() {
        return masquerades() ? MASQUERADED_PORT : PORT;
    }

    /** The service in the words of ipvsadm. */
    List<String> words() {
        return List.of(tcp() ? "-t" : "-u", text(address()) + ":" + PORT);
    }

    /** A server of it, in the words of ipvsadm, without its weight. */
    List<String> words(int server) {
        return List.of("-r", text(server(server)) + ":" + serverPort(), METHODS.get(method()));
    }

    private static String text(IpAddress address) {
        return address.isV4() ? address.toString() : "[" + address + "]";
    }
}
