package dev.weir.replay;

import org.jspecify.annotations.Nullable;

/**
 * One step of a recording and what came of it.
 *
 * @param atMilliseconds when, from the recording's start
 * @param note           what the scenario says of the step, for people
 */
public record Row(long atMilliseconds, Step step, Outcome outcome, @Nullable String note) {
    Row with(Outcome other) {
        return new Row(atMilliseconds, step, other, note);
    }

    /** The same, at another time. */
    Row at(long milliseconds) {
        return new Row(milliseconds, step, outcome, note);
    }

    /** The step in a few words, for messages. */
    String title() {
        String what = switch (step) {
            case Step.Ipvsadm ipvsadm -> ipvsadm.arguments();
            case Step.Arrival arrival -> note != null ? note : arrival.frame().port();
            case Step.Mark mark -> mark.rule();
            case Step.Ip ip -> ip.arguments();
            case Step.Sysctl sysctl -> sysctl.key() + "=" + sysctl.value();
            case Step.Proc proc -> proc.file();
            case Step.Sleep sleep -> sleep.milliseconds() + " ms";
        };
        return step.kind() + " " + what;
    }
}
