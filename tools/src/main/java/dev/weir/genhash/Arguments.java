package dev.weir.genhash;

import dev.weir.check.Page;
import dev.weir.wire.IpAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The command line of keepalived's genhash, read as getopt_long(3) reads it.
 *
 * @param verbose shows what comes
 */
record Arguments(Page page, boolean verbose) {
    private static final Map<String, Character> LONG = Map.ofEntries(Map.entry("use-ssl", 'S'),
            Map.entry("use-sni", 'I'), Map.entry("server", 's'), Map.entry("port", 'p'), Map.entry("url", 'u'),
            Map.entry("use-virtualhost", 'V'), Map.entry("verbose", 'v'), Map.entry("help", 'h'),
            Map.entry("fwmark", 'm'), Map.entry("protocol", 'P'), Map.entry("timeout", 't'));
    private static final String SWITCHES = "SIvh";
    private static final String VALUED = "spuVmPt";
    private static final Duration STANDARD_TIMEOUT = Duration.ofSeconds(5);

    /** What is wrong with the command line; "": only the usage is wanted. */
    static final class WrongException extends Exception {
        private static final long serialVersionUID = 1;

        WrongException(String message) {
            super(message);
        }
    }

    /** Options one after the other. */
    private static final class Reading {
        private final List<String> words;
        private final List<String> operands = new ArrayList<>();
        private int at;
        private @Nullable IpAddress host;
        private int port;
        private @Nullable String path;
        private @Nullable String virtualHost;
        private String version = "1.0";
        private boolean secure;
        private boolean serverName;
        private boolean verbose;
        private long mark;
        private Duration timeout = STANDARD_TIMEOUT;

        private Reading(List<String> words) {
            this.words = words;
        }

        private Arguments read() throws WrongException {
            while (at < words.size()) {
                String word = words.get(at++);
                if (word.equals("--")) {
                    operands.addAll(words.subList(at, words.size()));
                    break;
                } else if (word.startsWith("--")) {
                    named(word.substring(2));
                } else if (word.startsWith("-") && word.length() > 1) {
                    letters(word.substring(1));
                } else {
                    operands.add(word);
                }
            }
            if (!operands.isEmpty()) {
                throw new WrongException("Unexpected argument(s): " + String.join(" ", operands));
            }
            if (host == null || port == 0 || path == null) {
                throw new WrongException("");
            }
            return new Arguments(new Page(host, port, path, version, virtualHost, secure, serverName, mark, timeout),
                    verbose);
        }

        private void named(String text) throws WrongException {
            String name = text.split("=", 2)[0];
            Set<Character> meant = LONG.containsKey(name)
                    ? Set.of(LONG.get(name))
                    : LONG.entrySet().stream().filter(option -> option.getKey().startsWith(name))
                            .map(Map.Entry::getValue).collect(Collectors.toSet());
            if (meant.size() != 1) {
                throw new WrongException("Unknown option --" + name);
            }
            char option = meant.iterator().next();
            boolean given = text.contains("=");
            if (SWITCHES.indexOf(option) >= 0) {
                if (given) {
                    throw new WrongException("Option --" + name + " takes no parameter");
                }
                flag(option);
            } else {
                value(option, given ? text.split("=", 2)[1] : following(option));
            }
        }

        private void letters(String letters) throws WrongException {
            for (int i = 0; i < letters.length(); i++) {
                char option = letters.charAt(i);
                if (SWITCHES.indexOf(option) >= 0) {
                    flag(option);
                } else if (VALUED.indexOf(option) >= 0) {
                    value(option, i + 1 < letters.length() ? letters.substring(i + 1) : following(option));
                    return;
                } else {
                    throw new WrongException("Unknown option -" + option);
                }
            }
        }

        private String following(char option) throws WrongException {
            if (at == words.size()) {
                throw new WrongException("Missing parameter for option -" + option);
            }
            return words.get(at++);
        }

        private void flag(char option) throws WrongException {
            switch (option) {
                case 'S' -> secure = true;
                case 'I' -> serverName = true;
                case 'v' -> verbose = true;
                default -> throw new WrongException("");
            }
        }

        private void value(char option, String value) throws WrongException {
            switch (option) {
                case 's' -> host = address(value);
                case 'p' -> port = (int) number("port number", value, 1, 65535);
                case 'u' -> path = value;
                case 'V' -> virtualHost = value;
                case 'm' -> mark = number("fwmark", value, 0, 0xffff_ffffL);
                case 't' -> timeout = Duration.ofSeconds(number("timeout", value, 0, 4294));
                default -> {
                    if (!Set.of("1.0", "1.0c", "1.0C", "1.1").contains(value)) {
                        throw new WrongException("invalid HTTP protocol version '" + value + "'");
                    }
                    version = value;
                }
            }
        }

        private static IpAddress address(String value) throws WrongException {
            try {
                return IpAddress.parse(value);
            } catch (IllegalArgumentException e) {
                throw new WrongException("server should be an IP, not " + value);
            }
        }

        private static long number(String what, String value, long least, long most) throws WrongException {
            long number = value.matches("\\d{1,10}") ? Long.parseLong(value) : -1;
            if (number < least || number > most) {
                throw new WrongException("invalid " + what + " '" + value + "'");
            }
            return number;
        }
    }

    static Arguments of(List<String> words) throws WrongException {
        return new Reading(words).read();
    }
}
