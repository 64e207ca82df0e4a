package dev.weir.sync;

import dev.weir.wire.Bytes;
import java.lang.foreign.MemorySegment;

/** What stands behind an entry of version 1, read again and again; see {@link Message}. */
final class Parameters {
    /** There is none. */
    static final int NONE = -1;

    private int sequences = NONE;
    private int engineData;
    private int engineDataLength;
    private boolean engineNamed;
    private boolean engineKnown;

    enum Verdict {
        SOUND,
        /** One that counts and is not known: the entry is not to be taken. */
        UNKNOWN,
        /** What comes behind it is not to be trusted either. */
        BROKEN
    }

    void forget() {
        sequences = NONE;
        engineData = 0;
        engineDataLength = 0;
        engineNamed = false;
        engineKnown = false;
    }

    Verdict read(MemorySegment memory, int from, int end) {
        forget();
        int at = from;
        while (at < end) {
            if (at + Message.PARAMETER > end) {
                return Verdict.BROKEN;
            }
            int type = Bytes.u8(memory, at);
            int length = Bytes.u8(memory, at + 1L);
            at += Message.PARAMETER;
            if (length == 0 || at + length > end) {
                return Verdict.BROKEN;
            }
            switch (type & ~Message.MAY_BE_IGNORED) {
                case Message.SEQUENCES -> {
                    if (length != Message.SEQUENCES_LENGTH || sequences != NONE) {
                        return Verdict.BROKEN;
                    }
                    sequences = at;
                }
                case Message.ENGINE_DATA -> {
                    if (engineDataLength != 0) {
                        return Verdict.BROKEN;
                    }
                    engineData = at;
                    engineDataLength = length;
                }
                case Message.ENGINE_NAME -> {
                    if (length > Message.LONGEST_ENGINE_NAME || engineNamed) {
                        return Verdict.BROKEN;
                    }
                    engineNamed = true;
                    engineKnown = isEngine(memory, at, length);
                }
                default -> {
                    if ((type & Message.MAY_BE_IGNORED) == 0) {
                        return Verdict.UNKNOWN;
                    }
                }
            }
            at += length;
        }
        return Verdict.SOUND;
    }

    /** The name may end with a zero before its length does. */
    private static boolean isEngine(MemorySegment memory, int at, int length) {
        int own = Entries.ENGINE.length();
        for (int i = 0; i < own; i++) {
            if (i >= length || Bytes.u8(memory, at + (long) i) != Entries.ENGINE.charAt(i)) {
                return false;
            }
        }
        return length == own || Bytes.u8(memory, at + (long) own) == 0;
    }

    /** Where sequence numbers stand, or {@link #NONE}. */
    int sequences() {
        return sequences;
    }

    int engineData() {
        return engineData;
    }

    /** 0: there is none. */
    int engineDataLength() {
        return engineDataLength;
    }

    boolean isEngineKnown() {
        return engineKnown;
    }
}
