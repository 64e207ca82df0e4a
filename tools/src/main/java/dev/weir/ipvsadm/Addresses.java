package dev.weir.ipvsadm;

import dev.weir.service.Protocol;
import dev.weir.wire.IpAddress;
import org.jspecify.annotations.Nullable;

/** host[:port] and numbers, as the command line has them. */
final class Addresses {
    private Addresses() {
    }

    /** @param port 0 to 65535, or -1 where none was given */
    record HostPort(IpAddress address, int port) {
    }

    /**
     * Reads an IPv4 address, a host name, or an IPv6 address, which stands in brackets where a port follows.
     *
     * @return null where it is none
     */
    static @Nullable HostPort hostPort(String text, @Nullable Protocol protocol, Names names) {
        String host = text;
        @Nullable
        String port = null;
        boolean bracketed = text.startsWith("[");
        if (bracketed) {
            int end = text.indexOf(']');
            if (end < 0 || end + 1 == text.length() || text.charAt(end + 1) != ':') {
                return null;
            }
            host = text.substring(1, end);
            port = text.substring(end + 2);
        }
        IpAddress address = ipv6(host);
        if (address == null) {
            int colon = host.lastIndexOf(':');
            port = colon < 0 ? null : host.substring(colon + 1);
            // A number by itself is a port without an address, to ipvsadm.
            boolean plainNumber = colon < 0 && host.chars().allMatch(c -> c >= '0' && c <= '9');
            address = plainNumber ? null : ipv4OrName(colon < 0 ? host : host.substring(0, colon), names);
        }
        if (address == null) {
            return null;
        }
        if (port == null) {
            return new HostPort(address, -1);
        }
        long number = number(port, 65535);
        int found = number >= 0 ? (int) number : names.port(port, protocol);
        return found < 0 ? null : new HostPort(address, found);
    }

    /**
     * A whole number as strtol(3) reads it in base 10: blanks before it and a sign are allowed.
     *
     * @return -1 where it is none, or not within 0 to {@code most}
     */
    static long number(String text, long most) {
        String bare = text.stripLeading();
        String digits = bare.startsWith("+") || bare.startsWith("-") ? bare.substring(1) : bare;
        if (digits.isEmpty() || digits.length() > 18 || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return -1;
        }
        long value = bare.startsWith("-") ? -Long.parseLong(digits) : Long.parseLong(digits);
        return value < 0 || value > most ? -1 : value;
    }

    static @Nullable IpAddress ipv6(String text) {
        if (text.indexOf(':') < 0 || text.indexOf('%') >= 0) {
            return null;
        }
        try {
            IpAddress address = IpAddress.parse(text);
            // ::ffff:a.b.c.d is an IPv4 address to Weir, and would be another one than was written.
            return address.isV4() ? null : address;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static @Nullable IpAddress ipv4OrName(String text, Names names) {
        if (text.isEmpty()) {
            return null;
        }
        IpAddress literal = ipv4(text.stripTrailing());
        return literal != null ? literal : names.address(text);
    }

    /** One to four numbers, octal after "0" and hexadecimal after "0x", the last filling what is left: inet_aton(3). */
    static @Nullable IpAddress ipv4(String text) {
        String[] parts = text.split("\\.", -1);
        if (parts.length > 4) {
            return null;
        }
        long bits = 0;
        for (int i = 0; i < parts.length; i++) {
            int octets = i < parts.length - 1 ? 1 : 5 - parts.length;
            long part = part(parts[i]);
            if (part < 0 || part >= 1L << octets * 8) {
                return null;
            }
            bits = bits << octets * 8 | part;
        }
        return IpAddress.v4((int) bits);
    }

    private static long part(String text) {
        boolean hexadecimal = text.startsWith("0x") || text.startsWith("0X");
        boolean octal = !hexadecimal && text.length() > 1 && text.startsWith("0");
        String digits = hexadecimal ? text.substring(2) : text;
        int radix = hexadecimal ? 16 : octal ? 8 : 10;
        if (digits.isEmpty() || digits.length() > 12 || !digits.chars().allMatch(c -> Character.digit(c, radix) >= 0)) {
            return -1;
        }
        return Long.parseLong(digits, radix);
    }
}
