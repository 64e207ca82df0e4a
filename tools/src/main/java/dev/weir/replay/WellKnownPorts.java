package dev.weir.replay;

import java.util.List;

/** The names of ports that a replay knows, whatever /etc/services of this machine says. */
final class WellKnownPorts {
    /** In the format of services(5). */
    static final List<String> LINES = List.of("discard 9/tcp", "discard 9/udp", "ftp 21/tcp", "ssh 22/tcp",
            "smtp 25/tcp mail", "domain 53/tcp",
            "domain 53/udp", "http 80/tcp www", "tftp 69/udp", "ntp 123/udp", "https 443/tcp", "https 443/udp",
            "sip 5060/tcp", "sip 5060/udp",
            "http-alt 8080/tcp webcache",
            "http-alt 8080/udp");

    private WellKnownPorts() {
    }
}
