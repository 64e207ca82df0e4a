package dev.weir.vrrp.track;

import org.jspecify.annotations.Nullable;

/**
 * Whether a vrrp_script counts as well, after so many runs that say so one after another. The first run decides alone, save
 * under init_fail.
 */
final class RiseAndFall {
    private final int rise;
    private final int fall;
    private @Nullable Boolean up;
    /** Runs one after another that say the opposite of what counts. */
    private int contrary;

    /** @param up what counts at first; null: the first run says it */
    RiseAndFall(int rise, int fall, @Nullable Boolean up) {
        this.rise = rise;
        this.fall = fall;
        this.up = up;
    }

    /** @return whether what counts has changed by that run */
    boolean ran(boolean success) {
        if (up != null && up == success) {
            contrary = 0;
            return false;
        }
        contrary++;
        if (up != null && contrary < (success ? rise : fall)) {
            return false;
        }
        up = success;
        contrary = 0;
        return true;
    }

    /** Null before the first run. */
    @Nullable
    Boolean up() {
        return up;
    }
}
