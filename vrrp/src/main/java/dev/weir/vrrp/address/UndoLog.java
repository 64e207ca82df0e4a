package dev.weir.vrrp.address;

import dev.weir.sys.Guardian;
import dev.weir.sys.Guardian.By;
import java.io.IOException;

/**
 * Who takes off the host what the daemon put there, should it die without a word, and addresses, should it stand still. Told before a thing is done, so that no
 * moment is unguarded, and again once it is undone.
 */
public interface UndoLog {
    /** For tests: nobody. */
    UndoLog NOBODY = new UndoLog() {
        @Override
        public void willDo(Undo undo) {
        }

        @Override
        public void undone(Undo undo) {
        }

        @Override
        public void alive(int seconds) {
        }
    };

    /** @param line as the guardian takes it, without a line break */
    record Undo(By by, String line) {
        static Undo ip(boolean six, String line) {
            return new Undo(six ? By.IP6 : By.IP4, line);
        }
    }

    static UndoLog of(Guardian guardian) {
        return new UndoLog() {
            @Override
            public void willDo(Undo undo) throws IOException {
                guardian.willDo(undo.by(), undo.line());
            }

            @Override
            public void undone(Undo undo) throws IOException {
                guardian.undone(undo.by(), undo.line());
            }

            @Override
            public void alive(int seconds) throws IOException {
                guardian.alive(seconds);
            }
        };
    }

    /** @throws IOException where it cannot be guarded; the thing is not done then */
    void willDo(Undo undo) throws IOException;

    void undone(Undo undo) throws IOException;

    /**
     * The daemon moves, and will say so again within a second; when it has not for {@code seconds}, its addresses go. Does not wait.
     *
     * @param seconds 3 at least, or 0: it may stand still from now on
     */
    void alive(int seconds) throws IOException;
}
