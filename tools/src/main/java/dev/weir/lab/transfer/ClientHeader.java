package dev.weir.lab.transfer;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.HexFormat;

/**
 * What a server hears before a connection's first byte of a client over IPv4: a header of the PROXY protocol, version 2
 * (HAProxy's specification), with nothing behind the addresses.
 */
final class ClientHeader {
    static final int LENGTH = 28;
    /** Signature, version and command, family, and the bytes that follow. */
    private static final byte[] BEGINNING = HexFormat.of().parseHex("0d0a0d0a000d0a515549540a" + "21" + "11" + "000c");

    private ClientHeader() {
    }

    /**
     * The client, of which the header tells that the buffer begins with.
     *
     * @throws IOException for anything else
     */
    static InetSocketAddress read(ByteBuffer bytes) throws IOException {
        byte[] beginning = new byte[BEGINNING.length];
        byte[] address = new byte[Integer.BYTES];
        int start = bytes.position();
        bytes.get(beginning).get(address);
        if (!ByteBuffer.wrap(beginning).equals(ByteBuffer.wrap(BEGINNING))) {
            throw new IOException("it begins with no header of a client over IPv4 but with "
                    + HexFormat.of().formatHex(beginning));
        }
        int port = bytes.getShort(start + LENGTH - 2 * Short.BYTES) & 0xffff;
        bytes.position(start + LENGTH);
        return new InetSocketAddress(InetAddress.getByAddress(address), port);
    }
}
