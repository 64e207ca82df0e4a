package dev.weir.bench.e2e;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * What a run gave, as its JSON file has it.
 *
 * @param about command, machine, date and the like, by name
 */
record Results(SequencedMap<String, String> about, List<Sample> samples) {
    private static final JsonFactory FACTORY = new JsonFactory();

    void write(Path file) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = FACTORY.createGenerator(ObjectWriteContext.empty(), text)) {
            json.writeStartObject();
            json.writeObjectPropertyStart("about");
            about.forEach(json::writeStringProperty);
            json.writeEndObject();
            json.writeArrayPropertyStart("samples");
            for (Sample sample : samples) {
                json.writeRaw('\n');
                write(json, sample);
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        Files.writeString(file, text.append('\n').toString());
    }

    private static void write(JsonGenerator json, Sample sample) {
        json.writeStartObject();
        json.writeStringProperty("measure", sample.measure());
        json.writeStringProperty("contender", sample.contender());
        json.writeStringProperty("placement", sample.placement());
        json.writeStringProperty("cores", sample.cores());
        json.writeNumberProperty("round", sample.round());
        json.writeObjectPropertyStart("values");
        sample.values().forEach((name, value) -> json.writeNumberProperty(name, Math.round(value * 10) / 10.0));
        json.writeEndObject();
        json.writeEndObject();
    }

    static Results read(Path file) throws IOException {
        FlatJson json = FlatJson.read(Files.readString(file));
        List<Sample> samples = new ArrayList<>();
        for (int i = 0; json.has("samples." + i + ".measure"); i++) {
            String at = "samples." + i + ".";
            SequencedMap<String, Double> values = new LinkedHashMap<>();
            for (Map.Entry<String, String> value : json.under(at + "values").entrySet()) {
                values.put(value.getKey(), Double.valueOf(value.getValue()));
            }
            samples.add(new Sample(json.text(at + "measure"), json.text(at + "contender"), json.text(at + "placement"),
                    json.text(at + "cores"), (int) json.number(at + "round"), values));
        }
        return new Results(json.under("about"), samples);
    }

    /** All rounds' values of that name, in their order. */
    List<Double> values(String placement, String measure, String contender, String value) {
        return samples.stream().filter(sample -> sample.placement().equals(placement)
                && sample.measure().equals(measure) && sample.contender().equals(contender)
                && sample.values().containsKey(value)).map(sample -> sample.values().get(value)).toList();
    }
}
