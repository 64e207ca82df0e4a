package dev.weir.bench.e2e;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.TokenStreamContext;
import tools.jackson.core.json.JsonFactory;

/** JSON as a table of its leaves: {@code samples.0.measure} has the first sample's measure. */
final class FlatJson {
    private static final JsonFactory FACTORY = new JsonFactory();
    private final SequencedMap<String, String> leaves = new LinkedHashMap<>();

    static FlatJson read(String text) throws IOException {
        FlatJson json = new FlatJson();
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), text)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token.isScalarValue()) {
                    json.leaves.put(path(parser), parser.getString());
                }
            }
            return json;
        } catch (JacksonException e) {
            throw new IOException("not JSON: " + e.getOriginalMessage(), e);
        }
    }

    private static String path(JsonParser parser) {
        Deque<String> words = new ArrayDeque<>();
        for (TokenStreamContext at = parser.streamReadContext(); at != null && !at.inRoot(); at = at.getParent()) {
            words.push(at.inArray() ? String.valueOf(at.getCurrentIndex()) : at.currentName());
        }
        return String.join(".", words);
    }

    boolean has(String path) {
        return leaves.containsKey(path);
    }

    String text(String path) throws IOException {
        String found = leaves.get(path);
        if (found == null) {
            throw new IOException("no \"" + path + "\" in the JSON");
        }
        return found;
    }

    double number(String path) throws IOException {
        return Double.parseDouble(text(path));
    }

    /** What stands right under a path, by name. */
    SequencedMap<String, String> under(String path) {
        SequencedMap<String, String> found = new LinkedHashMap<>();
        for (Map.Entry<String, String> leaf : leaves.entrySet()) {
            if (leaf.getKey().startsWith(path + ".")) {
                found.put(leaf.getKey().substring(path.length() + 1), leaf.getValue());
            }
        }
        return found;
    }
}
