package dev.weir.lbd;

import dev.weir.client.ControlMessage.Answer;
import dev.weir.engine.Director;
import dev.weir.engine.Settings;
import dev.weir.engine.Sysctl;
import java.util.List;

/** lbctl sysctl: shows and sets {@link Settings}, as sysctl(8) does the kernel's. */
final class SysctlTool implements ControlThread.Tool {
    private static final String PREFIX = "net.ipv4.vs.";

    private final Director director;

    SysctlTool(Director director) {
        this.director = director;
    }

    /** @param arguments each KEY or KEY=VALUE, with or without net.ipv4.vs before it; none: all keys. All are done, or none */
    @Override
    public Answer run(List<String> arguments, String stdin) {
        StringBuilder text = new StringBuilder();
        Settings settings = director.settings();
        try {
            for (String argument : arguments.isEmpty() ? keys() : arguments) {
                String[] parts = argument.split("=", 2);
                String key = parts[0].strip();
                key = key.startsWith(PREFIX) ? key.substring(PREFIX.length()) : key;
                if (parts.length == 2) {
                    settings = settings.with(key, parts[1]);
                }
                text.append(PREFIX).append(key).append(" = ").append(settings.text(key)).append('\n');
            }
        } catch (IllegalArgumentException e) {
            return new Answer(1, "", "lbctl sysctl: " + e.getMessage() + "; nothing was changed\n");
        }
        director.settings(settings);
        return new Answer(0, text.toString(), "");
    }

    private static List<String> keys() {
        return Sysctl.all().stream().map(Sysctl::key).toList();
    }
}
