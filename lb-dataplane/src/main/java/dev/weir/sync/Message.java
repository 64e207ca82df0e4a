package dev.weir.sync;

/**
 * IPVS's synchronisation protocol, as datagrams have it; all numbers in network byte order, but for one exception.
 *
 * <pre>
 * version 1
 *  0 must be 0 (1)   1 syncid (1)   2 bytes of the datagram (2)   4 entries (1)   5 version, 1 (1)   6 must be 0 (2)
 *  8 entries, each from a multiple of 4
 *
 * entry of version 1: 36 bytes (IPv4) or 72 (IPv6), then parameters
 *  0 type: bit 0 IPv6 (1)   1 protocol (1)   2 version, 0 (4 bits), bytes with parameters, without padding (12 bits)
 *  4 flags (4)   8 state (2)   10 client port (2)   12 virtual port (2)   14 server port (2)
 * 16 firewall mark (4)   20 timeout, s (4)   24 client, virtual, server address (4 or 16 each)
 *
 * parameter
 *  0 type; bit 0x40: may be left out of account (1)   1 bytes of data, at least 1 (1)   2 data
 *
 * version 0
 *  0 entries (1)   1 syncid (1)   2 bytes of the datagram (2)   4 entries
 *
 * entry of version 0: 24 bytes, and 24 more where flags say that sequence numbers are adjusted
 *  0 must be 0 (1)   1 protocol (1)   2 client port (2)   4 virtual port (2)   6 server port (2)
 *  8 client (4)   12 virtual (4)   16 server address (4)   20 flags (2)   22 state (2)
 * 24 sequence numbers, in the order of the bytes of the sender's processor: here of one that begins with the lowest
 *
 * sequence numbers (24 bytes): initial, delta, previous delta of what clients send, the same of what servers send (4 each)
 * </pre>
 */
final class Message {
    /** The newest version there is. */
    static final int VERSION = 1;
    static final int LONGEST = 65_535;
    /** Entries are counted in one byte. */
    static final int MOST_ENTRIES = 255;

    static final int SYNC_ID = 1;
    static final int SIZE = 2;
    static final int ENTRIES_V1 = 4;
    static final int VERSION_AT = 5;
    static final int SPARE = 6;
    static final int HEADER_V1 = 8;
    static final int HEADER_V0 = 4;

    static final int TYPE = 0;
    static final int TYPE_V6 = 1;
    static final int PROTOCOL = 1;
    static final int VERSION_AND_LENGTH = 2;
    static final int LENGTH_MASK = 0xfff;
    static final int FLAGS = 4;
    static final int STATE = 8;
    static final int CLIENT_PORT = 10;
    static final int VIRTUAL_PORT = 12;
    static final int SERVER_PORT = 14;
    static final int MARK = 16;
    static final int TIMEOUT = 20;
    static final int ADDRESSES = 24;
    static final int ENTRY_V4 = 36;
    static final int ENTRY_V6 = 72;

    static final int V0_CLIENT_PORT = 2;
    static final int V0_VIRTUAL_PORT = 4;
    static final int V0_SERVER_PORT = 6;
    static final int V0_ADDRESSES = 8;
    static final int V0_FLAGS = 20;
    static final int V0_STATE = 22;
    static final int ENTRY_V0 = 24;

    /** Bytes before a parameter's data. */
    static final int PARAMETER = 2;
    static final int SEQUENCES = 1;
    static final int ENGINE_DATA = 2;
    static final int ENGINE_NAME = 3;
    /** In a parameter's type: whoever does not know it may go on. */
    static final int MAY_BE_IGNORED = 0x40;
    static final int SEQUENCES_LENGTH = 24;
    static final int SEQUENCE_WORDS = 6;
    static final int LONGEST_ENGINE_NAME = 16;

    /** Flags of linux/ip_vs.h that only messages have: what servers send, or clients, is adjusted. */
    static final int SERVER_ADJUSTED = 0x200;
    static final int CLIENT_ADJUSTED = 0x400;
    static final int ADJUSTED = SERVER_ADJUSTED | CLIENT_ADJUSTED;
    /** In the kernel's hash table; never told. */
    static final int HASHED = 0x40;

    private Message() {
    }
}
