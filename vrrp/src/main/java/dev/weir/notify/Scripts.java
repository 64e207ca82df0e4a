package dev.weir.notify;

import dev.weir.conf.Command;
import dev.weir.conf.Definitions.Scripting;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which commands of a configuration are run, how, and as whom; keepalived's rules, save that lines which only a shell
 * understands go to one, as they did before keepalived 2.0.
 */
public final class Scripts {
    private static final String DEFAULT_USER = "keepalived_script";
    /** Where a program without a slash is looked for. */
    private static final List<String> PATH = List.of("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin",
            "/sbin", "/bin");
    private static final int EXECUTABLE = 0111;
    private static final int WRITABLE_BY_GROUP = 020;
    private static final int WRITABLE_BY_OTHERS = 02;

    private static final Logger LOG = LoggerFactory.getLogger(Scripts.class);

    private final Scripting settings;
    private final FileSystem files;

    /** What a command comes to. */
    sealed interface Verdict {
    }

    /** @param remark what an operator should know, or null */
    record Accepted(Script script, @Nullable String remark) implements Verdict {
    }

    /** @param why a sentence without its end: what is wrong, and what would mend it */
    record Refused(String why) implements Verdict {
    }

    /** What is asked of the host, so that a test can answer. */
    interface FileSystem {
        /** Follows links; null where there is nothing, or nothing to be seen. */
        @Nullable
        Status status(String path);

        @Nullable
        Account account(String user, @Nullable String group);
    }

    /** @param mode as of stat(2) */
    record Status(int uid, int gid, int mode) {
        private static final int TYPE = 0170000;

        boolean isFile() {
            return (mode & TYPE) == 0100000;
        }

        boolean isExecutableBy(Account account) {
            if (account.uid() == 0) {
                return (mode & EXECUTABLE) != 0;
            }
            if (account.uid() == uid) {
                return (mode & 0100) != 0;
            }
            return (mode & (account.gid() == gid ? 010 : 01)) != 0;
        }

        /** Whether its owner or its group is root's, who is who it runs as. */
        boolean becomesRoot() {
            return uid == 0 && (mode & 04100) == 04100 || gid == 0 && (mode & 02010) == 02010;
        }

        /** Whether somebody but root can change it; in a sticky directory only its own files. */
        boolean isChangeable() {
            boolean sticky = (mode & 01000) != 0 && !isFile();
            return uid != 0 || !sticky
                    && (gid != 0 && (mode & WRITABLE_BY_GROUP) != 0 || (mode & WRITABLE_BY_OTHERS) != 0);
        }
    }

    public Scripts(Scripting settings) {
        this(settings, new LocalFiles());
    }

    Scripts(Scripting settings, FileSystem files) {
        this.settings = settings;
        this.files = files;
    }

    /**
     * What is to be run; the log says why something is not, or is run otherwise than in keepalived.
     *
     * @param purpose for the log: what it is the script of
     * @return null where there is no command, or none that may be run
     */
    public @Nullable Script ready(@Nullable Command command, String purpose) {
        if (command == null) {
            return null;
        }
        return switch (judge(command)) {
            case Accepted(Script script, String remark) -> {
                if (remark != null) {
                    LOG.warn("{} script {}: {}", purpose, script.name(), remark);
                }
                yield script;
            }
            case Refused(String why) -> {
                LOG.warn("{} script {} is not run: {}", purpose, command.line(), why);
                yield null;
            }
        };
    }

    Verdict judge(Command command) {
        if (command.arguments().isEmpty()) {
            return new Refused("it is empty");
        }
        String user = command.user() != null ? command.user() : settings.user();
        String group = command.user() != null ? command.group() : settings.group();
        Account account = account(user, group);
        if (account == null) {
            return new Refused("there is no user " + user + (group == null ? "" : ", or no group " + group));
        }
        String first = command.arguments().getFirst();
        String path = first.contains("/") ? first : found(first, account);
        if (ShellLine.is(command.line(), path != null)) {
            return guarded(new Script(command.line(), List.of(bytes(command.line())), true, account, settings.umask()),
                    programs(command), "it is run by /bin/sh -c; keepalived since 2.0 would "
                            + (path == null ? "not find " + first : "give all of it to " + path + " as arguments"));
        }
        if (path == null) {
            return new Refused("there is no program " + first + " in " + String.join(":", PATH));
        }
        Status status = files.status(path);
        if (status == null) {
            return new Refused("there is no file " + path);
        }
        if (!status.isFile()) {
            return new Refused(path + " is no regular file");
        }
        if (!status.isExecutableBy(account)) {
            return new Refused(path + " may not be executed by user " + account.uid() + ", group " + account.gid()
                    + ": chmod it");
        }
        List<String> arguments = new ArrayList<>(List.of(bytes(path)));
        command.arguments().stream().skip(1).map(Scripts::bytes).forEach(arguments::add);
        return guarded(new Script(command.line(), arguments, false, account, settings.umask()), List.of(path), null);
    }

    /** What a line for the shell may call by its path: which of its words are called, the shell alone knows. */
    private List<String> programs(Command command) {
        return command.arguments().stream().map(word -> word.replaceAll("[;&|)]+$", ""))
                .filter(word -> word.startsWith("/") && isProgram(files.status(word))).toList();
    }

    private static boolean isProgram(@Nullable Status status) {
        return status != null && status.isFile() && (status.mode() & EXECUTABLE) != 0;
    }

    /** What root runs nobody else may change. */
    private Verdict guarded(Script script, List<String> programs, @Nullable String remark) {
        for (String program : programs) {
            Status status = files.status(program);
            boolean root = script.account().uid() == 0 || script.account().gid() == 0
                    || status != null && status.becomesRoot();
            String unsafe = root ? changeable(program) : null;
            if (unsafe != null && settings.secure()) {
                return new Refused("it runs as root, and others than root can change " + unsafe
                        + ", which enable_script_security forbids: make that root's, writable by root alone");
            }
            if (unsafe != null) {
                return new Accepted(script, "it runs as root, and others than root can change " + unsafe
                        + "; enable_script_security would forbid it");
            }
        }
        return new Accepted(script, remark);
    }

    private @Nullable Account account(@Nullable String user, @Nullable String group) {
        if (user != null) {
            return files.account(user, group);
        }
        Account standard = files.account(DEFAULT_USER, null);
        return standard != null ? standard : Account.ROOT;
    }

    private @Nullable String found(String name, Account account) {
        for (String folder : PATH) {
            Status status = files.status(folder + "/" + name);
            if (status != null && status.isFile() && status.isExecutableBy(account)) {
                return folder + "/" + name;
            }
        }
        return null;
    }

    /** The part of a path, from the root on, that others than root can change, or null. */
    private @Nullable String changeable(String path) {
        int end = 0;
        while (end <= path.length()) {
            String part = end == 0 ? "/" : path.substring(0, end);
            Status status = files.status(part);
            if (status == null || status.isChangeable()) {
                return part;
            }
            if (end == path.length()) {
                return null;
            }
            int slash = path.indexOf('/', end + 1);
            end = slash < 0 ? path.length() : slash;
        }
        return null;
    }

    /** The file was read as bytes, and what is executed is written in UTF-8: what is UTF-8 stays as it is. */
    private static String bytes(String text) {
        try {
            return StandardCharsets.UTF_8.newDecoder()
                    .decode(ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1))).toString();
        } catch (CharacterCodingException e) {
            return text;
        }
    }
}
