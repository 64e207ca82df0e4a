package dev.weir.sys;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A call to libc off the hot path: memory for errno just for it, and an exception where the result is negative. */
interface SystemCall {
    /** Invokes one handle of {@link Native}, exactly. */
    int invoke(MemorySegment callState) throws Throwable;

    /**
     * @param what the call and what it was about, see {@link SystemException}
     * @return the call's result, never negative
     */
    static int check(String what, SystemCall call) throws SystemException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment callState = Native.callState(arena);
            int result = call.invoke(callState);
            if (result < 0) {
                throw new SystemException(what, Native.errno(callState));
            }
            return result;
        } catch (SystemException e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(what, e);
        }
    }
}
