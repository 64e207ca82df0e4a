package dev.weir.lbctl;

import dev.weir.lvs.Operator.CheckStatus;
import dev.weir.lvs.Operator.InstanceStatus;
import dev.weir.lvs.Operator.ServerStatus;
import dev.weir.lvs.Operator.ServiceStatus;
import dev.weir.lvs.Operator.Status;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Objects;

/** What the half of keepalived.conf knows, for people. */
public final class StatusListing {
    private final DateTimeFormatter time;
    private final StringBuilder text = new StringBuilder();

    private StatusListing(ZoneId zone) {
        time = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss", Locale.ROOT).withZone(zone);
    }

    /** @param zone of the times in it */
    public static String of(Status status, ZoneId zone) {
        StatusListing listing = new StatusListing(zone);
        listing.all(status);
        return listing.text.toString();
    }

    private void all(Status status) {
        line("%s, taken over %s, running since %s; mended %s times".formatted(status.config(), at(status.reloaded()),
                at(status.started()), status.mended()));
        status.instances().forEach(this::instance);
        status.services().forEach(this::service);
        if (!status.differences().isEmpty()) {
            line("");
            line("changed by others, and left so:");
            status.differences().forEach(difference -> line("  %s".formatted(difference)));
        }
    }

    private void instance(InstanceStatus instance) {
        line("instance %s: %s since %s, priority %s".formatted(instance.name(), instance.state(), at(instance.since()),
                instance.priority()));
    }

    private void service(ServiceStatus service) {
        line("");
        line("%s %s: %s since %s, weight %s of quorum %s%s%s".formatted(service.name(), service.scheduler(),
                service.quorate() ? "up" : "down", at(service.since()), service.weight(), service.quorum(),
                service.sorry() ? ", the sorry server stands in" : "",
                service.suspended() ? ", checks rest: its address is another director's" : ""));
        service.servers().forEach(this::server);
    }

    private void server(ServerStatus server) {
        line("  %s: %s since %s, weight %s, %s active and %s inactive connections%s".formatted(server.name(),
                server.state().name().toLowerCase(Locale.ROOT), at(server.since()),
                server.weight() == server.configured()
                        ? Integer.toString(server.weight())
                        : server.weight() + " (configured: " + server.configured() + ")",
                server.active(), server.inactive(),
                server.byHand() == null ? "" : "; by hand: " + server.byHand()));
        line("    because: %s".formatted(server.why()));
        server.checks().forEach(this::check);
    }

    private void check(CheckStatus check) {
        Instant at = check.at();
        if (at == null) {
            line("    %s: counts as %s, not asked yet".formatted(check.kind(), check.up() ? "up" : "down"));
        } else {
            line("    %s: %s, asked %s, took %s ms%s: %s".formatted(check.kind(), check.up() ? "up" : "down", at(at),
                    check.took().toMillis(),
                    check.failures() == 0 ? "" : ", failed " + check.failures() + " times in a row",
                    Objects.requireNonNullElse(check.detail(), "")));
        }
    }

    private String at(Instant when) {
        return time.format(when);
    }

    private void line(String line) {
        text.append(line).append('\n');
    }
}
