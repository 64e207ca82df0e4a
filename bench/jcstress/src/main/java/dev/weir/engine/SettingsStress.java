package dev.weir.engine;

import dev.weir.service.Services;
import dev.weir.wire.ClientHash;
import java.util.List;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** A worker changes a mode of the settings ({@link Defence}) as the control thread changes the settings. */
@JCStressTest
@Outcome(id = "7, 1", expect = Expect.ACCEPTABLE, desc = "the control thread's change, made after the worker's or in its place")
@Outcome(id = "7, 2", expect = Expect.ACCEPTABLE, desc = "the worker's change of what the control thread had set")
@State
public class SettingsStress {
    private static final Services SERVICES = new Services(2);
    private final Shared shared = new Shared(SERVICES, List.of("eth0"), Settings.DEFAULT.with(Sysctl.DROP_ENTRY, 1),
            new Synchronisation(SERVICES, new ClientHash(42, 2, true), 2, _ -> {
            }));

    @Actor
    public void control() {
        shared.settings(Settings.DEFAULT.with(Sysctl.DROP_ENTRY, 1).with(Sysctl.AMEMTHRESH, 7));
    }

    @Actor
    public void worker() {
        Settings newest = shared.settings();
        shared.adjust(newest, newest.with(Sysctl.DROP_ENTRY, 2));
    }

    @Arbiter
    public void afterwards(II_Result result) {
        result.r1 = shared.settings().amemthresh();
        result.r2 = shared.settings().dropEntry();
    }
}
