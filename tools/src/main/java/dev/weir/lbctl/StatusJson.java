package dev.weir.lbctl;

import dev.weir.lvs.Operator;
import dev.weir.lvs.Operator.CheckStatus;
import dev.weir.lvs.Operator.InstanceStatus;
import dev.weir.lvs.Operator.ServerStatus;
import dev.weir.lvs.Operator.ServiceStatus;
import java.io.StringWriter;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** lb-ctl --json: one object on one line. Its fields stand in docs/lb-ctl.md; none is ever renamed. Times are ISO 8601, UTC. */
final class StatusJson {
    private static final JsonFactory JSON = new JsonFactory();
    private final JsonGenerator json;

    private StatusJson(JsonGenerator json) {
        this.json = json;
    }

    /** The object whose fields {@code body} writes. */
    static String object(Consumer<JsonGenerator> body) {
        StringWriter out = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), out)) {
            json.writeStartObject();
            body.accept(json);
            json.writeEndObject();
        }
        return out.append('\n').toString();
    }

    static void status(JsonGenerator json, Operator.Status status) {
        StatusJson writer = new StatusJson(json);
        json.writeStringProperty("config", status.config());
        json.writeStringProperty("started", status.started().toString());
        json.writeStringProperty("reloaded", status.reloaded().toString());
        json.writeNumberProperty("mended", status.mended());
        writer.each("instances", status.instances(), writer::instance);
        writer.each("services", status.services(), writer::service);
        strings(json, "differences", status.differences());
    }

    static String reloaded(Operator.Reloaded reloaded) {
        return object(json -> {
            json.writeBooleanProperty("taken", reloaded.taken());
            strings(json, "actions", reloaded.actions());
            strings(json, "problems", reloaded.problems());
        });
    }

    static String answer(Operator.Answer answer) {
        return object(json -> {
            StatusJson writer = new StatusJson(json);
            writer.each("changed", answer.changed(), change -> {
                json.writeStringProperty("service", change.service());
                json.writeStringProperty("server", change.server());
                json.writeStringProperty("what", change.what());
            });
            writer.optional("problem", answer.problem());
        });
    }

    private static void strings(JsonGenerator json, String name, List<String> texts) {
        json.writeArrayPropertyStart(name);
        texts.forEach(json::writeString);
        json.writeEndArray();
    }

    private <T> void each(String name, List<T> things, Consumer<T> body) {
        json.writeArrayPropertyStart(name);
        things.forEach(thing -> {
            json.writeStartObject();
            body.accept(thing);
            json.writeEndObject();
        });
        json.writeEndArray();
    }

    private void instance(InstanceStatus instance) {
        json.writeStringProperty("name", instance.name());
        json.writeStringProperty("state", instance.state());
        json.writeStringProperty("since", instance.since().toString());
        json.writeNumberProperty("priority", instance.priority());
    }

    private void service(ServiceStatus service) {
        json.writeStringProperty("name", service.name());
        json.writeStringProperty("scheduler", service.scheduler());
        json.writeBooleanProperty("up", service.quorate());
        json.writeStringProperty("since", service.since().toString());
        json.writeNumberProperty("weight", service.weight());
        json.writeNumberProperty("quorum", service.quorum());
        json.writeBooleanProperty("sorry", service.sorry());
        json.writeBooleanProperty("suspended", service.suspended());
        each("servers", service.servers(), this::server);
    }

    private void server(ServerStatus server) {
        json.writeStringProperty("name", server.name());
        json.writeStringProperty("state", server.state().name().toLowerCase(Locale.ROOT));
        json.writeStringProperty("why", server.why());
        json.writeStringProperty("since", server.since().toString());
        json.writeNumberProperty("weight", server.weight());
        json.writeNumberProperty("configured", server.configured());
        json.writeNumberProperty("active", server.active());
        json.writeNumberProperty("inactive", server.inactive());
        optional("by_hand", server.byHand());
        each("checks", server.checks(), this::check);
    }

    private void check(CheckStatus check) {
        json.writeStringProperty("kind", check.kind());
        json.writeBooleanProperty("up", check.up());
        optional("detail", check.detail());
        optional("at", check.at() == null ? null : check.at().toString());
        json.writeNumberProperty("took_ms", check.took().toMillis());
        json.writeNumberProperty("failures", check.failures());
    }

    private void optional(String name, @Nullable String value) {
        if (value != null) {
            json.writeStringProperty(name, value);
        }
    }
}
