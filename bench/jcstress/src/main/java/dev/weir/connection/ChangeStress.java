package dev.weir.connection;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** What {@link ChangeMap} promises: whoever takes a change sees what was written before it, and the last is never missed. */
public final class ChangeStress {
    private ChangeStress() {
    }

    /** Of two changes in a row a taker may see the first, the second or none, and what it has not seen is there for the next. */
    @JCStressTest
    @Outcome(id = "0, 2", expect = Expect.ACCEPTABLE, desc = "it came before both changes")
    @Outcome(id = "1, 2", expect = Expect.ACCEPTABLE, desc = "it came between them")
    @Outcome(id = "2, 2", expect = Expect.ACCEPTABLE, desc = "it saw the second, whose mark was not set yet")
    @Outcome(id = "2, 0", expect = Expect.ACCEPTABLE, desc = "it came after both")
    @State
    public static class TwoChanges {
        private static final int CONNECTION = 70;

        private final ChangeMap map = new ChangeMap(128);
        private int value;

        @Actor
        public void owner() {
            value = 1;
            map.changed(CONNECTION);
            value = 2;
            map.changed(CONNECTION);
        }

        @Actor
        public void taker(II_Result result) {
            map.take(128, _ -> result.r1 = value);
        }

        @Arbiter
        public void next(II_Result result) {
            map.take(128, _ -> result.r2 = value);
        }
    }
}
