package dev.weir.scheduler;

import java.util.List;

/**
 * dh: the destination's address decides. 256 buckets hold the servers in turn, whatever their weights; where the bucket's
 * server can take no connection, none does.
 */
final class DestinationHashing implements Scheduler {
    private final Server[] servers;

    DestinationHashing(List<? extends Server> servers) {
        this.servers = servers.toArray(Server[]::new);
    }

    @Override
    public int choose(Flow flow) {
        if (servers.length == 0) {
            return NONE;
        }
        int bucket = AddressHash.byteOf(AddressHash.fold(flow.destinationHigh(), flow.destinationLow()));
        int place = bucket % servers.length;
        return servers[place].takesConnections() ? place : NONE;
    }

    @Override
    public Scheduler with(List<? extends Server> changed) {
        return new DestinationHashing(changed);
    }
}
