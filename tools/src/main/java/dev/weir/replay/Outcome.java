package dev.weir.replay;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What came of a step.
 *
 * @param answer  what ipvsadm answered; null for other steps
 * @param frames  what was sent, in order for each port
 * @param host    whether the frame was left to the host's own stack
 * @param failure why the step could not be carried out; null where it was
 */
public record Outcome(@Nullable Answer answer, List<FrameHex> frames, boolean host, @Nullable String failure) {
    public record Answer(int exit, String stdout, String stderr) {
    }

    static Outcome failed(String why) {
        return new Outcome(null, List.of(), false, why);
    }
}
