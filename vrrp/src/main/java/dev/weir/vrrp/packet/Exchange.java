package dev.weir.vrrp.packet;

/**
 * What an instance remembers of the wire: identifications, sequence numbers under AH, and whether a peer has the checksum of
 * old versions. Sequence numbers are one row for all routers of a group, as in keepalived: who takes over goes on where the
 * last master was, and a number heard or sent before is a replay. One thread has it.
 */
public final class Exchange {
    private int identification;
    private long last;
    private boolean oldChecksum;

    /** 1 to 65535: 0 would have the kernel fill in another, under which AH's digest would be wrong. */
    int nextIdentification() {
        identification = identification == 0xffff ? 1 : identification + 1;
        return identification;
    }

    /** The next packet's, of 32 bits. */
    long next() {
        last = last == 0xffff_ffffL ? 1 : last + 1;
        return last;
    }

    /** False for a replay. */
    boolean accept(long number) {
        if (number <= last) {
            return false;
        }
        last = number;
        return true;
    }

    void hearOldChecksum() {
        oldChecksum = true;
    }

    /** Whether a peer was heard whose checksum is that of keepalived up to 1.3.6 (old_unicast_checksum). */
    public boolean hasHeardOldChecksum() {
        return oldChecksum;
    }

    /** The last that was sent or accepted. */
    public long last() {
        return last;
    }
}
