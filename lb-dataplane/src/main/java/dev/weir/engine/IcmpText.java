package dev.weir.engine;

import dev.weir.wire.Packet;
import dev.weir.wire.Transport;

/** What an ICMP error says, in words. */
final class IcmpText {
    private IcmpText() {
    }

    static String of(Packet error) {
        int type = Transport.icmpType(error.memory(), error.transport());
        int code = Transport.icmpCode(error.memory(), error.transport());
        String text = error.v4() ? v4(type, code) : v6(type, code);
        return text.isEmpty() ? "error of type " + type + ", code " + code : text;
    }

    private static String v4(int type, int code) {
        return switch (type) {
            case 3 -> switch (code) {
                case 0 -> "network unreachable";
                case 1 -> "host unreachable";
                case 2 -> "protocol unreachable";
                case 3 -> "port unreachable";
                case 4 -> "fragmentation needed";
                case 9, 10, 13 -> "prohibited";
                default -> "";
            };
            case 11 -> "time exceeded";
            default -> "";
        };
    }

    private static String v6(int type, int code) {
        return switch (type) {
            case 1 -> switch (code) {
                case 0 -> "no route";
                case 1, 5, 6 -> "prohibited";
                case 3 -> "address unreachable";
                case 4 -> "port unreachable";
                default -> "";
            };
            case 2 -> "packet too big";
            case 3 -> "time exceeded";
            case 4 -> code == 1 ? "unrecognised next header" : "";
            default -> "";
        };
    }
}
