package dev.weir.vrrp.address;

import java.io.IOException;

/**
 * Who takes off the host what the daemon put there, should it die without a word. Told before a thing is done, so that no
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
    };

    /** In which order a dead daemon's things are undone. */
    enum By {
        /** A line that {@code ip -4 -batch} takes. */
        IP4,
        /** A line that {@code ip -6 -batch} takes. */
        IP6,
        /** A file of /proc/sys and what is written to it, with a blank between. */
        SYSCTL,
        /** A line that {@code nft -f} takes. */
        NFT
    }

    /** @param line without a line break */
    record Undo(By by, String line) {
        static Undo ip(boolean six, String line) {
            return new Undo(six ? By.IP6 : By.IP4, line);
        }
    }

    /** @throws IOException where it cannot be guarded; the thing is not done then */
    void willDo(Undo undo) throws IOException;

    void undone(Undo undo) throws IOException;
}
