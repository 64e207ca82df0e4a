package dev.weir.connection;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;
import org.openjdk.jcstress.infra.results.J_Result;

/**
 * What {@link Connections} promises to threads that list while its owner makes, changes, ends and makes again: each
 * connection is listed as it was at one moment, or not at all.
 */
public final class RecordStress {
    private static final String NONE = "no connection stood there";
    private static final String WHOLE = "a connection as it was at one moment";

    private RecordStress() {
    }

    /** A record ends and is another connection's at once. */
    @JCStressTest
    @Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = NONE)
    @Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = WHOLE)
    @State
    public static class Reuse {
        private static final Tagged TABLE = new Tagged();

        @Actor
        public void owner() {
            TABLE.replace(false, Connections.MASQUERADED);
        }

        @Actor
        public void lister(I_Result result) {
            result.r1 = TABLE.look();
        }
    }

    /** The same where the addresses stand elsewhere, in an entry that is used again, too; and IPv4 follows IPv6. */
    @JCStressTest
    @Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = NONE)
    @Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = WHOLE)
    @State
    public static class ReuseOfWideAddresses {
        private static final Tagged TABLE = new Tagged();

        @Actor
        public void owner() {
            TABLE.replace(true, Connections.DIRECT);
            TABLE.replace(true, Connections.MASQUERADED);
            TABLE.replace(false, Connections.MASQUERADED);
        }

        @Actor
        public void lister(I_Result result) {
            result.r1 = TABLE.look();
        }
    }

    /** Templates with a Call-ID, whose bytes stand elsewhere, and are written before the record is. */
    @JCStressTest
    @Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = NONE)
    @Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = WHOLE)
    @State
    public static class ReuseOfEngineData {
        private static final Tagged TABLE = new Tagged();

        @Actor
        public void owner() {
            TABLE.replaceTemplate();
        }

        @Actor
        public void lister(I_Result result) {
            result.r1 = TABLE.look();
        }
    }

    /** A template that is retired has other ports: both of them, or neither. */
    @JCStressTest
    @Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = NONE)
    @Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = WHOLE)
    @State
    public static class Retirement {
        private static final Tagged TABLE = new Tagged();

        @Actor
        public void owner() {
            TABLE.replaceTemplate();
            TABLE.retire();
            TABLE.remove();
        }

        @Actor
        public void lister(I_Result result) {
            result.r1 = TABLE.look();
        }
    }

    /** The first packet of an expected connection says its client's port. */
    @JCStressTest
    @Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = NONE)
    @Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = WHOLE)
    @State
    public static class ClientPort {
        private static final Tagged TABLE = new Tagged();

        @Actor
        public void owner() {
            int tag = TABLE.replace(false, Connections.MASQUERADED | Connections.NO_CLIENT_PORT);
            TABLE.firstPacketFrom(tag);
        }

        @Actor
        public void lister(I_Result result) {
            result.r1 = TABLE.look();
        }
    }

    /** A connection ends by its timer, and its record is used again. */
    @JCStressTest
    @Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = NONE)
    @Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = WHOLE)
    @State
    public static class Expiry {
        private static final Tagged TABLE = new Tagged();

        @Actor
        public void owner() {
            TABLE.replace(false, Connections.TUNNEL);
            TABLE.expire();
        }

        @Actor
        public void lister(I_Result result) {
            result.r1 = TABLE.look();
        }
    }

    /** Packets move a connection's end, by a field that no stamp guards. */
    @JCStressTest
    @Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "the earlier end")
    @Outcome(id = "4399", expect = Expect.ACCEPTABLE, desc = "the later end")
    @State
    public static class Deadline {
        private static final long LATER = 1L << 42;
        private static final Tagged TABLE = new Tagged();

        static {
            TABLE.replace(false, Connections.MASQUERADED);
        }

        @Actor
        public void owner() {
            TABLE.touch(LATER);
            TABLE.touch(0);
        }

        @Actor
        public void lister(J_Result result) {
            result.r1 = TABLE.left();
        }
    }

    /** Whoever counts does not wait, and counts one more or less at most. */
    @JCStressTest
    @Outcome(id = {"0", "1"}, expect = Expect.ACCEPTABLE, desc = "connections at some moment")
    @State
    public static class Count {
        private static final Tagged TABLE = new Tagged();

        @Actor
        public void owner() {
            TABLE.replace(false, Connections.MASQUERADED);
            TABLE.remove();
        }

        @Actor
        public void counter(I_Result result) {
            result.r1 = TABLE.count();
        }
    }
}
