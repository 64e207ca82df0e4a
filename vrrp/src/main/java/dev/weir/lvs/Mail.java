package dev.weir.lvs;

import dev.weir.check.Checked;
import dev.weir.conf.HealthCheck;

/** What mail says of a check that changed a server's state: keepalived's words, since people filter by them. */
final class Mail {
    private Mail() {
    }

    static String of(HealthCheck check, Checked checked) {
        String how = (checked.up() ? "succeed" : "failed") + " on service";
        return "=> " + switch (check.kind()) {
            case "PING_CHECK" -> "ICMP CHECK " + how;
            case "DNS_CHECK" -> "DNS_CHECK: " + how;
            case "HTTP_GET", "SSL_GET", "SMTP_CHECK" -> "CHECK " + how
                    + (checked.up() ? "" : " : " + checked.outcome().detail());
            default -> check.kind().replace('_', ' ') + " " + how;
        } + " <=";
    }
}
