package dev.weir.conf;

import dev.weir.wire.IpAddress;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A bfd_instance: a session with a neighbour (RFC 5880), with what holds where nothing is said filled in.
 *
 * @param source     the address it sends from, or null: as routing has it
 * @param device     the interface that leads to the neighbour, or null: as routing has it
 * @param minRx      how often packets may come at most
 * @param minTx      how often packets shall go while the session is up
 * @param idleTx     the same while it is not
 * @param multiplier how many packets may be missing before the neighbour calls the session down
 * @param passive    nothing is sent before the neighbour has spoken
 * @param ttl        time to live, or hop limit, of what is sent, and what the neighbour is taken to send with
 * @param maxHops    how much of that a packet may have lost on its way; {@link #ANY_HOPS}: it is not looked at
 * @param weight     of who tracks it and has no weight of its own; 0: while it is down they are in FAULT
 * @param toVrrp     whether virtual routers may track it
 * @param toCheckers whether BFD_CHECK may name it
 */
public record BfdInstance(String name, IpAddress neighbour, @Nullable IpAddress source, @Nullable String device,
        Duration minRx, Duration minTx, Duration idleTx, int multiplier, boolean passive, int ttl, int maxHops,
        int weight, boolean reverse,
        boolean toVrrp, boolean toCheckers) {
    public static final int ANY_HOPS = 255;

    /** Whether both are one session, which goes on with other numbers, or begin apart. */
    public boolean isSameSession(BfdInstance other) {
        return name.equals(other.name) && neighbour.equals(other.neighbour)
                && Objects.equals(source, other.source) && Objects.equals(device, other.device);
    }
}
