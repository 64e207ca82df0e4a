package dev.weir.lbd;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * When a reload_time_file says that the configuration is to be read anew.
 *
 * @param dated whether it says the day: without, its time comes again the next day
 */
record ReloadTime(ZonedDateTime at, boolean dated) {
    private static final Pattern FORM = Pattern
            .compile("(?:(\\d{2}|\\d{4})-(\\d{2})-(\\d{2}) )?(\\d{2}):(\\d{2}):(\\d{2})(Z?)");
    /** strptime(3): years of two digits are 1969 to 2068. */
    private static final int FIRST_YEAR = 69;

    /**
     * @param line the file's first
     * @param now  in the zone that times without Z are of
     * @throws IllegalArgumentException where it is no time, or one of a day that is over
     */
    static ReloadTime parse(String line, ZonedDateTime now) {
        Matcher form = FORM.matcher(line);
        if (!form.matches()) {
            throw new IllegalArgumentException(
                    "'" + line + "' is no time: it is [[YY]YY-MM-DD ]HH:MM:SS, with Z behind it for UTC");
        }
        ZoneId zone = form.group(7).isEmpty() ? now.getZone() : ZoneOffset.UTC;
        ZonedDateTime today = now.withZoneSameInstant(zone);
        boolean dated = form.group(1) != null;
        try {
            LocalDate day = dated
                    ? LocalDate.of(year(form.group(1)), number(form, 2), number(form, 3))
                    : today.toLocalDate();
            LocalDateTime time = day.atTime(LocalTime.of(number(form, 4), number(form, 5), number(form, 6)));
            if (zone.getRules().getValidOffsets(time).isEmpty()) {
                throw new IllegalArgumentException("'" + line + "' is no time here: clocks are put forward over it");
            }
            ZonedDateTime at = time.atZone(zone);
            if (at.isAfter(today)) {
                return new ReloadTime(at, dated);
            }
            if (dated) {
                throw new IllegalArgumentException("'" + line + "' is over");
            }
            return new ReloadTime(time.plusDays(1).atZone(zone), false);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("'" + line + "' is no time: " + e.getMessage(), e);
        }
    }

    private static int number(Matcher form, int group) {
        return Integer.parseInt(form.group(group));
    }

    private static int year(String text) {
        int year = Integer.parseInt(text);
        return text.length() == 4 ? year : year + (year < FIRST_YEAR ? 2000 : 1900);
    }

    String text() {
        return String.format(Locale.ROOT, "%tF %<tT %<tZ", at);
    }
}
