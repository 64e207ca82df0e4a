package dev.weir.check;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;

/** As much of DNS (RFC 1035) as a question needs. */
final class DnsMessage {
    private static final int HEADER = 12;
    private static final int LONGEST_NAME = 255;
    private static final int LONGEST_LABEL = 63;
    private static final int RECURSION_DESIRED = 0x0100;
    private static final int RESPONSE = 0x8000;
    private static final int INTERNET = 1;
    private static final Map<String, Integer> TYPES = Map.of("A", 1, "NS", 2, "CNAME", 5, "SOA", 6, "MX", 15, "TXT", 16,
            "AAAA", 28, "RRSIG", 46, "DNSKEY", 48);
    private static final String[] CODES = {"no error", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"};

    private DnsMessage() {
    }

    /**
     * A question, without its identifier.
     *
     * @param name as in the file, with or without a dot at its end
     * @throws IllegalArgumentException where no question can have that name or type
     */
    static byte[] question(String name, String type) {
        Integer number = TYPES.get(type.toUpperCase(Locale.ROOT));
        if (number == null) {
            throw new IllegalArgumentException("DNS_CHECK asks for no type " + type);
        }
        ByteBuffer message = ByteBuffer.allocate(HEADER + LONGEST_NAME + 4);
        message.putShort((short) 0).putShort((short) RECURSION_DESIRED).putShort((short) 1).position(HEADER);
        String inner = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
        for (String label : inner.isEmpty() ? new String[0] : inner.split("\\.", -1)) {
            byte[] bytes = label.getBytes(StandardCharsets.ISO_8859_1);
            if (bytes.length == 0 || bytes.length > LONGEST_LABEL
                    || message.position() + bytes.length + 2 > HEADER + LONGEST_NAME) {
                throw new IllegalArgumentException("no name in DNS: " + name);
            }
            message.put((byte) bytes.length).put(bytes);
        }
        message.put((byte) 0).putShort(number.shortValue()).putShort((short) INTERNET);
        byte[] whole = new byte[message.position()];
        message.flip().get(whole);
        return whole;
    }

    static void identify(byte[] message, int identifier) {
        ByteBuffer.wrap(message).putShort((short) identifier);
    }

    /** Whether it is an answer to what has that identifier. */
    static boolean answers(byte[] message, int length, int identifier) {
        return length >= HEADER && (ByteBuffer.wrap(message).getShort(0) & 0xffff) == identifier
                && (ByteBuffer.wrap(message).getShort(2) & RESPONSE) != 0;
    }

    /** 0: no error. */
    static int code(byte[] answer) {
        return answer[3] & 0x0f;
    }

    static String codeText(int code) {
        return code < CODES.length ? CODES[code] : "code " + code;
    }
}
