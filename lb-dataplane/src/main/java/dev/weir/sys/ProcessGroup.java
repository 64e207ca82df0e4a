package dev.weir.sys;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;

/** Signals to a process and all that it started, save for what left its group. */
public final class ProcessGroup {
    public static final int SIGTERM = 15;
    public static final int SIGKILL = 9;
    private static final int ESRCH = 3;
    private static final MethodHandle KILL = Native.function("kill",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));

    private ProcessGroup() {
    }

    /**
     * @param leader the process that the group has its number from; above 1
     * @return false where there is no such group, or none any more
     */
    public static boolean signal(long leader, int signal) throws SystemException {
        if (leader <= 1) {
            throw new IllegalArgumentException("no process group of a script: " + leader);
        }
        try {
            SystemCall.check("kill -" + signal + " -" + leader,
                    state -> (int) KILL.invokeExact(state, (int) -leader, signal));
            return true;
        } catch (SystemException e) {
            if (e.errno() == ESRCH) {
                return false;
            }
            throw e;
        }
    }
}
