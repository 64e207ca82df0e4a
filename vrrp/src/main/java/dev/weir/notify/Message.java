package dev.weir.notify;

import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/** A mail in the form of RFC 5322. */
record Message(String from, List<String> recipients, String subject, String body, ZonedDateTime date) {
    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss xx",
            Locale.ROOT);

    /** As it follows DATA, without the dot at its end (RFC 5321 section 4.5.2: one more before a dot that begins a line). */
    List<String> lines() {
        String text = """
                Date: %s
                From: %s
                Subject: %s
                X-Mailer: Weir
                To: %s

                %s
                """.formatted(DATE.format(date), oneLine(from), oneLine(subject),
                oneLine(String.join(", ", recipients)),
                body);
        return text.lines().map(line -> line.startsWith(".") ? "." + line : line).toList();
    }

    /** Nothing that a configuration says becomes a header of its own. */
    private static String oneLine(String text) {
        return text.replaceAll("[\r\n]", " ");
    }
}
