package dev.weir.lbd;

import dev.weir.client.ControlMessage.Answer;
import dev.weir.engine.Director;
import dev.weir.engine.Settings;
import dev.weir.engine.Sysctl;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** lb-sysctl, and lb-ctl sysctl: shows and sets {@link Settings} by the command line and the files of sysctl(8). All is done, or nothing. */
final class SysctlTool implements ControlThread.Tool {
    private static final String PREFIX = "net.ipv4.vs.";
    private static final String USAGE = """
            usage: lb-sysctl [-n|-N] [-e] [-q] [-w] KEY[=VALUE]...
                   lb-sysctl -a
                   lb-sysctl -p [FILE]
            Shows and sets what is under net.ipv4.vs. A key may stand with or without that before it.
              -a  all keys                    -n  only values          -N  only names
              -w  every argument sets one     -e  unknown keys are passed over
              -q  what is set is not shown    -p  sets what FILE says, /etc/sysctl.conf by default, in the form of
                                                  sysctl.conf(5); what is not under net.ipv4.vs is passed over
            """;

    private final Director director;

    SysctlTool(Director director) {
        this.director = director;
    }

    private enum Flag {
        ALL, VALUES, NAMES, IGNORE, QUIET, WRITE, LOAD, HELP
    }

    /** @param place where it was said, for messages */
    private record Line(String text, boolean mayFail, String place) {
    }

    /**
     * Sets what a file in the form of sysctl.conf(5) says.
     *
     * @throws IllegalArgumentException with the line that is wrong; nothing is set then
     */
    void load(String file) {
        carryOut(settings(file), EnumSet.of(Flag.QUIET));
    }

    /** @param stdin with -p, the file */
    @Override
    public Answer run(List<String> arguments, String stdin) {
        Set<Flag> flags = EnumSet.noneOf(Flag.class);
        List<Line> lines = new ArrayList<>();
        try {
            for (String argument : arguments) {
                if (argument.startsWith("-") && argument.length() > 1) {
                    flags.addAll(flags(argument));
                } else {
                    lines.add(new Line(argument, false, ""));
                }
            }
            if (flags.contains(Flag.HELP)) {
                return new Answer(0, USAGE, "");
            }
            if (flags.contains(Flag.LOAD)) {
                lines = settings(stdin);
            } else if (lines.isEmpty() || flags.contains(Flag.ALL)) {
                lines = Sysctl.all().stream().map(key -> new Line(key.key(), false, "")).toList();
            }
            return carryOut(lines, flags);
        } catch (IllegalArgumentException e) {
            return new Answer(1, "", "lb-sysctl: " + e.getMessage() + "; nothing was changed\n");
        }
    }

    private static Set<Flag> flags(String argument) {
        Set<Flag> flags = EnumSet.noneOf(Flag.class);
        if (argument.startsWith("--")) {
            flags.add(switch (argument.replaceFirst("=.*", "")) {
                case "--all" -> Flag.ALL;
                case "--values" -> Flag.VALUES;
                case "--names" -> Flag.NAMES;
                case "--ignore" -> Flag.IGNORE;
                case "--quiet" -> Flag.QUIET;
                case "--write" -> Flag.WRITE;
                case "--load" -> Flag.LOAD;
                case "--help" -> Flag.HELP;
                default -> throw new IllegalArgumentException("no such option: " + argument + " (-h lists them)");
            });
            return flags;
        }
        for (int i = 1; i < argument.length(); i++) {
            flags.add(switch (argument.charAt(i)) {
                case 'a', 'A', 'X' -> Flag.ALL;
                case 'n' -> Flag.VALUES;
                case 'N' -> Flag.NAMES;
                case 'e' -> Flag.IGNORE;
                case 'q' -> Flag.QUIET;
                case 'w' -> Flag.WRITE;
                case 'p', 'f' -> Flag.LOAD;
                case 'h' -> Flag.HELP;
                default -> throw new IllegalArgumentException("no such option: -" + argument.charAt(i)
                        + " (-h lists them)");
            });
        }
        return flags;
    }

    /** The lines of a file that set something under net.ipv4.vs. */
    private static List<Line> settings(String file) {
        List<Line> settings = new ArrayList<>();
        int number = 0;
        for (String line : file.split("\n", -1)) {
            number++;
            String text = line.strip();
            if (text.isEmpty() || text.startsWith("#") || text.startsWith(";")) {
                continue;
            }
            boolean mayFail = text.startsWith("-");
            String setting = mayFail ? text.substring(1) : text;
            if (!setting.contains("=")) {
                throw new IllegalArgumentException("line " + number + ": not of the form KEY = VALUE: " + text);
            }
            if (dotted(setting.substring(0, setting.indexOf('=')).strip()).startsWith(PREFIX)) {
                settings.add(new Line(setting, mayFail, "line " + number + ": "));
            }
        }
        return settings;
    }

    private Answer carryOut(List<Line> lines, Set<Flag> flags) {
        StringBuilder text = new StringBuilder();
        Settings settings = director.settings();
        for (Line line : lines) {
            String[] parts = line.text().split("=", 2);
            String key = key(parts[0]);
            if (flags.contains(Flag.IGNORE) && Sysctl.find(key).isEmpty()) {
                continue;
            }
            try {
                if (parts.length == 2) {
                    settings = settings.with(key, parts[1].strip());
                } else if (flags.contains(Flag.WRITE)) {
                    throw new IllegalArgumentException("\"" + line.text() + "\" must be of the form KEY=VALUE");
                }
                if (parts.length == 1 || !flags.contains(Flag.QUIET)) {
                    text.append(shown(key, settings.text(key), flags)).append('\n');
                }
            } catch (IllegalArgumentException e) {
                if (!line.mayFail()) {
                    throw new IllegalArgumentException(line.place() + e.getMessage(), e);
                }
            }
        }
        director.settings(settings);
        return new Answer(0, text.toString(), "");
    }

    private static String shown(String key, String value, Set<Flag> flags) {
        if (flags.contains(Flag.NAMES)) {
            return PREFIX + key;
        }
        return flags.contains(Flag.VALUES) ? value : PREFIX + key + " = " + value;
    }

    /** The name under net.ipv4.vs. */
    private static String key(String written) {
        String key = dotted(written.strip());
        for (String prefix : List.of(PREFIX, "vs.")) {
            if (key.startsWith(prefix)) {
                return key.substring(prefix.length());
            }
        }
        return key;
    }

    private static String dotted(String key) {
        return key.replace('/', '.');
    }
}
