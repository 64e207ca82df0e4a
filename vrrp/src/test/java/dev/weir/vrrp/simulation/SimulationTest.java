package dev.weir.vrrp.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.weir.vrrp.machine.Action;
import dev.weir.vrrp.machine.Event;
import dev.weir.vrrp.machine.Heartbeat;
import dev.weir.vrrp.machine.State;
import dev.weir.vrrp.packet.Advert;
import dev.weir.vrrp.simulation.History.Violation;
import dev.weir.wire.IpAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Ten thousand histories. A failure prints its own; {@code -Dweir.seed=N} runs that one alone.
 */
class SimulationTest {
    private static final int HISTORIES = Integer.getInteger("weir.histories", 10_000);

    @Test
    void inEveryHistoryThereIsOneMasterSoonAndThenNoChange() {
        Long seed = Long.getLong("weir.seed");
        for (long i = seed == null ? 0 : seed; i < (seed == null ? HISTORIES : seed + 1); i++) {
            if (failure(i, number -> Router::machine) != null) {
                fail(storyOf(i, number -> Router::machine));
            }
        }
    }

    @Test
    void aNodeThatDecidesTiesTheOtherWayIsFound() {
        assertThat(found(number -> number == 0 ? TieBreakInverted::new : Router::machine)).contains("both master");
    }

    @Test
    void aNodeThatNeverYieldsIsFound() {
        assertThat(found(number -> number == 0 ? NeverYielding::new : Router::machine)).contains("both master");
    }

    @Test
    void aNodeThatKeepsItsAddressesIsFound() {
        assertThat(found(number -> KeepingAddresses::new)).containsAnyOf("both master", "in no state to");
    }

    @Test
    void aNodeThatWaitsTooLongIsFound() {
        assertThat(found(number -> Late::new)).contains("hears none");
    }

    @Test
    void aNodeThatDoesNotPreemptIsFound() {
        assertThat(found(number -> Modest::new)).contains("with priority");
    }

    @Test
    void aNodeThatDoesNotReleaseIsFound() {
        assertThat(found(number -> number == 0 ? NotReleasing::new : Router::machine))
                .contains("both master", "on the second path");
    }

    @Test
    void aNodeThatDecidesWithoutTheArbiterIsFound() {
        assertThat(found(number -> number == 0 ? WithoutArbiter::new : Router::machine)).contains("master");
    }

    @Test
    void aNodeThatLeavesAMasterThatIsNoneIsFound() {
        assertThat(found(number -> number == 0 ? Believing::new : Router::machine)).contains("hears none");
    }

    /** What the first of a thousand histories that goes wrong says. */
    private static String found(IntFunction<Supplier<Router>> routers) {
        for (long seed = 0; seed < 1000; seed++) {
            Violation failure = failure(seed, routers);
            if (failure != null) {
                assertThat(storyOf(seed, routers)).contains("-Dweir.seed=" + seed, "node0", "***");
                return String.valueOf(failure.getMessage());
            }
        }
        return "nothing";
    }

    private static @Nullable Violation failure(long seed, IntFunction<Supplier<Router>> routers) {
        try {
            new History(seed, false, routers).run();
            return null;
        } catch (Violation violation) {
            return violation;
        }
    }

    private static String storyOf(long seed, IntFunction<Supplier<Router>> routers) {
        History history = new History(seed, true, routers);
        try {
            history.run();
            return "history " + seed + " does not fail again";
        } catch (Violation violation) {
            return history.story() + "\nhistory " + seed + " (-Dweir.seed=" + seed + "): " + violation.getMessage();
        }
    }

    /** A machine between which and the network something is wrong. */
    private static class Broken implements Router {
        private final Router machine = Router.machine();

        @Override
        public List<Action> on(Event event, long now) {
            Event changed = change(event);
            return changed == null
                    ? machine.tick(now)
                    : machine.on(changed, now).stream().filter(this::isDone).toList();
        }

        @Override
        public List<Action> tick(long now) {
            return machine.tick(now).stream().filter(this::isDone).toList();
        }

        @Override
        public long deadline() {
            return machine.deadline();
        }

        @Nullable
        Event change(Event event) {
            return event;
        }

        boolean isDone(Action action) {
            return true;
        }
    }

    private static final class TieBreakInverted extends Broken {
        @Override
        @Nullable
        Event change(Event event) {
            return event instanceof Event.Heard heard
                    ? new Event.Heard(heard.instance(), IpAddress.v4(~heard.sender().v4Bits()), heard.advert())
                    : event;
        }
    }

    private static final class NotReleasing extends Broken {
        @Override
        @Nullable
        Event change(Event event) {
            return event instanceof Event.HeartbeatHeard ? null : event;
        }
    }

    private static final class WithoutArbiter extends Broken {
        @Override
        @Nullable
        Event change(Event event) {
            if (!(event instanceof Event.HeartbeatHeard heard)) {
                return event;
            }
            Heartbeat heartbeat = heard.heartbeat();
            return new Event.HeartbeatHeard(heard.instance(), heard.sender(), new Heartbeat(heartbeat.state(),
                    heartbeat.priority(), heartbeat.router(), heartbeat.age(), heartbeat.interval(), false,
                    heartbeat.terms()));
        }
    }

    /** Takes everybody on the second path for a master. */
    private static final class Believing extends Broken {
        @Override
        @Nullable
        Event change(Event event) {
            if (!(event instanceof Event.HeartbeatHeard heard)) {
                return event;
            }
            Heartbeat heartbeat = heard.heartbeat();
            return new Event.HeartbeatHeard(heard.instance(), heard.sender(), new Heartbeat(State.MASTER,
                    heartbeat.priority(), heartbeat.router(), heartbeat.age(), heartbeat.interval(),
                    heartbeat.arbiter(), heartbeat.terms()));
        }
    }

    private static final class NeverYielding extends Broken {
        private final List<String> owned = new ArrayList<>();

        @Override
        @Nullable
        Event change(Event event) {
            return event instanceof Event.Heard heard && owned.contains(heard.instance()) ? null : event;
        }

        @Override
        boolean isDone(Action action) {
            if (action instanceof Action.Own own) {
                owned.add(own.instance());
            } else if (action instanceof Action.Release release) {
                owned.remove(release.instance());
            }
            return true;
        }
    }

    private static final class KeepingAddresses extends Broken {
        @Override
        boolean isDone(Action action) {
            return !(action instanceof Action.Release);
        }
    }

    private static final class Late extends Broken {
        @Override
        public long deadline() {
            long deadline = super.deadline();
            return deadline == Long.MAX_VALUE ? deadline : deadline + 20_000_000_000L;
        }
    }

    /** Takes every master for one of the highest priority. */
    private static final class Modest extends Broken {
        private boolean owner;

        @Override
        @Nullable
        Event change(Event event) {
            if (!(event instanceof Event.Heard heard) || owner || heard.advert().priority() == 0) {
                return event;
            }
            Advert advert = heard.advert();
            return new Event.Heard(heard.instance(), heard.sender(), new Advert(advert.version(),
                    advert.virtualRouterId(), 254, advert.interval(), advert.addresses()));
        }

        @Override
        boolean isDone(Action action) {
            owner = action instanceof Action.Own || owner && !(action instanceof Action.Release);
            return true;
        }
    }
}
