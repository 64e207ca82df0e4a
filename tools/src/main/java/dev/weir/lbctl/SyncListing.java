package dev.weir.lbctl;

import dev.weir.sync.stream.Progress;
import dev.weir.sync.stream.StreamOptions;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import tools.jackson.core.JsonGenerator;

/** How far connections are synchronised, for people and programs. */
final class SyncListing {
    private SyncListing() {
    }

    /** @param zone of the times in it */
    static String of(List<Progress> all, ZoneId zone) {
        DateTimeFormatter time = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss", Locale.ROOT).withZone(zone);
        return all.stream().map(one -> text(one, time::format)).collect(Collectors.joining());
    }

    private static String text(Progress one, Function<Instant, String> time) {
        return "%s: %s since %s%n  tells: %s%n  is told: %s%n  %d sessions, %d bytes in, %d bytes out, %d refused%s%n"
                .formatted(address(one), one.connected() ? "connected" : "not connected", time.apply(one.since()),
                        one.outgoing(), one.incoming(), one.sessions(), one.bytesIn(), one.bytesOut(), one.refused(),
                        one.problem().isEmpty() ? "" : String.format("%n  %s", one.problem()));
    }

    private static String address(Progress one) {
        return new StreamOptions.Address(one.peer(), one.port()).toString();
    }

    /** In one line. */
    static String line(Progress one) {
        boolean inStep = one.incoming().isInStep() && one.outgoing().isInStep();
        return "synchronised with " + address(one) + ": " + (!one.connected()
                ? "no; " + (one.problem().isEmpty() ? "no answer yet" : one.problem())
                : inStep ? "in step" : "not in step; it knows " + one.outgoing() + "; told by it: " + one.incoming());
    }

    static void json(List<Progress> all, JsonGenerator json) {
        json.writeArrayPropertyStart("stream");
        all.forEach(one -> {
            json.writeStartObject();
            json.writeStringProperty("peer", one.peer().toString());
            json.writeNumberProperty("port", one.port());
            json.writeBooleanProperty("connected", one.connected());
            json.writeStringProperty("since", one.since().toString());
            way("tells", one.outgoing(), json);
            way("told", one.incoming(), json);
            json.writeNumberProperty("sessions", one.sessions());
            json.writeNumberProperty("bytes_in", one.bytesIn());
            json.writeNumberProperty("bytes_out", one.bytesOut());
            json.writeNumberProperty("refused", one.refused());
            if (!one.problem().isEmpty()) {
                json.writeStringProperty("problem", one.problem());
            }
            json.writeEndObject();
        });
        json.writeEndArray();
    }

    private static void way(String name, Progress.Way way, JsonGenerator json) {
        json.writeObjectPropertyStart(name);
        json.writeNumberProperty("connections", way.connections());
        json.writeNumberProperty("all", way.all());
        json.writeNumberProperty("seconds_behind", way.seconds());
        json.writeBooleanProperty("complete", way.complete());
        json.writeBooleanProperty("in_step", way.isInStep());
        json.writeEndObject();
    }
}
