package dev.weir.scheduler;

import java.util.List;

/** lc, wlc, sed, nq, fo and ovf: the server that ranks first; of equals the first in the list. */
final class LeastLoaded implements Scheduler {
    private final Rank rank;
    private final Tournament tournament;

    LeastLoaded(Rank rank, List<? extends Server> servers) {
        this.rank = rank;
        tournament = new Tournament(servers, rank);
    }

    @Override
    public int choose(Flow flow) {
        return tournament.winner();
    }

    @Override
    public void changed(int place) {
        tournament.changed(place);
    }

    @Override
    public Scheduler with(List<? extends Server> servers) {
        return new LeastLoaded(rank, servers);
    }
}
