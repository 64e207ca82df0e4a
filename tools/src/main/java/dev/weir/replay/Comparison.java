package dev.weir.replay;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Holds what a director did against a recording of the kernel's IPVS, by the rules of tools/oracle/compare.py. A step
 * agrees when its exit status, what it printed and the frames it sent are the same, but for what no implementation can
 * or need repeat: see {@link FreeFields} and {@link Listings}. Frames that leave on different ports have no order among
 * each other. A frame that IPVS leaves to the host may be left to the host, or answered as the host would.
 */
final class Comparison {
    private final Topology topology;
    private final FreeFields freeFields;

    Comparison(Topology topology) {
        this.topology = topology;
        this.freeFields = new FreeFields(topology);
    }

    /** @param differences one text for each step that does not agree, in order */
    record Result(String name, int agreed, int steps, List<String> differences) {
        boolean agrees() {
            return agreed == steps;
        }
    }

    static Result compare(Recording golden, Recording actual) {
        Comparison comparison = new Comparison(golden.topology());
        List<String> differences = new ArrayList<>();
        for (int i = 0; i < golden.rows().size(); i++) {
            Row expected = golden.rows().get(i);
            String difference = i < actual.rows().size()
                    ? comparison.difference(expected, actual.rows().get(i))
                    : "is missing";
            if (difference != null) {
                differences.add(golden.name() + " step " + (i + 1) + " (" + expected.title() + ") " + difference);
            }
        }
        int steps = golden.rows().size();
        return new Result(golden.name(), steps - differences.size(), steps, differences);
    }

    /** What is not the same in a step, in words; null where it agrees. */
    @Nullable
    String difference(Row golden, Row actual) {
        if (actual.outcome().failure() != null) {
            return "failed: " + actual.outcome().failure();
        }
        if (!golden.step().kind().equals(actual.step().kind())) {
            return "is a step '" + actual.step().kind() + "'";
        }
        String answers = answerDifference(golden, actual);
        return answers != null ? answers : frameDifference(golden.outcome(), actual.outcome());
    }

    private static @Nullable String answerDifference(Row golden, Row actual) {
        if (golden.outcome().answer() == null) {
            return null;
        }
        Outcome.Answer expected = golden.outcome().answer();
        Outcome.Answer found = actual.outcome().answer();
        if (found == null) {
            return "has no answer";
        }
        if (expected.exit() != found.exit()) {
            return "exit: " + expected.exit() + " became " + found.exit() + (found.stderr().isEmpty()
                    ? ""
                    : "; stderr: " + found.stderr().strip());
        }
        if (!expected.stderr().equals(found.stderr())) {
            return "stderr:\n" + expected.stderr() + "became:\n" + found.stderr();
        }
        if (!Listings.agree(golden.step(), expected.stdout(), found.stdout(), late(golden, actual))) {
            return "stdout:\n" + expected.stdout() + "became:\n" + found.stdout();
        }
        return null;
    }

    /** Seconds by which a step came after its time, of a recording that was played in real time on a busy machine. */
    private static int late(Row golden, Row actual) {
        return (int) Math.max(0, (actual.atMilliseconds() - golden.atMilliseconds() + 999) / 1000);
    }

    private @Nullable String frameDifference(Outcome golden, Outcome actual) {
        Map<String, List<FrameHex>> expected = byPort(golden.frames());
        Map<String, List<FrameHex>> found = byPort(actual.frames());
        boolean leftToTheHost = golden.host() && actual.host() && found.isEmpty();
        if (leftToTheHost || expected.equals(found)) {
            return null;
        }
        return "frames: " + text(expected) + "\n        became: " + text(found)
                + (actual.host() ? " (and left to the host)" : "");
    }

    private Map<String, List<FrameHex>> byPort(List<FrameHex> frames) {
        Map<String, List<FrameHex>> byPort = new TreeMap<>();
        for (FrameHex frame : frames) {
            byte[] bytes = frame.bytes();
            if (!FreeFields.isHousekeeping(bytes, topology)) {
                byPort.computeIfAbsent(frame.port(), port -> new ArrayList<>())
                        .add(FrameHex.of(frame.port(), freeFields.cleared(bytes)));
            }
        }
        return byPort;
    }

    private static String text(Map<String, List<FrameHex>> byPort) {
        List<String> texts = new ArrayList<>();
        byPort.values().forEach(frames -> frames.forEach(frame -> texts.add(frame.port() + " " + frame.hex())));
        return texts.isEmpty() ? "none" : String.join("; ", texts);
    }
}
