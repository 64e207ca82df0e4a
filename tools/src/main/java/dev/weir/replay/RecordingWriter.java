package dev.weir.replay;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonFactoryBuilder;
import tools.jackson.core.StreamWriteFeature;

/**
 * Writes rows as recordings have them. A step that could not be carried out is written as another kind of step, "KIND
 * failed: WHY", so that no comparer takes it for done.
 */
final class RecordingWriter {
    private static final JsonFactory JSON = new JsonFactoryBuilder().disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
            .build();

    private RecordingWriter() {
    }

    static void write(Recording recording, Path file) throws IOException {
        try (Writer writer = Files.newBufferedWriter(file)) {
            line(writer, json -> topology(json, recording.topology()));
            for (Row row : recording.rows()) {
                line(writer, json -> row(json, row));
            }
        }
    }

    private interface Fields {
        void write(JsonGenerator json);
    }

    private static void line(Writer writer, Fields fields) throws IOException {
        try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), writer)) {
            json.writeStartObject();
            fields.write(json);
            json.writeEndObject();
        }
        writer.write('\n');
    }

    private static void row(JsonGenerator json, Row row) {
        Outcome outcome = row.outcome();
        String kind = row.step().kind();
        json.writeNumberProperty("at_ms", row.atMilliseconds());
        json.writeStringProperty("do", outcome.failure() == null ? kind : kind + " failed: " + outcome.failure());
        switch (row.step()) {
            case Step.Ipvsadm(String arguments, String stdin) -> {
                json.writeStringProperty("args", arguments);
                if (stdin != null) {
                    json.writeStringProperty("stdin", stdin);
                }
            }
            case Step.Arrival(FrameHex frame) -> frame(json, frame);
            case Step.Mark(String rule) -> json.writeStringProperty("rule", rule);
            case Step.Ip(String arguments) -> json.writeStringProperty("args", arguments);
            case Step.Sysctl(String key, String value) -> {
                json.writeStringProperty("key", key);
                json.writeStringProperty("value", value);
            }
            case Step.Proc(String file) -> json.writeStringProperty("file", file);
            case Step.Sleep(long milliseconds) -> json.writeNumberProperty("ms", milliseconds);
        }
        if (outcome.answer() != null && row.step() instanceof Step.Proc) {
            json.writeStringProperty("stdout", outcome.answer().stdout());
        } else if (outcome.answer() != null) {
            json.writeNumberProperty("exit", outcome.answer().exit());
            json.writeStringProperty("stdout", outcome.answer().stdout());
            json.writeStringProperty("stderr", outcome.answer().stderr());
        }
        if (!outcome.frames().isEmpty() || row.step() instanceof Step.Arrival || row.step() instanceof Step.Sleep) {
            json.writeName("frames");
            json.writeStartArray();
            for (FrameHex frame : outcome.frames()) {
                json.writeStartObject();
                frame(json, frame);
                json.writeEndObject();
            }
            json.writeEndArray();
        }
        if (outcome.host()) {
            json.writeBooleanProperty("host", true);
        }
        if (row.note() != null) {
            json.writeStringProperty("note", row.note());
        }
    }

    private static void frame(JsonGenerator json, FrameHex frame) {
        json.writeStringProperty("port", frame.port());
        json.writeStringProperty("hex", frame.hex());
    }

    private static void topology(JsonGenerator json, Topology topology) {
        json.writeName("topology");
        json.writeStartObject();
        for (Topology.Link link : topology.links()) {
            json.writeName(link.name());
            json.writeStartObject();
            json.writeStringProperty("mac", hardwareAddress(link.hardwareAddress()));
            strings(json, "ipv4", link.addresses().stream().filter(a -> a.address().isV4()).toList());
            strings(json, "ipv6", link.addresses().stream().filter(a -> !a.address().isV4()).toList());
            json.writeEndObject();
        }
        json.writeName("routes");
        json.writeStartArray();
        for (Topology.Route route : topology.routes()) {
            json.writeStartObject();
            json.writeStringProperty("to",
                    route.to().length() == 0 && route.gateway() != null ? "default" : route.to().toString());
            if (route.gateway() != null) {
                json.writeStringProperty("via", route.gateway().toString());
            }
            json.writeStringProperty("dev", route.link());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeName("neighbours");
        json.writeStartArray();
        for (Topology.Neighbour neighbour : topology.neighbours()) {
            json.writeStartObject();
            json.writeStringProperty("ip", neighbour.address().toString());
            json.writeStringProperty("dev", neighbour.link());
            json.writeStringProperty("mac", hardwareAddress(neighbour.hardwareAddress()));
            json.writeEndObject();
        }
        json.writeEndArray();
        strings(json, "vips", topology.virtual());
        strings(json, "local", topology.local());
        json.writeEndObject();
    }

    private static void strings(JsonGenerator json, String name, List<?> values) {
        json.writeName(name);
        json.writeStartArray();
        values.forEach(value -> json.writeString(value.toString()));
        json.writeEndArray();
    }

    static String hardwareAddress(long bits) {
        return HexFormat.ofDelimiter(":").formatHex(new byte[]{(byte) (bits >> 40), (byte) (bits >> 32),
                (byte) (bits >> 24), (byte) (bits >> 16), (byte) (bits >> 8), (byte) bits});
    }
}
