package dev.weir.sys;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;

/** The process' own memory (mlockall(2)). */
public final class Memory {
    private static final int MCL_CURRENT = 1;
    private static final int MCL_FUTURE = 2;
    private static final int MCL_ONFAULT = 4;
    private static final MethodHandle MLOCKALL = Native.function("mlockall",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT));

    private Memory() {
    }

    /**
     * Keeps every page of this process in memory from the time it is first touched, now or later; what the JVM only
     * reserves is not touched, and costs nothing. Touch what the hot path uses beforehand (-XX:+AlwaysPreTouch).
     *
     * @throws SystemException EPERM or ENOMEM where neither CAP_IPC_LOCK nor RLIMIT_MEMLOCK allows it
     */
    public static void lock() throws SystemException {
        SystemCall.check("mlockall (needs CAP_IPC_LOCK, or LimitMEMLOCK=infinity)",
                state -> (int) MLOCKALL.invokeExact(state, MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT));
    }
}
