package dev.weir.route;

import dev.weir.wire.IpAddress;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One entry of the kernel's neighbour table (ARP or ND) that some next hop uses. The route mirror writes, any worker
 * reads: a neighbour that changes its MAC address costs one write, whoever sends to it.
 */
public final class Neighbour {
    /** Not a MAC address: the neighbour is not resolved. */
    public static final long UNRESOLVED = -1;

    private final IpAddress address;
    private final int interfaceIndex;
    private volatile long hardwareAddress = UNRESOLVED;
    private volatile boolean failed;
    private final AtomicBoolean asked = new AtomicBoolean();

    public Neighbour(IpAddress address, int interfaceIndex) {
        this.address = address;
        this.interfaceIndex = interfaceIndex;
    }

    public IpAddress address() {
        return address;
    }

    public int interfaceIndex() {
        return interfaceIndex;
    }

    /** The MAC address in the low 48 bits, first byte highest, or {@link #UNRESOLVED}. */
    public long hardwareAddress() {
        return hardwareAddress;
    }

    /** The kernel asked and nobody answered. */
    public boolean failed() {
        return failed;
    }

    public void resolved(long hardwareAddress) {
        failed = false;
        this.hardwareAddress = hardwareAddress;
    }

    public void lost(boolean failed) {
        this.failed = failed;
        this.hardwareAddress = UNRESOLVED;
    }

    /** True for the one caller that is to have it resolved; all others may leave it to that one until unclaimed. */
    boolean claim() {
        return !asked.get() && asked.compareAndSet(false, true);
    }

    void unclaim() {
        asked.set(false);
    }
}
