package dev.weir.vrrp.simulation;

import dev.weir.vrrp.machine.Action;
import dev.weir.vrrp.machine.Event;
import dev.weir.vrrp.machine.Machine;
import java.util.List;

/** What a node runs: the machine, or a test double with a rule broken. */
interface Router {
    List<Action> on(Event event, long now);

    List<Action> tick(long now);

    long deadline();

    static Router machine() {
        Machine machine = new Machine();
        return new Router() {
            @Override
            public List<Action> on(Event event, long now) {
                return machine.on(event, now);
            }

            @Override
            public List<Action> tick(long now) {
                return machine.tick(now);
            }

            @Override
            public long deadline() {
                return machine.deadline();
            }
        };
    }
}
