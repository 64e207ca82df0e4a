package dev.weir.host;

import dev.weir.port.WrappedPort;
import dev.weir.sys.SystemException;
import dev.weir.wire.Ethernet;
import dev.weir.wire.Frame;
import dev.weir.wire.Ipv4;
import dev.weir.wire.Ipv6;
import java.lang.foreign.MemorySegment;

/**
 * Hands back what was taken from the host, and lets be what the host has: for ports that no filter keeps to Weir's frames
 * (libpcap). It asks the program at the ingress itself, by a test run, so both always agree. Slow, and it allocates, as
 * all of that port does.
 */
final class TakenOnly extends WrappedPort {
    /** A test run takes no more than a page, less what the kernel puts around it. */
    private static final int LONGEST = 2048;

    private final HandBackPort handBack;
    private final Interception interception;

    TakenOnly(HandBackPort port, Interception interception) {
        super(port);
        handBack = port;
        this.interception = interception;
    }

    @Override
    public void transmit(Frame frame) {
        try {
            if (interception.takes(beginning(frame))) {
                port.transmit(frame);
            }
        } catch (SystemException e) {
            handBack.countError();
        }
    }

    /** As much of a frame as a test run takes; a longer one is made to say that it ends there. */
    private static byte[] beginning(Frame frame) {
        byte[] bytes = new byte[Math.min(frame.length(), LONGEST)];
        MemorySegment copy = MemorySegment.ofArray(bytes);
        MemorySegment.copy(frame.memory(), frame.start(), copy, 0, bytes.length);
        if (bytes.length < Ethernet.HEADER_LENGTH) {
            return bytes;
        }
        if (!Ethernet.isGroup(Ethernet.destination(copy, 0))) {
            // A test run plays on the loopback device: only what is for its address of zeros is for the host.
            Ethernet.addresses(copy, 0, 0, 0);
        }
        if (frame.length() > LONGEST) {
            int type = Ethernet.type(copy, 0);
            int ip = Ethernet.HEADER_LENGTH + (Ethernet.isTag(type) ? Ethernet.TAG_LENGTH : 0);
            if (Ipv4.version(copy, ip) == 4) {
                Ipv4.totalLength(copy, ip, LONGEST - ip);
            } else {
                Ipv6.payloadLength(copy, ip, LONGEST - ip - Ipv6.HEADER_LENGTH);
            }
        }
        return bytes;
    }
}
