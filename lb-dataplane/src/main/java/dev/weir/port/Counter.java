package dev.weir.port;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** Counts what one thread, its owner, sees happen; any thread may read. Orders nothing else. */
final class Counter {
    private static final VarHandle VALUE;

    static {
        try {
            VALUE = MethodHandles.lookup().findVarHandle(Counter.class, "value", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    @SuppressWarnings("unused") // through VALUE
    private long value;

    void add(long number) {
        VALUE.setOpaque(this, (long) VALUE.getOpaque(this) + number);
    }

    long get() {
        return (long) VALUE.getOpaque(this);
    }
}
