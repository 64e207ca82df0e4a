package dev.weir.forward;

import dev.weir.wire.Bytes;
import dev.weir.wire.IpAddress;
import java.lang.foreign.MemorySegment;

/**
 * What one segment of an FTP control connection says about data connections (RFC 959, RFC 2428), read just as ip_vs_ftp
 * reads it: PASV and EPSV anywhere in what a client sends; PORT, EPRT and the replies 227 and 229 at the beginning. A
 * worker has one and reads each segment into it.
 */
public final class FtpMessage {
    private static final byte[] PASV = {'P', 'A', 'S', 'V', '\r', '\n'};
    private static final byte[] EPSV = {'E', 'P', 'S', 'V'};
    private static final byte[] PORT = {'P', 'O', 'R', 'T'};
    private static final byte[] EPRT = {'E', 'P', 'R', 'T'};
    private static final byte[] ENTERING_PASSIVE = {'2', '2', '7', ' '};
    private static final byte[] ENTERING_EXTENDED = {'2', '2', '9', ' '};
    private static final int SHORTEST_COMMAND = 6;
    private static final int NUMBERS = 6;

    /** What a client asks for. */
    public enum Command {
        OTHER, PASSIVE, EXTENDED_PASSIVE,
        /** PORT or EPRT: the address is where the server is to connect to. */
        ACTIVE
    }

    private final int[] groups = new int[8];
    private MemorySegment memory = MemorySegment.NULL;
    private long at;
    private long limit;
    private long start;
    private long end;
    private long high;
    private long low;
    private int port;
    private boolean extended;

    /** Reads what a client sends. Offsets are of the payload's beginning and end. */
    public Command readCommand(MemorySegment memory, long from, long to, boolean v4) {
        begin(memory, from, to);
        for (long place = from; place <= to - SHORTEST_COMMAND; place++) {
            if (v4 && matches(place, PASV)) {
                return Command.PASSIVE;
            }
            int next = matches(place, EPSV) ? Bytes.u8(memory, place + 4) : 0;
            if (next == '\r') {
                return Command.EXTENDED_PASSIVE;
            }
            if (next == ' ') {
                boolean own = Bytes.u8(memory, place + 5) == (v4 ? '1' : '2');
                boolean ends = place + 7 <= to && Bytes.u8(memory, place + 6) == '\r';
                return own && ends ? Command.EXTENDED_PASSIVE : Command.OTHER;
            }
        }
        extended = false;
        if (v4 && begins(PORT) && findNumbers(' ') && readNumbers()) {
            return Command.ACTIVE;
        }
        at = from;
        extended = true;
        return begins(EPRT) && skip(' ') && readExtended(v4, false) ? Command.ACTIVE : Command.OTHER;
    }

    /** Reads a server's reply to PASV. */
    public boolean readPassive(MemorySegment memory, long from, long to) {
        begin(memory, from, to);
        return begins(ENTERING_PASSIVE) && findNumbers('(') && readNumbers();
    }

    /** Reads a server's reply to EPSV, in which the address is usually left out: then it is the one given. */
    public boolean readExtendedPassive(MemorySegment memory, long from, long to, long serverHigh, long serverLow) {
        begin(memory, from, to);
        high = serverHigh;
        low = serverLow;
        return begins(ENTERING_EXTENDED) && skip('(') && readExtended(IpAddress.isV4(serverHigh, serverLow), true);
    }

    /** Where in the memory the text of the address begins. */
    public long start() {
        return start;
    }

    /** Where it ends. */
    public long end() {
        return end;
    }

    public long high() {
        return high;
    }

    public long low() {
        return low;
    }

    /** 0 to 65535. */
    public int port() {
        return port;
    }

    /** Whether the command was EPRT, and not PORT. */
    public boolean isExtended() {
        return extended;
    }

    private void begin(MemorySegment memory, long from, long to) {
        this.memory = memory;
        at = from;
        limit = to;
    }

    /** The byte at hand, or -1 at the payload's end. */
    private int peek() {
        return at < limit ? Bytes.u8(memory, at) : -1;
    }

    private boolean take(int expected) {
        if (peek() != expected) {
            return false;
        }
        at++;
        return true;
    }

    /** Whether the text stands there; letters of either case. */
    private boolean matches(long place, byte[] text) {
        if (place + text.length > limit) {
            return false;
        }
        for (int i = 0; i < text.length; i++) {
            int c = Bytes.u8(memory, place + i);
            if ((c >= 'a' && c <= 'z' ? c - 32 : c) != text[i]) {
                return false;
            }
        }
        return true;
    }

    private boolean begins(byte[] text) {
        if (!matches(at, text)) {
            return false;
        }
        at += text.length;
        return true;
    }

    /** Goes to the first byte behind the first run of {@code separator}. */
    private boolean skip(int separator) {
        while (at < limit && peek() != separator) {
            at++;
        }
        while (peek() == separator) {
            at++;
        }
        return at < limit;
    }

    /** The same, but a digit before any separator is a beginning too. */
    private boolean findNumbers(int separator) {
        while (at < limit && peek() != separator && !isDigit(peek())) {
            at++;
        }
        return isDigit(peek()) || skip(separator);
    }

    /** h1,h2,h3,h4,p1,p2 and a byte behind it; a number may be empty. */
    private boolean readNumbers() {
        start = at;
        long numbers = 0;
        for (int i = 0; i < NUMBERS; i++) {
            int number = number(0xff);
            if (number < 0 || i < NUMBERS - 1 && !take(',')) {
                return false;
            }
            numbers = numbers << 8 | number;
        }
        end = at;
        high = 0;
        low = IpAddress.mapped((int) (numbers >>> 16));
        port = (int) numbers & 0xffff;
        return at < limit;
    }

    /** |family|address|port| with any visible delimiter; address and family may be left out where {@code optional}. */
    private boolean readExtended(boolean v4, boolean optional) {
        start = at;
        int delimiter = peek();
        at++;
        if (delimiter < 33 || delimiter > 126) {
            return false;
        }
        if (peek() == delimiter) {
            at++;
            if (!optional || !take(delimiter)) {
                return false;
            }
        } else if (!take(v4 ? '1' : '2') || !take(delimiter) || !(v4 ? readV4() : readV6()) || !take(delimiter)) {
            return false;
        }
        port = number(0xffff);
        end = at + 1;
        return port > 0 && take(delimiter);
    }

    /** A decimal number, 0 where there is no digit, -1 where it is larger than {@code most}. */
    private int number(int most) {
        int value = 0;
        while (isDigit(peek())) {
            value = value * 10 + peek() - '0';
            if (value > most) {
                return -1;
            }
            at++;
        }
        return value;
    }

    private boolean readV4() {
        int bits = 0;
        for (int i = 0; i < 4; i++) {
            if (i > 0 && !take('.') || !isDigit(peek())) {
                return false;
            }
            int number = number(0xff);
            if (number < 0) {
                return false;
            }
            bits = bits << 8 | number;
        }
        high = 0;
        low = IpAddress.mapped(bits);
        return true;
    }

    /** Groups of hexadecimal digits, one run of zeros as "::" (RFC 4291 section 2.2); no dotted quads, nothing mapped. */
    private boolean readV6() {
        int count = 0;
        int gap = -1;
        while (true) {
            if (peek() == ':' && at + 1 < limit && Bytes.u8(memory, at + 1) == ':') {
                if (gap >= 0) {
                    return false;
                }
                gap = count;
                at += 2;
                if (Character.digit(peek(), 16) < 0) {
                    break;
                }
            } else if (count > 0 && !take(':')) {
                break;
            }
            int group = group();
            if (group < 0 || count == groups.length) {
                return false;
            }
            groups[count++] = group;
        }
        if (gap < 0 ? count < groups.length : count == groups.length) {
            return false;
        }
        int zeros = groups.length - count;
        high = 0;
        low = 0;
        for (int i = 0; i < groups.length; i++) {
            boolean zero = gap >= 0 && i >= gap && i < gap + zeros;
            int group = zero ? 0 : groups[gap < 0 || i < gap ? i : i - zeros];
            high = high << 16 | low >>> 48;
            low = low << 16 | group;
        }
        return !IpAddress.isV4(high, low);
    }

    /** One to four hexadecimal digits; -1 where there are none, or more. */
    private int group() {
        int value = 0;
        long from = at;
        while (Character.digit(peek(), 16) >= 0 && at - from < 5) {
            value = value << 4 | Character.digit(peek(), 16);
            at++;
        }
        return at == from || at - from > 4 ? -1 : value;
    }

    private static boolean isDigit(int c) {
        return c >= '0' && c <= '9';
    }
}
