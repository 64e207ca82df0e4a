package dev.weir.engine;

import dev.weir.connection.ConnectionCopy;
import java.util.function.Consumer;

/** What one director in memory tells another of all its connections, as Weir's stream does, without the stream. */
final class Copies {
    private Copies() {
    }

    /** Each connection of {@code from}, templates last or first as the tables stand. */
    static void each(Engines from, long now, Consumer<ConnectionCopy> taker) {
        Synchronisation source = from.synchronisation();
        ConnectionCopy copy = new ConnectionCopy();
        for (int table = 0; table < source.tables(); table++) {
            for (int number = 0; number < source.numbers(table); number++) {
                if (source.read(table, number, copy, now)) {
                    copy.kind = ConnectionCopy.Kind.STREAMED;
                    taker.accept(copy);
                }
            }
        }
    }

    /** All of it reaches {@code to}, whose workers then take it in; no time passes. */
    static void all(Engines from, Engines to, long now) {
        each(from, now, copy -> give(copy, to, now));
        settle(to, now);
    }

    static void give(ConnectionCopy copy, Engines to, long now) {
        while (!to.synchronisation().give(copy)) {
            settle(to, now);
        }
    }

    static void settle(Engines to, long now) {
        while (!to.synchronisation().isSettled()) {
            for (int worker = 0; worker < to.workers(); worker++) {
                to.engine(worker).tick(now);
            }
        }
    }
}
