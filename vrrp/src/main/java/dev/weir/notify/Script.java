package dev.weir.notify;

import java.util.ArrayList;
import java.util.List;

/**
 * A command that may be run.
 *
 * @param name      as it is written, for the log
 * @param arguments of a program, its whole path first; of a line for the shell, just that line
 * @param shell     whether it is such a line
 * @param umask     of what it makes
 */
public record Script(String name, List<String> arguments, boolean shell, Account account, int umask) {
    public Script {
        arguments = List.copyOf(arguments);
    }

    /**
     * What is executed. It leads a process group of its own, so that all it starts can be ended with it, and dies when
     * the daemon dies.
     *
     * @param more arguments behind its own
     * @param own  whom the daemon runs as
     */
    List<String> commandLine(List<String> more, Account own) {
        List<String> words = new ArrayList<>(List.of("setsid", "setpriv", "--pdeathsig=TERM"));
        if (!account.equals(own)) {
            words.addAll(List.of("--reuid=" + account.uid(), "--regid=" + account.gid(), "--groups=" + account.gid()));
        }
        String mask = "umask " + Integer.toOctalString(umask) + "; ";
        if (shell) {
            words.addAll(
                    List.of("/bin/sh", "-c", mask + arguments.getFirst() + (more.isEmpty() ? "" : " \"$@\""), "sh"));
        } else {
            words.addAll(List.of("/bin/sh", "-c", mask + "exec \"$@\"", "sh"));
            words.addAll(arguments);
        }
        words.addAll(more);
        return words;
    }
}
