package dev.weir.replay;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * One JSON object whose fields are asked for by name and kind. What is missing, of another kind or never asked for is
 * an {@link IllegalArgumentException} that names the field.
 */
final class JsonObject {
    private static final JsonFactory JSON = new JsonFactory();
    private final Map<String, Object> fields;
    private final Set<String> asked = new HashSet<>();

    private JsonObject(Map<String, Object> fields) {
        this.fields = fields;
    }

    /** @throws IllegalArgumentException where {@code text} is not just one object, or has null in it */
    static JsonObject parse(String text) {
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), text)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new IllegalArgumentException("no JSON object");
            }
            JsonObject object = object(parser);
            if (parser.nextToken() != null) {
                throw new IllegalArgumentException("something follows the JSON object");
            }
            return object;
        } catch (JacksonException e) {
            throw new IllegalArgumentException("not JSON: " + e.getOriginalMessage(), e);
        }
    }

    private static JsonObject object(JsonParser parser) {
        Map<String, Object> fields = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            parser.nextToken();
            if (fields.put(name, value(parser)) != null) {
                throw new IllegalArgumentException("\"" + name + "\" stands twice");
            }
        }
        return new JsonObject(fields);
    }

    private static Object value(JsonParser parser) {
        return switch (parser.currentToken()) {
            case START_OBJECT -> object(parser);
            case START_ARRAY -> {
                List<Object> values = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    values.add(value(parser));
                }
                yield values;
            }
            case VALUE_STRING -> parser.getString();
            case VALUE_NUMBER_INT -> parser.getLongValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            default -> throw new IllegalArgumentException("unexpected " + parser.getString());
        };
    }

    boolean has(String name) {
        return fields.containsKey(name);
    }

    Set<String> names() {
        return fields.keySet();
    }

    String string(String name) {
        return get(name, String.class, "a string");
    }

    @Nullable
    String stringOrNull(String name) {
        return has(name) ? string(name) : null;
    }

    long number(String name) {
        return get(name, Long.class, "a whole number");
    }

    boolean flag(String name) {
        return has(name) && get(name, Boolean.class, "true or false");
    }

    JsonObject child(String name) {
        return get(name, JsonObject.class, "an object");
    }

    List<JsonObject> children(String name) {
        return elements(name, JsonObject.class, "a list of objects");
    }

    List<String> strings(String name) {
        return elements(name, String.class, "a list of strings");
    }

    private <T> List<T> elements(String name, Class<T> kind, String words) {
        List<T> elements = new ArrayList<>();
        for (Object element : get(name, List.class, words)) {
            if (!kind.isInstance(element)) {
                throw new IllegalArgumentException("\"" + name + "\" is not " + words);
            }
            elements.add(kind.cast(element));
        }
        return elements;
    }

    private <T> T get(String name, Class<T> kind, String words) {
        asked.add(name);
        Object value = fields.get(name);
        if (value == null) {
            throw new IllegalArgumentException("\"" + name + "\" is missing");
        }
        if (!kind.isInstance(value)) {
            throw new IllegalArgumentException("\"" + name + "\" is not " + words);
        }
        return kind.cast(value);
    }

    /** To be called when all that is known was asked for. */
    void refuseOthers() {
        for (String name : fields.keySet()) {
            if (!asked.contains(name)) {
                throw new IllegalArgumentException("\"" + name + "\" is not known here");
            }
        }
    }
}
