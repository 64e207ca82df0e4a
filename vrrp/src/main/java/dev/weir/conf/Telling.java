package dev.weir.conf;

import dev.weir.conf.Definitions.Fifos;
import dev.weir.conf.Definitions.Globals;
import dev.weir.conf.Definitions.Mail;
import dev.weir.conf.Definitions.NotifyFifo;
import dev.weir.conf.Definitions.Reloading;
import dev.weir.conf.Definitions.Scripting;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Makes records of what global_defs says about scripts, FIFOs and mail. */
final class Telling {
    /** keepalived's own: what its scripts and FIFOs make is their owner's to read and write alone. */
    private static final int UMASK = 0177;
    private static final String RELOAD_FILE = "/run/keepalived.reload";
    private static final Map<Character, Integer> RIGHTS = Map.of('R', 4, 'W', 2, 'X', 1);
    private static final Map<String, Integer> WHOSE = Map.of("USR", 6, "GRP", 3, "OTH", 0);

    private Telling() {
    }

    static Globals globals(Settings global) {
        return new Globals(global.text("router_id").orElse(null), mail(global), scripting(global),
                new Fifos(fifo(global, ""), fifo(global, "vrrp_"), fifo(global, "lvs_"),
                        global.has("fifo_write_vrrp_states_on_reload")),
                global.seconds("vrrp_startup_delay", Duration.ZERO), global.has("dynamic_interfaces"),
                global.has("log_unknown_vrids"), global.has("disable_local_igmp"), reloading(global));
    }

    private static Reloading reloading(Settings global) {
        return new Reloading(
                global.has("reload_check_config") ? global.text("reload_check_config").orElse("/dev/null") : null,
                global.text("reload_time_file").orElse(null), global.has("reload_repeat"),
                global.has("reload_file") ? global.text("reload_file").orElse(RELOAD_FILE) : null);
    }

    private static Mail mail(Settings global) {
        List<String> server = global.words("smtp_server");
        return new Mail(global.names("notification_email"), global.text("notification_email_from").orElse(null),
                server.isEmpty() ? "127.0.0.1" : server.getFirst(),
                server.size() < 2 ? 25 : Settings.whole(server.get(1), 1, 65535).orElse(25),
                global.text("smtp_helo_name").orElse(null),
                global.seconds("smtp_connect_timeout", Duration.ofSeconds(30)), !global.has("no_email_faults"));
    }

    private static Scripting scripting(Settings global) {
        List<String> user = global.words("script_user");
        return new Scripting(user.isEmpty() ? null : user.getFirst(), user.size() < 2 ? null : user.get(1),
                global.has("enable_script_security"), umask(String.join("", global.words("umask"))),
                Command.of(global.block().first("startup_script")),
                global.seconds("startup_script_timeout", Duration.ofSeconds(10)),
                Command.of(global.block().first("shutdown_script")),
                global.seconds("shutdown_script_timeout", Duration.ofSeconds(10)));
    }

    private static @Nullable NotifyFifo fifo(Settings global, String kind) {
        List<String> words = global.words(kind + "notify_fifo");
        return words.isEmpty()
                ? null
                : new NotifyFifo(words.getFirst(), words.size() < 2 ? null : words.get(1),
                        words.size() < 3 ? null : words.get(2),
                        Command.of(global.block().last(kind + "notify_fifo_script")));
    }

    /** A number as in C, or names such as IWGRP|IWOTH. */
    private static int umask(String text) {
        if (text.isEmpty()) {
            return UMASK;
        }
        if (Character.isDigit(text.charAt(0))) {
            return number(text).filter(mask -> mask <= 0777).orElse(UMASK);
        }
        int mask = 0;
        for (String bit : text.split("\\|", -1)) {
            Integer right = bit.length() == 5 ? RIGHTS.get(bit.charAt(1)) : null;
            Integer shift = bit.length() == 5 ? WHOSE.get(bit.substring(2)) : null;
            if (right == null || shift == null) {
                return UMASK;
            }
            mask |= right << shift;
        }
        return mask;
    }

    private static Optional<Integer> number(String text) {
        try {
            return Optional.of(Integer.decode(text));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }
}
